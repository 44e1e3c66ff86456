"""The Tape in C, held against eager Values on the same programs and against the exact functions."""

import itertools
import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.checking.bounds import forward_errors, reverse_errors
from autograd.engine import native
from autograd.primitives import TABLE
from autograd.order import topological

pytestmark = pytest.mark.skipif(
    native is None, reason="the C accelerator is not built, or switched off"
)
VECTORS = ("plain", "avx2", "avx512")
INF, NAN = math.inf, math.nan


def available():
    """The instruction sets that this machine runs."""
    if native is None:
        return ()
    best = native.vectors(None)
    return VECTORS[: VECTORS.index(best) + 1]


@pytest.fixture(params=available())
def vectors(request):
    """Run a test on each instruction set."""
    best = native.vectors(None)
    native.vectors(request.param)
    yield request.param
    native.vectors(best)


# -- a program as a tape, and as Values ---------------------------------------------------------


class Program:
    """Instructions over registers; runs in C, or row by row on Values."""

    def __init__(self, constants, uniforms, columns, instructions, outputs, guards=(), wanted=None):
        self.constants, self.uniforms, self.columns = list(constants), uniforms, columns
        self.instructions, self.outputs, self.guards = instructions, list(outputs), list(guards)
        inputs = range(len(constants), len(constants) + uniforms + columns)
        self.wanted = list(inputs if wanted is None else wanted)
        rows = [(TABLE[name], operands) for name, operands in instructions]
        self.tape = native.Tape(
            self.constants, uniforms, columns, rows, self.outputs, self.guards, self.wanted
        )

    def evaluate(self, uniforms, rows, threads=1):
        outputs, failed = zeros(len(rows) * len(self.outputs)), bytearray(len(rows))
        count = self.tape.evaluate(
            array("d", uniforms), flat(rows), len(rows), outputs, failed, threads
        )
        assert count == sum(failed)
        return table(outputs, len(rows)), list(failed)

    def differentiate(self, uniforms, rows, seeds=None, threads=1):
        n = len(rows)
        outputs, failed = zeros(n * len(self.outputs)), bytearray(n)
        by_uniforms, by_columns = zeros(self.uniforms), zeros(n * self.columns)
        seeds = array("d", [1.0] * len(outputs)) if seeds is None else flat(seeds)
        count = self.tape.differentiate(
            array("d", uniforms), flat(rows), n, seeds, outputs, failed, by_uniforms, by_columns,
            threads,
        )  # fmt: skip
        assert count == sum(failed)
        return table(outputs, n), list(by_uniforms), table(by_columns, n), list(failed)

    def eager(self, uniforms, row):
        """All registers of one row, inputs as Values."""
        registers = [*self.constants, *map(Value, uniforms), *map(Value, row)]
        for name, operands in self.instructions:
            xs = [registers[r] for r in operands]
            if TABLE[name].variadic:
                registers.append(Value.record(TABLE[name], xs))
            else:
                registers.append(TABLE[name](*xs))
        return registers


def zeros(n):
    return array("d", bytes(8 * n))


def flat(rows):
    return array("d", [x for row in rows for x in row])


def table(xs, rows):
    width = len(xs) // rows if rows else 0
    return [list(xs[i * width : (i + 1) * width]) for i in range(rows)]


def numbers(registers):
    return [x.data if isinstance(x, Value) else x for x in registers]


def same(x, y):
    return x == y or (x != x and y != y)


def near(x, y, bound):
    return same(x, y) or abs(x - y) <= bound or not math.isfinite(bound)


def check_rows(program, uniforms, rows, threads=1):
    """Values and gradients in C are within 4 times the running rounding bound of eager's."""
    found, by_uniforms, by_columns, failed = program.differentiate(uniforms, rows, threads=threads)
    assert not any(failed)
    values, _ = program.evaluate(uniforms, rows, threads)
    assert [list(map(repr, row)) for row in values] == [list(map(repr, row)) for row in found]
    c, u = len(program.constants), program.uniforms
    sums, bounds = [0.0] * u, [0.0] * u
    for row, z, grads in zip(rows, found, by_columns, strict=True):
        registers = program.eager(uniforms, row)
        root = Value.record(TABLE["total"], [registers[r] for r in program.outputs])
        order = [node for node in topological(root) if node._operands]
        errors = forward_errors(order, {})
        for r, got in zip(program.outputs, z, strict=True):
            expected = numbers([registers[r]])[0]
            bound = 4 * errors.get(registers[r], 0.0) if isinstance(registers[r], Value) else 0.0
            assert near(got, expected, bound), (got, expected, bound)
        adjoints = reverse_errors(root, order)
        root.backward()
        for i, x in enumerate(registers[c : c + u]):
            sums[i] += x.grad
            bounds[i] += (
                4 * adjoints[x].error + 2e-16 * adjoints[x].size * len(rows) if x in adjoints else 0
            )
        for x, got in zip(registers[c + u : c + u + program.columns], grads, strict=True):
            bound = 4 * adjoints[x].error if x in adjoints else 0.0
            assert near(got, x.grad, bound), (got, x.grad, bound)
    for got, expected, bound in zip(by_uniforms, sums, bounds, strict=True):
        assert near(got, expected, bound), (got, expected, bound)


# -- one row of the table at a time -------------------------------------------------------------

OWN = {"exp", "log", "expm1", "log1p", "tanh", "sech2", "sigmoid", "softplus", "silu", "gelu",
       "elu", "share", "logsumexp"}  # fmt: skip
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1e-300, -1e-300, 5e-324, 1e308, -1e308, 0.3,
         -0.7, 40.0, -40.0, 745.0, INF, -INF, NAN]  # fmt: skip


def arity(row):
    return 4 if row.variadic else len(row.partials)


def points(row, count=150):
    draw = random.Random(row.name)
    spread = [[draw.choice(EDGES) for _ in range(arity(row))] for _ in range(count)]
    return spread + [[draw.uniform(-3, 3) for _ in range(arity(row))] for _ in range(count)]


def one_row(row, uniforms=0):
    n = arity(row)
    return Program([], uniforms, n - uniforms, [(row.name, list(range(n)))], [n])


def ulps(x, y):
    if same(x, y):
        return 0.0
    if math.isinf(x) or math.isinf(y) or x != x or y != y:
        return INF
    return abs(x - y) / math.ulp(y)


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_every_row_has_eager_s_values(row, vectors):
    rows = points(row)
    program = one_row(row)
    limit = 8 if row.name in OWN else 0
    for x, (z,) in zip(rows, program.evaluate([], rows)[0], strict=True):
        expected = row.evaluate(x)
        if row.name == "dot":  # products may be fused with their sum: one may overflow alone
            products = [abs(a * b) for a, b in zip(x[:2], x[2:], strict=True)]
            assert same(z, expected) or not abs(z - expected) > 1e-15 * sum(products)
        else:
            assert ulps(z, expected) <= limit, (x, z, expected)


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_every_row_has_eager_s_partials(row, vectors):
    rows = points(row)
    _, _, grads, _ = one_row(row).differentiate([], rows)
    for x, found in zip(rows, grads, strict=True):
        leaves = [Value(number) for number in x]
        Value.record(row, tuple(leaves)).backward()
        for leaf, got in zip(leaves, found, strict=True):
            assert same(got, leaf.grad) or abs(got - leaf.grad) <= 3e-14 * abs(leaf.grad), (
                x,
                found,
            )


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_one_row_alone_is_eager_bit_for_bit(row):
    program = one_row(row)
    for x in points(row, 20):
        ((z,),), _, (grads,), _ = program.differentiate([], [x])
        leaves = [Value(number) for number in x]
        root = Value.record(row, tuple(leaves))
        root.backward()
        assert same(z, root.data)
        assert all(same(got, leaf.grad) for got, leaf in zip(grads, leaves, strict=True))


# -- programs -----------------------------------------------------------------------------------

FIXED = [row for row in TABLE.values() if row.name not in ("step", "same")]


@st.composite
def programs(draw):
    """A program, numbers for its uniforms, and rows."""
    constants = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, -1.5]), max_size=2))
    uniforms, columns = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    if uniforms + columns == 0:
        columns = 1
    registers = len(constants) + uniforms + columns
    instructions = []
    for _ in range(draw(st.integers(1, 25))):
        row = draw(st.sampled_from(FIXED))
        n = len(row.partials)
        if row.variadic:
            n = draw(st.integers(1, 4)) * (2 if row.name == "dot" else 1)
        back = st.integers(1, min(registers, 8)) | st.integers(1, registers)
        instructions.append((row.name, [registers - draw(back) for _ in range(n)]))
        registers += 1
    outputs = [*draw(st.lists(st.integers(0, registers - 1), max_size=2)), registers - 1]
    floats = st.floats(-2.0, 2.0, allow_subnormal=False)
    program = Program(constants, uniforms, columns, instructions, outputs)
    rows = draw(st.integers(1, 12))
    values = draw(st.lists(floats, min_size=rows * columns, max_size=rows * columns))
    numbers = draw(st.lists(floats, min_size=uniforms, max_size=uniforms))
    return program, numbers, table(values, rows)


@settings(max_examples=150, deadline=None)
@given(programs(), st.sampled_from(available() or ["none"]))
def test_programs_stay_within_the_rounding_bound_of_eager(drawn, choice):
    best = native.vectors(None)
    native.vectors(choice)
    try:
        check_rows(*drawn)
    finally:
        native.vectors(best)


def layers(sizes, seed=0, biases=True, activation="tanh"):
    """A network: parameters are uniforms, inputs are columns, the sum of squares is the loss."""
    draw = random.Random(seed)
    count = sum((m + biases) * n for m, n in itertools.pairwise(sizes))
    register, weight, xs = count + sizes[0], 0, list(range(count, count + sizes[0]))
    instructions = []
    for m, n in itertools.pairwise(sizes):
        outs = []
        for _ in range(n):
            weights = list(range(weight, weight + m))
            pair = weights + xs if draw.random() < 0.8 else xs + weights
            instructions.append(("dot", pair))
            weight += m
            if biases:
                instructions.append(("add", [register, weight]))
                weight += 1
                register += 1
            instructions.append((activation, [register]))
            outs.append(register + 1)
            register += 2
        xs = outs
    instructions.append(("dot", xs + xs))
    uniforms = [draw.uniform(-0.5, 0.5) for _ in range(count)]
    return Program([], count, sizes[0], instructions, [register]), uniforms


def random_rows(n, width, seed=1):
    draw = random.Random(seed)
    return [[draw.uniform(-1, 1) for _ in range(width)] for _ in range(n)]


@pytest.mark.parametrize(
    "sizes", [[1, 1], [2, 3, 1], [5, 8, 2], [7, 15, 9, 3], [9, 21, 13, 2]], ids=str
)
@pytest.mark.parametrize("biases", [True, False])
def test_layers_stay_within_the_rounding_bound_of_eager(sizes, biases, vectors):
    program, uniforms = layers(sizes, biases=biases)
    check_rows(program, uniforms, random_rows(11, sizes[0]))


@pytest.mark.parametrize("rows", [1, 2, 8, 9, 64, 100, 121, 250])
def test_any_number_of_rows_in_blocks(rows, vectors):
    program, uniforms = layers([3, 5, 2], activation="sigmoid")
    check_rows(program, uniforms, random_rows(rows, 3))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_rows_are_shared_among_threads_and_their_sums_reproducible(threads):
    program, uniforms = layers([3, 5, 2])
    rows = random_rows(301, 3)
    check_rows(program, uniforms, rows, threads=threads)
    assert program.differentiate(uniforms, rows, threads=threads) == program.differentiate(
        uniforms, rows, threads=threads
    )
