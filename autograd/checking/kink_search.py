"""Kink search: where a function takes another branch as an argument moves, by bisection."""

from collections.abc import Callable
from typing import Any

from autograd.checking.error_bounds import moving_with
from autograd.checking.evaluation import nodes_below
from autograd.checking.singularities import Signature, signature
from autograd.checking.targets import Arguments

__all__ = ["border"]

# The first step of the search, relative to the interval.
FIRST = 2.0**-10


def border(f: Callable[..., Any], point: tuple[Any, ...], i: int, towards: float) -> float | None:
    """Return the next number at which f takes another branch; None where there is none.

    A branch is what `relu`, `abs`, `maximum`, `where` and the like choose, which side of a pole a
    number is on, and whatever an `if` of f's own makes it record.

    Args:
        f: the function.
        point: its arguments.
        i: which argument moves.
        towards: how far it may move.

    >>> from autograd import relu
    >>> border(lambda x: relu(x - 1.0), (0.25,), 0, 2.0)
    1.0
    """
    here = branch(f, point, i, point[i])
    near, step = float(point[i]), FIRST * (towards - point[i])
    far = near + step
    while branch(f, point, i, far) == here:
        if far in (towards, near):
            return None
        near, step = far, 2.0 * step
        far = near + step if abs(step) < abs(towards - near) else towards
    return bisected(lambda x: branch(f, point, i, x) == here, near, far)


def bisected(same: Callable[[float], bool], near: float, far: float) -> float:
    """Return the first float towards `far` that is not the same as `near`."""
    while (middle := near + 0.5 * (far - near)) not in (near, far):
        near, far = (middle, far) if same(middle) else (near, middle)
    return far


def branch(f: Callable[..., Any], point: tuple[Any, ...], i: int, x: float) -> Signature | None:
    """Return which branch f takes with argument i at x; None where it raises."""
    try:
        with Arguments(f, (*point[:i], x, *point[i + 1 :])).at() as ((output,), leaves):
            return signature(moving_with(nodes_below(output), leaves))
    except ArithmeticError:
        return None
