"""Comparisons of Values, by value; while a trace is being made, each is told to it."""

from collections.abc import Callable
from typing import Any

from autograd.core.ieee754 import as_float
from autograd.core.modes import modes, unusual

__all__ = ["Compared"]


def compared(name: str) -> Callable[[Any, object], bool]:
    """Return the comparison method `__name__`."""
    compare = getattr(float, f"__{name}__")

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, Compared):
            outcome = compare(self._data, other._data)
        else:
            if not isinstance(other, int | float):
                if not hasattr(type(other), "__float__"):
                    return NotImplemented
                other = as_float(other)
            outcome = compare(self._data, other)
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.guard(name, self, other, outcome)
        return outcome

    method.__name__ = f"__{name}__"
    return method


class Compared:
    """What a Value inherits: comparisons that give a bool, and truth, which is being no zero."""

    __slots__ = ()
    _data: float

    __eq__ = compared("eq")
    __ne__ = compared("ne")
    __lt__ = compared("lt")
    __le__ = compared("le")
    __gt__ = compared("gt")
    __ge__ = compared("ge")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self != 0.0
