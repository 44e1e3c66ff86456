"""What an instruction of a random program may be: its function, its source, where it is defined."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd import primitives

__all__ = ["EVERY", "KINKED", "SMOOTH", "Operation", "by_name", "function", "infix", "power"]

# Whatever a program runs on: floats, Values, Fractions, mpmath numbers.
Number = Any

# How far operands stay from kinks and poles.
MARGIN = 0.01


@dataclass(frozen=True)
class Operation:
    """One kind of instruction.

    Args:
        name: what messages and oracles know it by.
        arity: how many operands it takes.
        call: computes it, on floats and Values.
        text: its Python source, with {} for each operand.
        admits: whether it may be given these floats.
        above: on which side of its kink or jump these floats are; None when it has neither.
        needs: the line that imports what its source names; "" when nothing.

    >>> from autograd.extend import Primitive
    >>> double = Primitive("double", lambda x: 2.0 * x, lambda z, x: 2.0)
    >>> Operation("double", 1, double, "double({})", needs="from mine import double").text
    'double({})'
    """

    name: str
    arity: int
    call: Callable[..., Number]
    text: str
    admits: Callable[..., bool] = lambda *xs: True
    above: Callable[..., bool] | None = None
    needs: str = ""


def infix(name: str, call: Callable[..., Number], sign: str, **how: Any) -> Operation:
    """Return an operation written between its operands."""
    return Operation(name, 2, call, f"{{}} {sign} {{}}", **how)


def function(name: str, arity: int = 1, **how: Any) -> Operation:
    """Return the row of the table as an operation; arity tells how many operands, if any number."""
    places = ", ".join(["{}"] * arity)
    call = getattr(primitives, name)
    return Operation(name, arity, call, f"{name}({places})", needs=imported(name), **how)


def power(name: str, exponent: int, **how: Any) -> Operation:
    """Return the operation that raises to a fixed power."""
    return Operation(name, 1, lambda x: x**exponent, f"{{}} ** {exponent}", **how)


def imported(name: str) -> str:
    return f"from autograd import {name}"


# -- what operations admit ------------------------------------------------------------------------


def away_from_zero(*xs: float) -> bool:
    return abs(xs[0]) > MARGIN


def apart(x: float, y: float) -> bool:
    return abs(x - y) > MARGIN


def divides(x: float, y: float) -> bool:
    return abs(y) > MARGIN


def raised(x: float, y: float) -> bool:
    return x > MARGIN and abs(y) < 5.0


def positive(x: float) -> bool:
    return x > MARGIN


def above_minus_one(x: float) -> bool:
    return x > MARGIN - 1.0


def inside_one(x: float) -> bool:
    return abs(x) < 1.0 - MARGIN


def away_from_poles(x: float) -> bool:
    return abs(math.cos(x)) > MARGIN


def off_cut(y: float, x: float) -> bool:
    """Away from the negative half of the x axis, where the angle jumps, and from the origin."""
    return off_origin(x, y) and (x > 0.0 or abs(y) > MARGIN)


def off_origin(x: float, y: float) -> bool:
    return math.hypot(x, y) > MARGIN


# -- the sides of a kink or jump ------------------------------------------------------------------


def above_zero(*xs: float) -> bool:
    return xs[0] > 0.0


# Simplest first: shrinking ends there.
SMOOTH = (
    infix("add", operator.add, "+"),
    infix("mul", operator.mul, "*"),
    infix("sub", operator.sub, "-"),
    Operation("neg", 1, operator.neg, "-{}"),
    power("square", 2),
    power("cube", 3),
    infix("div", operator.truediv, "/", admits=divides),
    infix("pow", operator.pow, "**", admits=raised),
    function("exp"),
    function("log", admits=positive),
    function("sqrt", admits=positive),
    function("tanh"),
    function("sin"),
    function("cos"),
    function("tan", admits=away_from_poles),
    function("expm1"),
    function("log1p", admits=above_minus_one),
    function("asin", admits=inside_one),
    function("acos", admits=inside_one),
    function("atan"),
    function("atan2", 2, admits=off_cut),
    function("hypot", 2, admits=off_origin),
    function("sinh"),
    function("cosh"),
    function("sech2"),
    function("sigmoid"),
    function("softplus"),
    function("gelu"),
    function("silu"),
    function("erf"),
    function("erfc"),
    function("weigh", 2, admits=away_from_zero),
    function("share", 2),
    function("identity"),
    function("total", 3),
    function("logsumexp", 3),
    Operation(
        "dot",
        4,
        lambda a, b, c, d: primitives.dot([a, b], [c, d]),
        "dot([{}, {}], [{}, {}])",
        needs=imported("dot"),
    ),
)

KINKED = (
    function("relu", admits=away_from_zero, above=above_zero),
    Operation("abs", 1, abs, "abs({})", admits=away_from_zero, above=above_zero),
    function("leaky_relu", 2, admits=away_from_zero, above=above_zero),
    function("elu", 2, admits=away_from_zero, above=above_zero),
    function("maximum", 2, admits=apart, above=operator.gt),
    function("minimum", 2, admits=apart, above=operator.gt),
    function("where", 3, admits=away_from_zero, above=above_zero),
    function("step", admits=away_from_zero, above=above_zero),
)

EVERY = (*SMOOTH, *KINKED)


def by_name(*operations: Operation) -> Mapping[str, Operation]:
    """Return the operations by their names."""
    return {each.name: each for each in operations}
