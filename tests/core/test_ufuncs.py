import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.core.ufuncs import FUNCTIONS

REAL = st.floats(0.1, 0.9)


def with_slopes(function, *numbers):
    leaves = [Value(x) for x in numbers]
    result = function(*leaves)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


UNARY = [name for name in FUNCTIONS if getattr(np, name).nin == 1]
BINARY = [name for name in FUNCTIONS if getattr(np, name).nin == 2]
COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]


@pytest.mark.parametrize("name", UNARY)
@given(x=REAL)
def test_a_function_of_one_number_has_numpys_value_and_a_right_slope(name, x):
    ufunc: Any = getattr(np, name)
    value, (slope,) = with_slopes(ufunc, x)
    assert value == pytest.approx(float(ufunc(x)), rel=1e-14)
    step = 1e-5
    around = (float(ufunc(x + step)) - float(ufunc(x - step))) / (2.0 * step)
    assert slope == pytest.approx(around, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", sorted({*BINARY} - {*COMPARISONS}))
@given(x=REAL, y=REAL.filter(lambda y: y != 0.5))
def test_a_function_of_two_numbers_is_that_of_autograd(name, x, y):
    ufunc: Any = getattr(np, name)
    expected = with_slopes(FUNCTIONS[name], x, y)
    assert with_slopes(ufunc, x, y) == expected
    assert expected[0] == pytest.approx(float(ufunc(x, y)), rel=1e-14)
    # One of them may be a number of NumPy's, on either side.
    left, right = Value(x), Value(y)
    for result, leaf, slope in (
        (ufunc(left, np.float64(y)), left, expected[1][0]),
        (ufunc(np.array(x), right), right, expected[1][1]),
    ):
        result.backward()
        assert (result.data, leaf.grad) == (expected[0], slope)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_give_what_operators_give(name):
    ufunc: Any = getattr(np, name)
    for x, y in ((1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (math.nan, 2.0)):
        assert bool(ufunc(Value(x), np.float64(y))) is bool(ufunc(x, y))
        assert bool(ufunc(np.float64(x), Value(y))) is bool(ufunc(x, y))


def test_operators_of_numpys_scalars():
    x = Value(3.0)
    y = np.float64(2.0) * x + np.float32(1.0) - np.int64(4) / x
    y.backward()
    assert type(y) is Value
    assert (y.data, x.grad) == (6.0 + 1.0 - 4.0 / 3.0, 2.0 + 4.0 / 9.0)
    assert bool(np.float64(2.0) < x)


def test_statistics_of_an_array_of_values():
    xs = [Value(v) for v in (1.0, 2.0, 6.0)]
    spread: Any = np.std(np.array(xs))
    spread.backward()
    mean = 3.0
    assert spread.data == pytest.approx(float(np.std([1.0, 2.0, 6.0])), rel=1e-15)
    for x in xs:
        assert x.grad == pytest.approx((x.data - mean) / (3.0 * spread.data), rel=1e-14)


def test_a_compiled_function_may_be_written_with_numpy():
    fast = autograd.compile(lambda x: np.exp(x) * np.float64(2.0))
    for x in (0.5, 1.5):
        assert fast.value_and_grad(x) == (2.0 * math.exp(x), 2.0 * math.exp(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (np.exp2, "np.exp2 of a Value has no derivative rule"),
        (lambda x: np.add.reduce(x), "np.add.reduce of a Value has no derivative rule"),
        (lambda x: np.exp(x, out=np.zeros(1)), "np.exp would lose the graph of a Value"),
        (lambda x: np.exp(x, where=True), "np.exp of a Value with where has no derivative rule"),
        (lambda x: np.add(x, np.ones(2)), "expected a real number, got a ndarray"),
        (lambda x: np.ones(2).__iadd__(x), "and y = y + x for y += x"),
        (lambda x: np.add(x, "a"), "expected a real number, got"),
        (lambda x: np.add(x, 1j), "complex"),
    ],
)
def test_what_has_no_rule_says_what_to_write(call, message):
    with pytest.raises(TypeError) as caught:
        call(Value(1.0))
    assert message in str(caught.value)
