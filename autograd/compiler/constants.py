"""Constants: keys of what a trace holds as it is; what is equal need not be the same."""

from math import nan
from typing import Any

__all__ = ["bits", "constant"]


def bits(x: float) -> Any:
    """A key that tells 0 from −0, and makes all nan one."""
    if x == 0.0:
        return (x, str(x))
    return x if x == x else (nan, "nan")


def constant(x: Any) -> Any:
    """A key that tells True from 1 and from 1.0, also in tuples."""
    if isinstance(x, tuple):
        return type(x), tuple(map(constant, x))
    return type(x), bits(x) if isinstance(x, float) else x
