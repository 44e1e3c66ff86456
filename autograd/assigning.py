"""Assigning: the numbers of many leaves at once, with no moment in which only some are set."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import Any

from autograd import errors, order
from autograd.clock import clock
from autograd.core import Core
from autograd.reals import as_float
from autograd.state import modes
from autograd.value import Value

__all__ = ["assign"]

# Functions in C, in both engines.  CPython runs handlers of signals and trace functions between
# instructions of Python code, so none runs while `deque` takes what `map` makes with these.
set_data = vars(Core)["_data"].__set__
set_stamp = vars(Core)["_stamp"].__set__
EVERYTHING = slice(None)


def assign(
    leaves: Iterable[Value],
    numbers: Iterable[Any],
    *lists: tuple[list[Any], Sequence[Any]],
) -> None:
    """Give many leaves a number each; an interrupt leaves all as before, or all assigned.

    So the step of an optimizer is whole: `p.data = ...` in a loop can be cut by Ctrl-C, after which
    some parameters are of the new step and some of the old one.

    Args:
        leaves: the Values to assign.
        numbers: a real number for each.
        lists: pairs of a list and the items that it holds from the same moment on, such as the
            states of an optimizer.

    Raises:
        ValueError: when there are more or fewer numbers than leaves.
        TypeError: when something is no Value, no real number or no list; then nothing is assigned.
        AttributeError: when a Value is computed.
        TraceError: in a function that is being compiled.

    >>> w, b, states = Value(1.0), Value(2.0), [0, 0]
    >>> assign([w, b], [0.5, 1.5], (states, [1, 1]))
    >>> w.data, b.data, states
    (0.5, 1.5, [1, 1])
    """
    leaves, numbers = list(leaves), [*map(as_float, numbers)]
    if len(leaves) != len(numbers):
        raise ValueError(f"expected {len(leaves)} numbers for as many leaves, got {len(numbers)}")
    for leaf in leaves:
        require_leaf(leaf)
    for held, _ in lists:
        if not isinstance(held, list):
            raise TypeError(f"expected a list to replace the items of, got a {type(held).__name__}")
    kept, items = [held for held, _ in lists], [list(items) for _, items in lists]
    changes = chain(
        map(set_data, leaves, numbers),
        map(set_stamp, leaves, repeat(clock.tick())),
        map(list.__setitem__, kept, repeat(EVERYTHING), items),
    )
    deque(changes, maxlen=0)


def require_leaf(leaf: Any) -> None:
    """Raise unless it is a leaf that may be assigned here and now."""
    if not isinstance(leaf, Value):
        raise TypeError(f"expected leaf Values to assign, got a {type(leaf).__name__}")
    if leaf._operands:
        raise AttributeError(errors.interior_data(order.describe(leaf)))
    if modes.tracer is not None:
        modes.tracer.read(leaf, "assign")
