"""Settings read from whatever stands for an integer, a real number, a flag or positions.

NumPy scalars are what arithmetic on arrays leaves behind, so they count as the Python numbers they
stand for, and as such they are kept.  A bool is no number here, and 2.0 no integer: either is more
often a slip than meant, and Python's `range` and `operator.index` refuse the second too.
"""

import numbers
import operator
from collections.abc import Callable
from typing import Any

from autograd.errors import shorten

__all__ = ["flag", "is_true", "plain", "positions", "real", "whole"]


def whole(x: Any, expected: str, least: int | None = None) -> int:
    """Return an integer setting as an int.

    Args:
        x: what was given.
        expected: how the message begins: "expected epochs to be an integer ≥ 0".
        least: the smallest that will do.

    Raises:
        ValueError: when it is no integer, or too small.

    >>> whole(3, "expected epochs ≥ 0", 0)
    3
    >>> whole("3", "expected epochs ≥ 0", 0)
    Traceback (most recent call last):
    ValueError: expected epochs ≥ 0, got the str '3'
    """
    if not is_bool(x) and hasattr(type(x), "__index__"):
        try:
            number = operator.index(x)
        except TypeError:  # an array of several
            number = None
        if number is not None and (least is None or number >= least):
            return number
    raise ValueError(f"{expected}, got {told(x)}")


def real(x: Any, expected: str, valid: Callable[[float], bool] = lambda _: True) -> float:
    """Return a real setting as a float.

    Args:
        x: what was given.
        expected: how the message begins: "expected lr ≥ 0".
        valid: whether a number will do.

    Raises:
        ValueError: when it is no real number, or will not do.

    >>> real(1, "expected lr ≥ 0", lambda lr: lr >= 0.0)
    1.0
    """
    number = as_number(x)
    if number is None or not valid(number):
        raise ValueError(f"{expected}, got {told(x)}")
    return number


def flag(x: Any, expected: str) -> bool:
    """Return a setting that is either true or false as a bool.

    Raises:
        ValueError: when it is neither a bool nor 0 or 1.
    """
    if is_bool(x) or (isinstance(x, int) and x in (0, 1)):
        return bool(x)
    raise ValueError(f"{expected}, got {told(x)}")


def is_true(x: object) -> bool:
    """Whether a function answered True, in Python or in NumPy."""
    return is_bool(x) and bool(x)


def plain(x: Any) -> Any:
    """A NumPy scalar as the Python number it stands for; anything else as it is."""
    return x.item() if is_scalar(x) else x


def positions(argnums: Any) -> int | tuple[int, ...]:
    """Return the positions of arguments: one as an int, several as a tuple.

    Raises:
        ValueError: when they are anything else, such as a name.
    """
    expected = "expected argnums to be a position, counted from 0, or several of them"
    if isinstance(argnums, str) or not hasattr(type(argnums), "__iter__") or is_scalar(argnums):
        return whole(argnums, expected)
    return tuple([whole(i, expected) for i in argnums])


def is_scalar(x: Any) -> bool:
    """Whether x is a NumPy scalar, or an array that is one number."""
    return hasattr(x, "dtype") and getattr(x, "shape", None) == ()


def is_bool(x: Any) -> bool:
    return isinstance(x, bool) or (is_scalar(x) and getattr(x.dtype, "kind", "") == "b")


def as_number(x: Any) -> float | None:
    """The float that a real number stands for, or None."""
    kind = type(x)
    complex_only = isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real)
    known = hasattr(kind, "__float__") or hasattr(kind, "__index__")
    if is_bool(x) or complex_only or not known or hasattr(kind, "__autograd_record__"):
        return None
    if hasattr(kind, "__len__") and not is_scalar(x):
        return None
    try:
        return float(plain(x))
    except (TypeError, ValueError, OverflowError):
        return None


def told(x: Any) -> str:
    """What was given, and its type where that is what is wrong with it."""
    return f"the {type(x).__name__} {shorten(x)}" if isinstance(x, str | bytes) else shorten(x)
