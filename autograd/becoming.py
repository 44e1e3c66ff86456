"""Becoming: a leaf takes over a computed number, also while a function is traced."""

from typing import Any

from autograd.state import modes
from autograd.value import Value

__all__ = ["become"]


def become(leaf: Value, new: Any) -> None:
    """Give a leaf a computed number, as a compiled function does anew at every call.

    It is the one assignment that a trace allows.  What reads the leaf from then on reads the new
    number: its gradient is the leaf's, and none flows on to what the number was computed from.  A
    function that is compiled over rows cannot do it, since nothing says which row's would stay.

    Args:
        leaf: the Value to assign.
        new: a Value or a real number.

    Raises:
        TypeError: when leaf is no Value, or new no real number.
        AttributeError: when leaf is computed.
        TraceError: when leaf is an argument of the function that is being compiled.

    >>> import autograd
    >>> seen = Value(0.0, label="seen")
    >>> def deviation(x):
    ...     become(seen, 0.5 * seen + 0.5 * x)
    ...     return x - seen
    >>> fast = autograd.compile(deviation)
    >>> fast(4.0), fast(4.0), seen.data
    (2.0, 1.0, 3.0)
    """
    if not isinstance(leaf, Value):
        raise TypeError(f"expected a leaf Value to become a number, got a {type(leaf).__name__}")
    if modes.tracer is None:
        leaf.data = new._data if isinstance(new, Value) else new
    else:
        modes.tracer.become(leaf, new)
