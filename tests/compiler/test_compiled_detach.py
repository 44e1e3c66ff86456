"""What `detach` cuts off: which registers have adjoints, and gradients through and around it."""

import math
import random
from array import array
from dataclasses import replace
from typing import Any

import pytest

import autograd
from autograd import Value, detach, sigmoid, sin, step, tanh
from autograd.compiler.ir.passes import MERGING, PASSES, optimise
from autograd.compiler.ir.program import DETACH, Instruction, carrying
from autograd.compiler.runtime.interpreter import Reference, Tape, tape_of
from autograd.primitives import TABLE
from tests.support.compiled_programs import random_program

pytestmark = pytest.mark.engine

KINDS = [Reference] if Tape is Reference else [Reference, Tape]


def detaching(seed):
    """A random program in which some instructions detach their first operand, and numbers."""
    draw = random.Random(-1 - seed)
    each, numbers = random_program(seed)
    made = [
        Instruction(DETACH, operands[:1])
        if draw.random() < 0.25 and rule.name != "dot"
        else Instruction(rule, operands)
        for rule, operands in each.instructions
    ]
    size = each.start + len(made)
    outputs = (size - 1, *[draw.randrange(size) for _ in range(draw.choice([0, 0, 1]))])
    return replace(each, instructions=tuple(made), outputs=outputs), numbers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("many", [False, True])
def test_every_tape_has_adjoints_where_the_program_carries_them(kind, many):
    for seed in range(500):
        each, _ = detaching(seed)
        for made in (each, optimise(each, PASSES), optimise(each, MERGING)):
            assert tape_of(made, kind).carrying(many) == sorted(carrying(made)), seed


def gradient(each, numbers, rows, kind):
    """Who failed, the outputs and the wanted gradient of rows that are all alike."""
    uniforms, columns = array("d", numbers[:2]), array("d", numbers[2:] * rows)
    outputs, failed = array("d", bytes(8 * rows * len(each.outputs))), bytearray(rows)
    by_uniforms, by_columns = array("d", bytes(16)), array("d", bytes(16 * rows))
    seeds = array("d", [1.0] * len(outputs))
    tape_of(each, kind).differentiate(
        uniforms, columns, rows, seeds, outputs, failed, by_uniforms, by_columns
    )
    wanted = [x - len(each.constants) for x in each.wanted]
    found = [by_uniforms[x] for x in wanted if x < 2]
    found += [by_columns[2 * row + x - 2] for row in range(rows) for x in wanted if x >= 2]
    return list(failed), [*outputs], found


def alike(x, y):
    return x == y or (x != x and y != y) or abs(x - y) <= 1e-9 * max(abs(x), abs(y), 1.0)


@pytest.mark.parametrize("rows", [1, 3, 130])
@pytest.mark.skipif(Tape is Reference, reason="there is no other tape")
def test_the_tapes_agree(rows, vectors):
    for seed in range(300 if rows < 100 else 40):
        each, _ = detaching(seed)
        draw = random.Random(seed)
        numbers = [draw.uniform(-2.0, 2.0) for _ in range(4)]
        expected = gradient(each, numbers, rows, Reference)
        found = gradient(each, numbers, rows, Tape)
        if not any(expected[0]) and all(abs(x) < 1e3 for x in expected[1] + expected[2]):
            assert all(map(alike, found[1] + found[2], expected[1] + expected[2])), seed


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda w, x: w * x + detach(step(w * x) - w * x), lambda w, x: x),
        (lambda w, x: step(x + w) * detach(sin(x + w)), lambda w, x: 0.0),
        (lambda w, x: tanh(detach(sigmoid(w)) + 1.0) * x, lambda w, x: 0.0),
        (lambda w, x: detach(w) * w * x + detach(w * x), lambda w, x: w * x),
        (lambda w, x: detach(w * x), lambda w, x: 0.0),
        (lambda w, x: detach(detach(w) * w) * detach(x) + 0.0 * w, lambda w, x: 0.0),
    ],
)
def test_gradients_around_detach(f, slope):
    w, xs = Value(0.5), [1.0, 2.0, -3.0]
    one = autograd.compile(lambda x: f(w, x))
    many = autograd.compile(lambda x: f(w, x), in_axes=0, reduce="sum")
    one.backward(2.0)
    assert w.grad in (None, slope(0.5, 2.0))
    w._grad = None
    many.backward(xs)
    assert w.grad in (None, sum(slope(0.5, x) for x in xs))


def side_by_side(width):
    """The sum of so many squares, one factor through `identity`, or `detach` at every other one."""
    rules = [DETACH if i % 2 else TABLE["identity"] for i in range(width)]
    steps = [Instruction(rule, (i,)) for i, rule in enumerate(rules)]
    steps += [Instruction(TABLE["mul"], (i, width + i)) for i in range(width)]
    steps.append(Instruction(TABLE["total"], tuple(range(2 * width, 3 * width))))
    return steps


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [2, 12, 40, 200, 600])
def test_what_is_detached_does_not_mix_with_what_is_not(kind, width):
    tape = kind([], 0, width, side_by_side(width), [3 * width], [], range(width))
    outputs, failed, grads = array("d", [0.0]), bytearray(1), array("d", bytes(8 * width))
    columns = array("d", [1.0 + i for i in range(width)])
    tape.differentiate(
        array("d"), columns, 1, array("d", [1.0]), outputs, failed, array("d"), grads
    )
    assert list(grads) == [x * (1 + (i % 2 == 0)) for i, x in enumerate(columns)]


# -- the bits of eager -----------------------------------------------------------------------------


OPERATIONS: dict[str, tuple[int, Any]] = {
    "add": (2, lambda x, y: x + y),
    "sub": (2, lambda x, y: x - y),
    "mul": (2, lambda x, y: x * y),
    "sin": (1, sin),
    "tanh": (1, tanh),
    "exp": (1, lambda x: autograd.exp(-x * x)),
    "step": (1, step),
    "relu": (1, autograd.relu),
    "abs": (1, abs),
    "sqrt": (1, autograd.sqrt),
    "where": (3, lambda x, y, z: autograd.where(step(x), y, z)),
    "branch": (3, lambda x, y, z: y if x > 0.0 else z),
    "maximum": (2, autograd.maximum),
    "dot": (4, lambda x, y, z, w: autograd.dot([x, y], [z, w])),
    "total": (3, lambda x, y, z: autograd.total([x, y, z])),
    "detach": (1, detach),
    "product": (2, lambda x, y: detach(x * y)),
}
EDGES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e200,
    -1e200,
    1e308,
    5e-324,
    float("inf"),
    float("-inf"),
    float("nan"),
]


def function(draw, leaves):
    """A function of any numbers, and of leaves that it reaches by itself."""
    names = [*OPERATIONS, "detach", "product", "add", "mul", "dot"]
    steps = [
        (OPERATIONS[name], [int(draw.expovariate(0.35)) for _ in range(4)])
        for name in draw.choices(names, k=draw.randint(3, 14))
    ]

    def f(*xs):
        values = [*leaves, *xs]
        for (count, call), backs in steps:
            values.append(call(*[values[-1 - back % len(values)] for back in backs[:count]]))
        return autograd.total(values[-draw_last:])

    draw_last = draw.randint(1, 4)
    return f


def some_numbers(draw, n, edges):
    kind = EDGES if edges else [0.0, -0.0]
    return [draw.choice(kind) if draw.random() < 0.2 else draw.uniform(-2.0, 2.0) for _ in range(n)]


def bits(numbers):
    return ["nan" if x != x else float(x).hex() for x in numbers]


def eager(f, leaves, xs):
    """The value of one row, its gradient, and what it adds to the leaves' gradients."""
    for leaf in leaves:
        leaf._grad = None
    given = [Value(x) for x in xs]
    root = f(*given)
    if isinstance(root, Value) and root.operands:
        root.backward()
    found = float(root.data), [x.grad or 0.0 for x in given], [x.grad or 0.0 for x in leaves]
    for leaf in leaves:
        leaf._grad = None
    return found


@pytest.mark.only(Tape is Reference)  # lanes round otherwise
@pytest.mark.parametrize("edges", [False, True])
def test_the_reference_has_the_bits_of_eager(edges):
    for seed in range(250):
        draw = random.Random(seed)
        leaves = [Value(x) for x in some_numbers(draw, 2, edges)]
        f = function(draw, leaves)
        fast = autograd.compile(f)
        many = autograd.compile(f, in_axes=0)
        rows = [some_numbers(draw, 3, edges) for _ in range(3)]
        wanted = [eager(f, leaves, xs) for xs in rows]
        for xs, (value, by_xs, by_leaves) in zip(rows, wanted, strict=True):
            got, by = fast.value_and_grad(*xs, argnums=(0, 1, 2))
            assert bits([got, *by]) == bits([value, *by_xs]), seed
            assert bits([fast(*xs)]) == bits([value]), seed
            fast.backward(*xs)
            assert bits([x.grad or 0.0 for x in leaves]) == bits(by_leaves), seed
            for leaf in leaves:
                leaf._grad = None
        assert bits(many(*zip(*rows, strict=True))) == bits([value for value, _, _ in wanted]), seed


def test_what_is_read_behind_detach_first_is_computed_again_for_the_order():
    def f(x):
        a = autograd.exp(x)
        c = sin(a)
        return (tanh(a) * detach(c) + a * c) * c

    fast = autograd.compile(f)
    fast.value_and_grad(0.5)
    for x in [0.1 * i for i in range(-20, 20)]:
        leaf = Value(x)
        f(leaf).backward()
        value, slope = fast.value_and_grad(x)
        if Tape is Reference:
            assert slope == leaf.grad
        assert alike(slope, leaf.grad)
        assert alike(value, f(Value(x)).data)


def near(x, y):
    """Whether both are the same inf or nan, or finite and close."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return x == y or (x != x and y != y)
    return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.skipif(Tape is Reference, reason="there are no lanes")
@pytest.mark.parametrize("edges", [False, True])
def test_the_accelerator_s_tapes_are_eager_but_for_rounding(edges, vectors):
    for seed in range(120):
        draw = random.Random(seed)
        leaves = [Value(x) for x in some_numbers(draw, 2, edges)]
        f = function(draw, leaves)
        rows = [some_numbers(draw, 3, edges) for _ in range(5)]
        one, values = autograd.compile(f), autograd.compile(f, in_axes=0)
        many = autograd.compile(f, in_axes=0, reduce="sum")
        _, by = many.value_and_grad(*zip(*rows, strict=True), argnums=(0, 1, 2))
        wanted = [eager(f, leaves, xs) for xs in rows]
        results = values(*zip(*rows, strict=True))
        columns = zip(rows, wanted, results, zip(*by, strict=True), strict=True)
        for xs, (value, by_xs, _), result, by_row in columns:
            got, by_one = one.value_and_grad(*xs, argnums=(0, 1, 2))
            found = [got, *by_one, result, *by_row]
            assert all(map(near, found, [value, *by_xs, value, *by_xs])), (seed, xs)
