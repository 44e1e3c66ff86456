"""For authors of primitives and layers: what a Primitive is made with, assignment, random inputs.

Also what every layer needs to read its settings, to write files, and to name what it computes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any

from autograd import errors, toposort
from autograd.core import atomic_write, identity_list, settings
from autograd.core.clock import clock
from autograd.core.debugging import debug_enabled
from autograd.core.ieee754 import as_float
from autograd.core.modes import modes
from autograd.core.primitive import Primitive, Variadic
from autograd.core.scopes import scope_call, scope_each
from autograd.primitives import same as equal
from autograd.primitives import share as exp_difference
from autograd.primitives import step as heaviside
from autograd.primitives import weigh as multiply_no_nan
from autograd.value import Value

__all__ = [
    "Primitive", "Variadic", "assign", "assign_all", "atomic_write", "debug_enabled", "equal",
    "exp_difference", "heaviside", "identity_list", "multiply_no_nan", "random_input",
    "scope_call", "scope_each", "settings",
]  # fmt: skip

# Functions in C, in both engines.  CPython runs handlers of signals and trace functions between
# instructions of Python code, so none runs while `deque` takes what `map` makes with these.
set_data = vars(Value)["_data"].__set__
set_stamp = vars(Value)["_stamp"].__set__
EVERYTHING = slice(None)


def assign(leaf: Value, new: Any) -> None:
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
    ...     assign(seen, 0.5 * seen + 0.5 * x)
    ...     return x - seen
    >>> fast = autograd.compile(deviation)
    >>> fast(4.0), fast(4.0), seen.data
    (2.0, 1.0, 3.0)
    """
    if not isinstance(leaf, Value):
        raise TypeError(f"expected a leaf Value to assign a number to, got a {type(leaf).__name__}")
    if modes.tracer is None:
        leaf.data = new._data if isinstance(new, Value) else new
    else:
        modes.tracer.become(leaf, new)


def assign_all(
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
    >>> assign_all([w, b], [0.5, 1.5], (states, [1, 1]))
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
        raise AttributeError(errors.interior_data(toposort.describe(leaf)))
    if modes.tracer is not None:
        modes.tracer.read(leaf, "assign")


def random_input(draw: Callable[[int], Sequence[float]], count: int) -> Sequence[Any]:
    """Return draw(count): numbers drawn at random, which a trace must not take for constants.

    Args:
        draw: returns that many numbers.  A compiled function calls it again for each row.
        count: how many.

    >>> import random, autograd
    >>> coins = random.Random(0)
    >>> def toss(count):
    ...     return [float(coins.randrange(2)) for _ in range(count)]
    >>> fast = autograd.compile(lambda x: x * random_input(toss, 1)[0], in_axes=0)
    >>> fast([1.0, 2.0, 3.0, 4.0]), fast([1.0, 2.0, 3.0, 4.0])
    ([1.0, 2.0, 0.0, 4.0], [1.0, 2.0, 3.0, 4.0])
    """
    tracer = modes.tracer
    return draw(count) if tracer is None else tracer.drawn(draw, count)
