"""What the engine says to slips that are often made, in both engines."""

import math
import statistics
from fractions import Fraction
from typing import Any

import pytest

import autograd
from autograd import Value, draw, jacobian, value_and_grad

pytestmark = pytest.mark.engine

grad: Any = autograd.grad
HUGE = 10**400


@pytest.fixture
def x():
    return Value(1.0, label="x")


class Tensor:
    """A number of another library that records it."""

    shape = ()
    requires_grad = True

    def __len__(self):
        raise TypeError

    def __float__(self):
        return 2.0

    def item(self):
        return 2.0


CASES = {
    "int": (lambda x: int(x), "cannot become an int: .*v.data"),
    "floor": (lambda x: math.floor(x), "cannot become a float"),
    "ceil": (lambda x: math.ceil(x), "cannot become a float"),
    "trunc": (lambda x: math.trunc(x), "cannot become an int"),
    "round": (lambda x: round(x, 2), "cannot become rounded"),
    "statistics": (lambda x: statistics.mean([x, x]), r"cannot become a fraction.*total\(\*vs\)"),
    "modulus": (lambda x: pow(x, 2, 5), "pow of a Value takes no modulus"),
    "a tensor": (lambda x: x * Tensor(), r"of shape \(\); give its number: x.item"),
    "None in a tree": (lambda x: grad(lambda p: p["a"])({"a": 1.0, "b": None}), "None among them"),
    "by name": (lambda x: grad(lambda x: x * x)(x=3.0), "is given by position"),
    "a bool": (lambda x: grad(lambda x: x > 2)(3.0), "returned a bool, which has no derivative"),
    "bools": (lambda x: jacobian(lambda x: [x, x > 2])(3.0), "returned a bool"),
    "a bool and its gradient": (lambda x: value_and_grad(lambda x: x == x)(3.0), "returned a bool"),
    "a label by position": (lambda x: Value(2.0, "x"), "a label is given by name"),
    "no such group": (lambda x: draw(x, group=["mlp"]), "expected the path of a group, got 'mlp'"),
    "labels": (lambda x: draw(x, labels=["x"]), "expected labels to be a dict of names"),  # type: ignore[arg-type]
    "several": (lambda x: draw([x, x]), r"their sum, total\(\*values\)"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize(("act", "text"), CASES.values(), ids=CASES.keys())
def test_the_message(x, act, text):
    with pytest.raises((TypeError, ValueError), match=text):
        act(x)


TOO_LARGE = {
    "times": lambda x: x * HUGE,
    "from the left": lambda x: HUGE - x,
    "power": lambda x: x**HUGE,
    "function": lambda x: autograd.maximum(x, HUGE),
    "plain": lambda x: autograd.tanh(HUGE),
    "fraction": lambda x: x + Fraction(HUGE, 3),
    "a new leaf": lambda x: Value(HUGE),
    "data": lambda x: setattr(x, "data", HUGE),
    "grad": lambda x: setattr(x, "grad", -HUGE),
    "transform": lambda x: grad(autograd.tanh)(HUGE),
}


@pytest.mark.parametrize("act", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_number_that_no_float_can_hold(x, act):
    with pytest.raises(OverflowError, match="expected a real number that a float can hold, got"):
        act(x)
    assert (x.data, x.reached) == (1.0, False)


def test_none_clears_a_gradient(x):
    y = x * x
    y.backward()
    assert x.reached
    x.grad = None
    y.grad = None
    assert (x.reached, x.grad, y.reached) == (False, 0.0, False)
    y.backward()
    assert x.grad == 2.0


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        ((1, abs, abs), "got 1 as the name"),
        (("f", 3, abs), "got 3 as the forward function of 'f'"),
        (("f", abs), "got no partial for 'f'"),
        (("f", abs, 3.0), "got 3.0 as partial 1 of 'f'"),
    ],
)
def test_a_primitive_made_of_what_is_no_function_says_which(arguments, got):
    make: Any = autograd.Primitive
    with pytest.raises(TypeError, match=f"expected a name, the forward function.*; {got}"):
        make(*arguments)
