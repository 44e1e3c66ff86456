"""dot and sums of products with ±0, inf, nan and what overflows: eager's numbers on every tape."""

import math
import random
from itertools import product

import pytest

import autograd
from autograd import Value, dot
from autograd.core.backend import native
from autograd.primitives import TABLE
from tests.support import tapes

pytestmark = pytest.mark.engine

INF, NAN = math.inf, math.nan
SPECIAL = [0.0, -0.0, 0.0, -0.0, 1.0, -1.0, -2.5, 5e-324, 1e200, -1e200, 1e308, -1e308, INF, -INF,
           NAN]  # fmt: skip
ZEROS = [0.0, -0.0, 1.0, -2.0]
# Up to so many products a layer gives eager's bits; above it fuses them with their sum, and one
# that overflows alone may give a finite number.
UNFUSED = 8


def summed(x, y):
    """The sum of products, left to right, as it is written."""
    result = x[0] * y[0]
    for a, b in zip(x[1:], y[1:], strict=True):
        result = result + a * b
    return result


def numbers(draw, n, kind):
    return [draw.choice(kind) for _ in range(n)]


def same(x, y):
    return (x == y and math.copysign(1.0, x) == math.copysign(1.0, y)) or (x != x and y != y)


def agrees(got, expected, x, y, exact):
    """Whether a tape's number is eager's, but for what the order of a sum may change."""
    if same(got, expected):
        return True
    size = sum(abs(a * b) for a, b in zip(x, y, strict=True))
    if exact or expected == 0.0 == got:
        return False
    if math.isfinite(size):
        return math.isfinite(expected) and abs(got - expected) <= 2e-16 * len(x) * size
    return math.isfinite(got) and not any(map(math.isinf, (*x, *y)))  # the overflow was avoided


@pytest.mark.parametrize("f", [dot, summed], ids=["dot", "summed"])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 16, 33, 600])
@pytest.mark.parametrize("kind", [SPECIAL, ZEROS], ids=["special", "zeros"])
def test_one_row_and_many_have_eager_s_numbers(f, n, kind):
    draw = random.Random(n)
    one = autograd.compile(f)
    shared = autograd.compile(f, in_axes=(0, None))
    swapped = autograd.compile(f, in_axes=(None, 0))
    apart = autograd.compile(f, in_axes=(0, 0))
    for _ in range(300 // n + 3):
        rows = [numbers(draw, n, kind) for _ in range(9)]
        others = [numbers(draw, n, kind) for _ in rows]
        y = others[0]
        for x, got in zip(rows, shared(rows, y), strict=True):
            expected = f([*map(Value, x)], y).data
            assert agrees(got, expected, x, y, n <= UNFUSED), (x, y, got, expected)
            assert agrees(one(x, y), expected, x, y, n < UNFUSED), (x, y, one(x, y), expected)
        for x, got in zip(rows, swapped(y, rows), strict=True):
            expected = f(y, [*map(Value, x)]).data
            assert agrees(got, expected, y, x, n <= UNFUSED), (y, x, got, expected)
        for x, z, got in zip(rows, others, apart(rows, others), strict=True):
            assert same(got, f([*map(Value, x)], z).data), (x, z, got)


def layer(w, b, x):
    """Neurons with a bias and a relu, with one of them, with neither."""
    return [
        dot(w[0], x), dot(w[1], x) + b[0], autograd.relu(dot(w[2], x)),
        autograd.relu(dot(w[3], x) + b[1]),
    ]  # fmt: skip


def relus(w, b, x):
    """A layer in which every neuron has a bias and a relu."""
    return [autograd.relu(dot(each, x) + b[i % 2]) for i, each in enumerate(w)]


@pytest.mark.parametrize("f", [layer, relus], ids=["layer", "relus"])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 9, 20])
@pytest.mark.parametrize("kind", [SPECIAL, ZEROS], ids=["special", "zeros"])
def test_layers_have_eager_s_numbers(f, n, kind):
    draw = random.Random(n)
    fast = autograd.compile(f, in_axes=(None, None, 0))
    for _ in range(40):
        w, b = [numbers(draw, n, kind) for _ in range(4)], numbers(draw, 2, kind)
        rows = [numbers(draw, n, kind) for _ in range(9)]
        for x, results in zip(rows, fast(w, b, rows), strict=True):
            expected = [
                Value(0.0) + z if isinstance(z, float) else z for z in f(w, b, [*map(Value, x)])
            ]
            for weights, got, z in zip(w, results, expected, strict=True):
                if math.isfinite(sum(abs(a * c) for a, c in zip(weights, x, strict=True))):
                    assert math.isclose(got, z.data, rel_tol=1e-12, abs_tol=1e-12) or same(
                        got, z.data
                    )
                    assert got or math.copysign(1.0, got) == math.copysign(1.0, z.data), (
                        weights,
                        x,
                    )
                elif n <= UNFUSED or any(map(math.isinf, (*weights, *x))):
                    assert same(got, z.data), (weights, x, got, z.data)


@pytest.mark.parametrize("n", [1, 3, 8, 9, 20, 600])
def test_gradients_are_inf_and_nan_where_eager_s_are(n):
    draw = random.Random(n)
    one, many = autograd.compile(dot), autograd.compile(dot, in_axes=(0, None), reduce="sum")
    kind = [x for x in SPECIAL if not 1e300 < abs(x) < INF]
    for _ in range(60 // n + 3):
        x, y = numbers(draw, n, kind), numbers(draw, n, kind)
        a, b = [*map(Value, x)], [*map(Value, y)]
        dot(a, b).backward()
        expected = [leaf.grad for leaf in a + b]
        for _, (by_x, by_y) in [one.value_and_grad(x, y, argnums=(0, 1))]:
            assert all(map(same, by_x + by_y, expected))
        _, (by_x, by_y) = many.value_and_grad([x, x, x], y, argnums=(0, 1))
        for row in by_x:
            assert all(map(same, row, expected[:n]))
        three = [3.0 * each for each in expected[n:]]
        assert all(
            math.isclose(g, e, rel_tol=1e-15) or same(g, e)
            for g, e in zip(by_y, three, strict=True)
        )


@pytest.mark.skipif(native is None, reason="there are no lanes")
def test_the_sign_of_zero_is_eager_s_in_every_row_of_the_table(vectors):
    for row in TABLE.values():
        n = 4 if row.variadic else len(row.partials)
        rows = [*product([0.0, -0.0, 1.0, -1.0, INF, -INF], repeat=n)][:1296]
        program = tapes.Program([], 0, n, [(row.name, list(range(n)))], [n])
        for x, (z,) in zip(rows, program.evaluate([], rows)[0], strict=True):
            expected = row.evaluate(list(x))
            assert z != 0.0 or expected != 0.0 or same(z, expected), (row, x, z, expected)
