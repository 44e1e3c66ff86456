"""The Tape in C, held against eager Values on the same programs."""

import math
import random
from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.core.backend import native
from autograd.primitives import TABLE
from tests.support.tapes import (
    Program,
    available,
    check_rows,
    layers,
    random_rows,
    same,
    table,
    wide,
    zeros,
)

pytestmark = [
    pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off"),
    pytest.mark.engine,
]
INF, NAN = math.inf, math.nan


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
        Value.__autograd_record__(row, tuple(leaves)).backward()
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
        root = Value.__autograd_record__(row, tuple(leaves))
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


@pytest.mark.parametrize(
    "sizes", [[1, 1], [2, 3, 1], [5, 8, 2], [7, 15, 9, 3], [9, 21, 13, 2]], ids=str
)
@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_layers_stay_within_the_rounding_bound_of_eager(sizes, biases, activation, vectors):
    program, uniforms = layers(sizes, biases=biases, activation=activation)
    check_rows(program, uniforms, random_rows(11, sizes[0]))


@pytest.mark.parametrize(
    ("sizes", "rows"), [([37, 29, 17, 2], 11), ([16, 16], 16), ([75, 18], 130)], ids=str
)
def test_layers_of_more_inputs_than_lanes_stay_within_the_rounding_bound_of_eager(
    sizes, rows, vectors
):
    program, uniforms = layers(sizes, activation="relu")
    check_rows(program, uniforms, random_rows(rows, sizes[0]))


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


# -- edges ----------------------------------------------------------------------------------------


def test_an_adjoint_of_0_hands_down_0_to_an_infinite_operand_of_a_layer(vectors):
    program, uniforms = layers([2, 3, 1], activation="relu")
    rows = [[0.5, -0.25], [INF, 1.0], [0.25, NAN], [1.0, 1.0]]
    seeds = [[1.0], [0.0], [0.0], [2.0]]
    _, grads, by_columns, _ = program.differentiate(uniforms, rows, seeds)
    finite = [rows[0], rows[3]]
    _, expected, (first, last), _ = program.differentiate(uniforms, finite, [[1.0], [2.0]])
    assert grads == pytest.approx(expected, rel=1e-14)
    assert by_columns[0] == pytest.approx(first, rel=1e-14)
    assert by_columns[3] == pytest.approx(last, rel=1e-14)
    assert by_columns[1] == by_columns[2] == [0.0, 0.0]


STRANGE = st.sampled_from([INF, -INF, NAN, 0.0, 0.0, 1.0, -0.5, 0.25, -2.0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 18), min_size=2, max_size=4), st.booleans(),
    st.lists(STRANGE, min_size=1, max_size=9), st.randoms(use_true_random=False),
)  # fmt: skip
def test_layers_of_relus_have_eager_s_inf_and_nan(vectors, sizes, biases, strange, draw):
    program, uniforms = layers([*sizes, 1], draw.randint(0, 9), biases, "relu")
    for _ in range(draw.randint(0, 2)):
        uniforms[draw.randrange(len(uniforms))] = draw.choice(strange)
    rows = [[draw.choice(strange) for _ in range(sizes[0])] for _ in range(9)]
    seeds = [[draw.choice([0.0, 1.0])] for _ in rows]
    values, grads, by_columns, _ = program.differentiate(uniforms, rows, seeds)
    sums = [0.0] * len(uniforms)
    for row, [seed], [z], found in zip(rows, seeds, values, by_columns, strict=True):
        registers = program.eager(uniforms, row)
        root = registers[program.outputs[0]]
        if seed:
            root.backward()
        inputs = registers[: len(uniforms) + len(row)]
        expected = [root.data, *[x.grad for x in inputs[len(uniforms) :]]]
        for x, y in zip([z, *found], expected, strict=True):
            assert math.isfinite(x) == math.isfinite(y), (x, y)
            assert same(x, y) or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12), (x, y)
        sums = [x + y.grad for x, y in zip(sums, inputs, strict=False)]
    for x, y in zip(grads, sums, strict=True):
        assert same(x, y) or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12), (x, y)


def test_nan_that_is_really_there_stays(vectors):
    program, uniforms = layers([2, 3, 1])
    _, grads, by_columns, _ = program.differentiate(uniforms, [[0.5, NAN], [1.0, 1.0]])
    assert any(x != x for x in grads)
    assert all(x == x for x in by_columns[1])


def test_an_unwanted_input_has_gradient_0_and_its_partial_is_never_taken(vectors):
    program = Program([], 1, 2, [("pow", [1, 0]), ("mul", [3, 2])], [4], wanted=[1])
    _, grads, by_columns, _ = program.differentiate([3.0], [[-4.0, 2.0], [1.0, 0.5]])
    assert grads == [0.0]
    assert by_columns == [[96.0, 0.0], [1.5, 0.0]]


def test_no_column_grads_are_asked_for_by_none():
    program = Program([], 1, 1, [("mul", [0, 1])], [2])
    grads, outputs = zeros(1), zeros(2)
    program.tape.differentiate(
        array("d", [2.0]), array("d", [3.0, 4.0]), 2, array("d", [1.0, 1.0]), outputs, bytearray(2),
        grads, None,
    )  # fmt: skip
    assert (list(outputs), list(grads)) == ([6.0, 8.0], [7.0])


def test_no_rows_at_all():
    program = Program([], 1, 1, [("mul", [0, 1])], [2])
    assert program.differentiate([2.0], []) == ([], [0.0], [], [])


def test_outputs_may_be_inputs_constants_uniform_or_named_twice(vectors):
    program = Program([7.0], 1, 1, [("mul", [1, 1]), ("mul", [1, 2])], [0, 1, 2, 3, 4, 4])
    values, grads, by_columns, _ = program.differentiate([3.0], [[2.0], [5.0]])
    assert values == [[7.0, 3.0, 2.0, 9.0, 6.0, 6.0], [7.0, 3.0, 5.0, 9.0, 15.0, 15.0]]
    assert grads == [1.0 + 6.0 + 2 * 2.0 + 1.0 + 6.0 + 2 * 5.0]
    assert by_columns == [[1.0 + 6.0], [1.0 + 6.0]]


def test_a_program_that_has_no_columns_is_the_same_in_every_row():
    program = Program([], 2, 0, [("mul", [0, 1])], [2])
    values, grads, _, _ = program.differentiate([2.0, 3.0], [[], [], []])
    assert (values, grads) == ([[6.0]] * 3, [9.0, 6.0])


def test_numpy_arrays_are_buffers_too():
    numpy = pytest.importorskip("numpy")
    program = Program([], 1, 2, [("dot", [1, 2, 0, 0])], [3])
    rows, outputs = numpy.array([[1.0, 2.0], [3.0, 4.0]]), numpy.zeros(2)
    failed = numpy.zeros(2, dtype=bool)
    program.tape.evaluate(numpy.array([10.0]), rows, 2, outputs, failed)
    assert outputs.tolist() == [30.0, 70.0]


# -- guards -------------------------------------------------------------------------------------

KINDS = ("lt", "le", "eq", "ne", "gt", "ge")


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_fails_where_a_guard_has_another_outcome(kind, outcome, vectors):
    program = Program([], 0, 2, [("add", [0, 1])], [2], [(KINDS.index(kind), 0, 1, outcome)])
    rows = [[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [NAN, 1.0]]
    values, failed = program.evaluate([], rows)
    for row, z, flag in zip(rows, values, failed, strict=True):
        assert flag == (getattr(float, f"__{kind}__")(*row) != outcome)
        assert flag or same(z[0], sum(row))
    alone = [program.evaluate([], [row])[1][0] for row in rows]
    assert alone == failed


def test_a_failed_row_takes_no_part_in_the_gradient(vectors):
    program, uniforms = layers([2, 3, 1])
    guarded = Program(
        program.constants, program.uniforms, 2, program.instructions, program.outputs,
        [(4, program.uniforms, program.uniforms + 1, True)],
    )  # fmt: skip
    rows = [[1.0, 0.5], [0.25, INF], [NAN, 0.5], [2.0, 1.0]]
    _, grads, by_columns, failed = guarded.differentiate(uniforms, rows)
    _, expected, _, _ = program.differentiate(uniforms, [rows[0], rows[3]])
    assert failed == [0, 1, 1, 0]
    assert grads == pytest.approx(expected, rel=1e-14)
    assert by_columns[1] == by_columns[2] == [0.0, 0.0]


def test_a_guard_between_uniforms_fails_every_row():
    program = Program([0.0], 1, 1, [("mul", [1, 2])], [3], [(4, 1, 0, True)])
    assert program.differentiate([1.0], [[2.0], [3.0]])[3] == [0, 0]
    _, grads, by_columns, failed = program.differentiate([-1.0], [[2.0], [3.0]])
    assert (grads, by_columns, failed) == ([0.0], [[0.0], [0.0]], [1, 1])


# -- one row: instructions that are alike, side by side --------------------------------------------


@pytest.mark.parametrize("width", [1, 5, 6, 17, 40, 300, 700])
@pytest.mark.parametrize("seed", range(12))
def test_what_is_alike_stays_within_the_rounding_bound_of_eager(width, seed, vectors):
    program = wide(width, seed=seed)
    draw = random.Random(seed)
    check_rows(program, [draw.uniform(-1, 1) for _ in range(width)], [[]])


def rows_of_squares(n, last):
    """x·x for n uniforms, their total, and instructions on that and the uniforms."""
    squares = [("mul", [1 + i, 1 + i]) for i in range(n)]
    instructions = [*squares, ("total", range(1 + n, 1 + 2 * n)), *last(1 + 2 * n)]
    return Program([0.0], n, 0, instructions, [2 * n + len(last(0)) + 1])


@pytest.mark.parametrize("n", [127, 128, 600])
def test_adjoints_start_at_0_where_nothing_is_handed_down(n, vectors):
    xs = [0.5 + i for i in range(n)]
    program = rows_of_squares(n, lambda t: [("weigh", [t, 0])])
    other = rows_of_squares(n, lambda t: [("neg", [t])])
    for _ in range(3):
        assert other.differentiate(xs, [[]])[1] == [-2.0 * x for x in xs]
        assert program.differentiate(xs, [[]])[1] == [0.0] * n
        doubled = rows_of_squares(n, lambda t: [("weigh", [0, t]), ("add", [t, t + 1])])
        assert doubled.differentiate(xs, [[]])[1] == [2.0 * x for x in xs]


@pytest.mark.parametrize("row", ["maximum", "minimum"])
@pytest.mark.parametrize("places", [[0], [599], [3, 520], [100, 101, 599]])
@pytest.mark.parametrize("seed", [1.0, INF, NAN])
def test_many_operands_share_where_they_tie(row, places, seed, vectors):
    best = 9.0 if row == "maximum" else -9.0
    xs = [best if i in places else 0.01 * i for i in range(600)]
    program = Program([], 600, 0, [(row, range(600))], [600])
    ((z,),), grads, _, _ = program.differentiate(xs, [[]], [[seed]])
    assert z == best
    shares = [seed * (float(i in places) / len(places)) for i in range(600)]
    assert all(map(same, grads, shares))


def test_a_plan_takes_time_in_proportion_to_the_program():
    # One operand side by side over all of a long stretch, the other anywhere: no scan begins anew.
    n, draw = 100_000, random.Random(0)
    instructions = [("mul", [k, draw.randrange(n)]) for k in range(n)]
    program = Program([], n, 0, [*instructions, ("total", list(range(n, 2 * n)))], [2 * n])
    xs = [draw.uniform(-1, 1) for _ in range(n)]
    (((z,),), _) = program.evaluate(xs, [[]])
    assert z == pytest.approx(math.fsum(xs[a] * xs[b] for _, (a, b) in instructions), abs=1e-9)
