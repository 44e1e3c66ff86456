"""Debug mode: operations tell the line that recorded them, and the first inf or nan raises."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from autograd.state import modes, switched

__all__ = ["alarmed", "debug", "located"]


class Alarms(threading.local):
    """Whether this thread wants to know lines but lets inf and nan pass."""

    off = False


alarms = Alarms()


@contextmanager
def debug() -> Iterator[None]:
    """Raise at the first inf or nan that an operation makes of finite numbers.

    So do the way back, and compiled functions, which then trace every row anew: that is slow.

    Raises:
        NonFiniteError: names the operation, its operands and the line that recorded it.

    >>> import autograd
    >>> with debug():
    ...     autograd.log(autograd.Value(0.0))
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: log gave -inf of finite operands (0.0)
      recorded at <doctest autograd.debugging.debug[1]>:2
    """
    with switched(debugging=True):
        yield


@contextmanager
def located() -> Iterator[None]:
    """Record lines as `debug()` does, but let inf and nan pass."""
    before, alarms.off = alarms.off, True
    try:
        with switched(debugging=True):
            yield
    finally:
        alarms.off = before


def alarmed() -> bool:
    """Return whether this thread raises at the first inf or nan: whether it is in `debug()`.

    >>> with debug():
    ...     alarmed()
    True
    """
    return modes.debugging and not alarms.off
