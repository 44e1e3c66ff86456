"""Every row of the table against SymPy, which derives its partials from the formula alone.

The formulas below say what each row computes, not how; their first and second derivatives are
SymPy's, read at 250 digits.  No row is excused: only points are left out, each with its reason.
"""

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import pytest
import sympy
from mpmath import mp

from autograd import Value
from autograd.checking.error_bounds import Adjoint, reverse_errors
from autograd.primitives import TABLE
from autograd.toposort import topological
from tests.support.faults import partial_changed
from tests.support.oracles import EPSILON
from tests.support.points import POINTS, arguments, derivative
from tests.support.sympy_formulas import (
    FORMULAS,
)

Point = tuple[float, ...]

# Formulas may cancel in the tails: gelu's has 1 + erf(x/√2), which is 10⁻¹⁹⁷ at −30.
DIGITS = 250
COUNT = 60
ARITIES = (2, 3, 4)
# What a derivative may be off by, in units of 2⁻⁵³ of its condition.
UNITS = 8.0
# The rounding error of a double too near 0 is no longer relative.
TINY = 2.0**-1060


def at_zero(x: float, *others: float) -> bool:
    return x == 0.0


def not_right_of_zero(x: float, *others: float) -> bool:
    return x <= 0.0


def tie(*xs: float) -> bool:
    return len(set(xs)) < len(xs)


def origin(*xs: float) -> bool:
    return not any(xs)


# Where the formula has no derivative, or a convention of docs/conventions.md takes its place.
LEFT_OUT: dict[str, tuple[Callable[..., bool], str]] = {
    "abs": (at_zero, "the slopes from both sides differ"),
    "relu": (at_zero, "the slopes from both sides differ"),
    "leaky_relu": (at_zero, "the slopes from both sides differ"),
    "elu": (at_zero, "the slopes from both sides differ unless alpha is 1"),
    "step": (at_zero, "a jump"),
    "where": (at_zero, "a jump from one branch to the other"),
    "same": (tie, "a jump on a line, up and down again"),
    "maximum": (tie, "those that tie share by convention"),
    "minimum": (tie, "those that tie share by convention"),
    "hypot": (origin, "the tip of a cone"),
    "atan2": (origin, "an angle of nothing"),
    "div": (lambda x, y: y == 0.0, "a pole"),
    "sqrt": (not_right_of_zero, "an infinite slope, and no real number left of it"),
    "log": (not_right_of_zero, "a pole, and no real number left of it"),
    "log1p": (lambda x: x <= -1.0, "a pole, and no real number left of it"),
    "pow": (not_right_of_zero, "log(x) in the derivative by the exponent"),
    "asin": (lambda x: abs(x) >= 1.0, "an infinite slope, and no real number outside"),
    "acos": (lambda x: abs(x) >= 1.0, "an infinite slope, and no real number outside"),
}

CASES = [
    pytest.param(name, arity, id=f"{name}-{arity}")
    for name, row in TABLE.items()
    for arity in (ARITIES if row.variadic else (len(row.partials),))
    if not (name == "dot" and arity % 2)
]


def left_out(name: str, point: Point) -> bool:
    return name in LEFT_OUT and LEFT_OUT[name][0](*point)


def draw(random_: random.Random) -> float:
    """A number of either sign and any size from 10⁻⁴ to 30."""
    return math.copysign(10.0 ** random_.uniform(-4.0, 1.5), random_.random() - 0.5)


def points(name: str, arity: int) -> list[Point]:
    """Return points of a row, none of which is left out: special ones, then random ones."""
    random_ = random.Random(f"{name} {arity}")
    found = [p for p in POINTS[name] if len(p) == arity and not left_out(name, p)]
    while len(found) < COUNT:
        point = tuple(draw(random_) for _ in range(arity))
        if not left_out(name, point):
            found.append(point)
    return found


@cache
def derivatives(name: str, arity: int) -> tuple[list[tuple[int, ...]], Callable[..., list[Any]]]:
    """Return the indices of all first and second derivatives, and what computes them together."""
    xs = sympy.symbols(f"x:{arity}", real=True)
    formula = sympy.sympify(FORMULAS[name](*xs))
    orders = [indices for n in (1, 2) for indices in combinations_with_replacement(range(arity), n)]
    found = [sympy.diff(formula, *(xs[i] for i in indices)) for indices in orders]
    return orders, sympy.lambdify(xs, found, modules="mpmath", cse=True)


def exactly(name: str, point: Point) -> list[tuple[tuple[int, ...], Any, Any]]:
    """Return, for each derivative, its indices, SymPy's number and its condition.

    The condition is its size, and by how much it moves when the operands do, in units of what
    they move by: an engine that rounds its operands cannot be nearer.
    """
    orders, function = derivatives(name, len(point))
    with mp.workdps(DIGITS):
        xs = [mp.mpf(x) for x in point]
        here = function(*xs)
        conditions = [abs(d) for d in here]
        for i, x in enumerate(xs):
            moved = function(*xs[:i], x * (1 + mp.mpf(EPSILON)), *xs[i + 1 :])
            shifts = [abs(there - d) / EPSILON for there, d in zip(moved, here, strict=True)]
            conditions = [c + shift for c, shift in zip(conditions, shifts, strict=True)]
    return list(zip(orders, here, conditions, strict=True))


def terms(name: str, point: Point, indices: Sequence[int]) -> float:
    """Return the size of the terms that a second derivative adds up, 0 for a first one.

    They may cancel: the slope of 1/√((1 − x)(1 + x)), say, has 1 + x and −(1 − x).
    """
    first, *second = indices
    xs = [Value(x) for x in point]
    node = TABLE[name](*arguments(TABLE[name], xs))
    partial = TABLE[name].partials_at(node, xs, [True] * len(xs))[first]
    if not second or not isinstance(partial, Value):
        return 0.0
    order = [each for each in topological(partial) if each.operands]
    return reverse_errors(partial, order).get(xs[second[0]], Adjoint()).size


def engines(name: str, point: Point, indices: Sequence[int]) -> float:
    """Return the engine's derivative: a recorded node's own partial, or `grad` of `grad`."""
    row = TABLE[name]
    if len(indices) == 1:
        xs = tuple(Value(x) for x in point)
        return float(row(*arguments(row, xs)).partials()[indices[0]])
    return float(derivative(row, indices)(*point))


def errors(name: str, arity: int) -> list[tuple[float, Point, tuple[int, ...]]]:
    """Return how far each derivative is off, in units of 2⁻⁵³ of what counts, and where."""
    return [
        (
            off(engines(name, point, indices), exact, condition, terms(name, point, indices)),
            point,
            indices,
        )
        for point in points(name, arity)
        for indices, exact, condition in exactly(name, point)
    ]


def off(ours: float, exact: Any, condition: Any, size: float) -> float:
    return float(abs(mp.mpf(ours) - exact) / (EPSILON * (condition + size) + TINY))


def test_every_row_has_a_formula():
    assert FORMULAS.keys() == TABLE.keys()
    assert LEFT_OUT.keys() <= FORMULAS.keys()


@pytest.mark.parametrize(("name", "arity"), CASES)
def test_derivatives_are_those_of_sympy(name, arity):
    wrong = [each for each in errors(name, arity) if not each[0] <= UNITS]
    assert not wrong, max(wrong)


@pytest.mark.parametrize("name", ["tanh", "mul", "logsumexp"])
def test_a_partial_a_few_units_in_the_last_place_off_is_found(name):
    with partial_changed(name, 0, lambda p: p * (1.0 + 1e-14)):
        assert max(errors(name, 1 if name == "tanh" else 2))[0] > UNITS
