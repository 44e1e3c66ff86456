"""What counts as a number, as a row of numbers, and as data to learn from."""

import numbers
from collections.abc import Iterable
from typing import Any

from autograd import Value, detach

__all__ = ["Number", "READY", "Row", "as_data", "as_float", "as_row", "is_number", "number"]

Number = Value | float
Row = tuple[Number, ...]
# What `number` would return as it is; rows are long, and a call for each would cost the most.
READY = frozenset((Value, float))


def is_number(x: object) -> bool:
    """Whether x stands for one number (a string badly so) rather than for several."""
    return isinstance(x, Value | str | bytes) or not isinstance(x, Iterable)


def number(x: Any) -> Number:
    """Return a Value as it is and any other real number as a float; else raise TypeError."""
    return x if isinstance(x, Value) else detach(x)


def as_float(x: Any) -> float:
    """Return the float that a Value or a real number holds."""
    return x.data if isinstance(x, Value) else float(detach(x))


def as_row(x: Any) -> Row:
    """Return a list, tuple, NumPy row or bare number as a tuple of Values and floats.

    >>> as_row([1, 2]), as_row(3)
    ((1.0, 2.0), (3.0,))
    """
    if type(x) is not list and type(x) is not tuple and is_number(x):
        return (number(x),)
    row = tuple(x)
    return row if READY.issuperset(map(type, row)) else tuple(map(number, row))


def as_data(x: Any, *, integers: bool = False) -> Any:
    """Return numbers, nested in any iterables, as tuples of floats.

    Args:
        x: a number, or iterables of numbers.
        integers: whether integers stay ints, so that labels can index.
    """
    if type(x) in READY:
        return x
    if not is_number(x):
        return tuple([as_data(item, integers=integers) for item in x])
    return int(x) if integers and isinstance(x, numbers.Integral) else number(x)
