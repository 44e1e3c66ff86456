"""Every kind of argument on both sides of every operator, comparison and primitive."""

import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.primitives import TABLE

pytestmark = pytest.mark.engine

KINDS = {
    "Value": Value,
    "int": int,
    "float": float,
    "bool": bool,
    "Fraction": Fraction,
    "Decimal": Decimal,
    "float64": np.float64,
    "float32": np.float32,
    "int64": np.int64,
    "bool_": np.bool_,
    "0-d array's item": lambda x: np.asarray(float(x))[()],
    "0-d array": lambda x: np.asarray(float(x)),
}
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
BINARY = sorted(name for name, row in TABLE.items() if not row.variadic and len(row.partials) == 2)
VARIADIC = ["total", "maximum", "minimum", "logsumexp"]

BAD = {
    "str": ("2", "got the str '2'; convert it first"),
    "bytes": (b"2", "got the bytes b'2'; convert it first"),
    "complex": (2j, "got the complex 2j; use its .real and .imag"),
    "complex128": (np.complex128(2j), "got the complex 2j; use its .real"),
    "None": (None, "got None; did a function forget to return its result?"),
    "list": ([2.0], "got a list of length 1; a Value holds one number, loop over its elements"),
    "tuple": ((2.0,), "got a tuple of length 1; a Value holds one number"),
    "dict": ({}, "got a dict of length 0; a Value holds one number"),
    "array": (np.ones(3), r"got a ndarray of shape (3,); a Value holds one number, loop"),
    "matrix": (np.ones((2, 2)), r"got a ndarray of shape (2, 2); a Value holds one number"),
    "0-d array of complex": (np.asarray(2j), "got the complex 2j; use its .real"),
    "object": (object(), "got a object; pass something that float() understands"),
}


def kinds():
    return pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def bad():
    return pytest.mark.parametrize(("wrong", "text"), BAD.values(), ids=BAD)


def named(functions):
    return pytest.mark.parametrize("function", functions, ids=lambda f: f.__name__)


def check(node, expected, *parents):
    """The node's numbers are plain floats, and so are the grads after backward."""
    assert type(node) is Value
    assert type(node.data) is float
    assert node.data == expected
    assert all(type(x) in (float, Value) for x in node.operands)
    node.backward()
    assert all(type(x.grad) is float for x in (node, *parents))
    assert all(type(x) is float for x in node.partials())


@kinds()
@named(OPERATORS)
class TestOperators:
    def test_on_the_right(self, function, kind):
        x = Value(3.0)
        check(function(x, kind(1)), function(3.0, 1.0), x)

    def test_on_the_left(self, function, kind):
        x = Value(3.0)
        check(function(kind(1), x), function(1.0, 3.0), x)

    def test_in_place(self, function, kind):
        x = y = Value(3.0)
        y = getattr(operator, f"i{function.__name__}")(y, kind(1))
        check(y, function(3.0, 1.0), x)

    def test_in_place_on_the_left(self, function, kind):
        x, y = Value(3.0), kind(1)
        inplace = getattr(operator, f"i{function.__name__}")
        if isinstance(y, np.ndarray):
            with pytest.raises(TypeError, match="would lose the graph"):
                inplace(y, x)
            return
        y = inplace(y, x)
        check(y, function(1.0, 3.0), x)

    def test_in_a_scope_and_in_debug(self, function, kind):
        x = Value(3.0)
        with autograd.scope("layer"), autograd.debug():
            check(function(x, kind(1)), function(3.0, 1.0), x)
            check(function(kind(1), x), function(1.0, 3.0), x)


@kinds()
@named(COMPARISONS)
def test_comparisons_give_bools(function, kind):
    for number in (0.0, 1.0, 3.0):
        assert function(Value(number), kind(1)) is function(number, 1.0)
        assert function(kind(1), Value(number)) is function(1.0, number)


@kinds()
@pytest.mark.parametrize("name", BINARY)
def test_primitives_of_two_arguments(name, kind):
    x, row = Value(0.5), TABLE[name]
    check(row(x, kind(1)), row(0.5, 1.0), x)
    check(row(kind(1), x), row(1.0, 0.5), x)
    if kind is not Value:
        assert type(row(kind(1), kind(1))) is float


@kinds()
@pytest.mark.parametrize("name", VARIADIC)
def test_primitives_of_any_number(name, kind):
    x, row = Value(0.5), TABLE[name]
    check(row(x, kind(1), 2), row(0.5, 1.0, 2.0), x)
    check(row([kind(1), x]), row(1.0, 0.5), x)


@kinds()
def test_dot_and_where(kind):
    x = Value(0.5)
    check(autograd.dot([x, kind(1)], [kind(1), x]), 1.0, x)
    check(autograd.where(kind(1), x, 7), 0.5, x)
    check(autograd.where(kind(0), 7, x), 0.5, x)
    check(autograd.where(x, kind(1), 7), 1.0, x)


def test_dot_of_arrays():
    x = Value(0.5)
    check(autograd.dot([x, x], np.array([1.0, 2.0])), 1.5, x)
    assert autograd.total(np.array([1.0, 2.0], dtype=np.float32)) == 3.0


@kinds()
def test_seeds_data_and_grad(kind):
    if kind is Value:
        return
    x = Value(3.0)
    x.data = kind(1)
    x.grad = kind(1)
    (x * x).backward(kind(1))
    assert (x.data, x.grad) == (1.0, 3.0)
    assert (type(x.data), type(x.grad)) == (float, float)


@kinds()
def test_transforms(kind):
    number = kind(1)
    slope = autograd.grad(lambda x: x**2)(number)
    assert slope == 2.0
    assert type(slope) is (Value if kind is Value else float)


# -- what is no number ----------------------------------------------------------------------------


@bad()
@named(OPERATORS)
class TestBadOperands:
    def test_on_the_right(self, function, wrong, text):
        with pytest.raises(TypeError) as caught:
            function(Value(3.0), wrong)
        assert text in str(caught.value)

    def test_on_the_left(self, function, wrong, text):
        with pytest.raises(TypeError) as caught:
            function(wrong, Value(3.0))
        assert text in str(caught.value)

    def test_in_a_scope_and_in_debug(self, function, wrong, text):
        with autograd.scope("layer"), autograd.debug():
            for operands in ((Value(3.0), wrong), (wrong, Value(3.0))):
                with pytest.raises(TypeError) as caught:
                    function(*operands)
                assert text in str(caught.value)


@bad()
def test_bad_arguments_of_primitives(wrong, text):
    for call in (
        lambda: autograd.atan2(Value(3.0), wrong),
        lambda: autograd.atan2(wrong, Value(3.0)),
        lambda: autograd.atan2(1.0, wrong),
        lambda: autograd.tanh(wrong),
        lambda: autograd.total([wrong, Value(3.0)]),
        lambda: autograd.total([wrong, 1.0]),
        lambda: Value(3.0).hypot(wrong),
    ):
        with pytest.raises(TypeError) as caught:
            call()
        assert text in str(caught.value)


@bad()
def test_bad_data_grad_and_seed(wrong, text):
    x = Value(3.0)
    for act in (
        lambda: Value(wrong),
        lambda: setattr(x, "data", wrong),
        *([lambda: setattr(x, "grad", wrong)] if wrong is not None else []),  # None clears it
        lambda: x.backward(wrong),
        lambda: Value(1.0, (x,), (wrong,)),
        lambda: autograd.detach(wrong),
    ):
        with pytest.raises(TypeError) as caught:
            act()
        assert text in str(caught.value)
    assert (x.data, x.reached) == (3.0, False)


def test_none_clears_a_gradient():
    x = Value(3.0)
    (x * x).backward()
    x.grad = None
    assert (x.grad, x.reached) == (0.0, False)


def test_a_value_is_no_data():
    x = Value(3.0)
    for act in (lambda: Value(x), lambda: setattr(x, "data", x), lambda: x.backward(x)):
        with pytest.raises(TypeError, match=r"got a Value; use it as it is, or x\.detach\(\)"):
            act()


@bad()
@named(COMPARISONS[:4])
def test_bad_things_have_no_order(function, wrong, text):
    for operands in ((Value(3.0), wrong), (wrong, Value(3.0))):
        with pytest.raises(TypeError):
            function(*operands)


@pytest.mark.parametrize("wrong", ["2", b"2", 2j, None, [2.0], (2.0,), {}, object()])
def test_bad_things_are_not_equal(wrong):
    assert (Value(2.0) == wrong) is False
    assert (wrong == Value(2.0)) is False
    assert (Value(2.0) != wrong) is True


def test_a_type_with_operators_of_its_own_is_asked_first():
    class Symbol:
        def __radd__(self, other):
            return "mine"

        def __rmul__(self, other):
            return "mine"

    assert Value(3.0) + Symbol() == "mine"
    assert Value(3.0) * Symbol() == "mine"


def test_an_int_too_large_for_a_float_says_so():
    with pytest.raises(OverflowError, match="too large"):
        Value(10**400)
    with pytest.raises(OverflowError, match="too large"):
        Value(1.0) + 10**400
