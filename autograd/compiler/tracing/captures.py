"""Captures: whether all that a function reads leaves by is as it was when it was traced.

A trace holds for the leaves that the function came to, so for everything on the way to them, and
for the plain numbers there, too: see reachable.py.  Where the function changed any of it itself, as
one does that counts its calls or makes its weights at the first, its trace holds for one call.
"""

from itertools import count
from typing import Any

from autograd.compiler.tracing.containers import all_unchanged
from autograd.compiler.tracing.keys import constant, is_plain
from autograd.compiler.tracing.reachable import Reach
from autograd.toposort import topological
from autograd.value import Value

__all__ = ["Seen", "Captures", "all_unchanged"]

# How many states a watch tells apart.
STATES = 256


class Captures:
    """Tells whether what a function reaches is as it was.

    Args:
        roots: the function, and keyword arguments that it is given.
    """

    def __init__(self, *roots: Any) -> None:
        self.roots = [*roots]
        self.latest: list[tuple[int, Reach]] = []  # two of them: a model trains, and evaluates
        self.known: dict[Any, tuple[int, Reach]] = {}  # what it holds, so that no id comes again
        self.numbers = count()

    def key(self) -> int:
        """A number that is the same as long as what the function reaches is."""
        for number, reach in self.latest:
            if reach.unchanged():
                return number
        return self.remember(Reach(self.roots))

    def remember(self, reach: Reach) -> int:
        """The number of a state, a new one for a new state."""
        told_all = fingerprint(reach)
        if told_all not in self.known:
            self.known[told_all] = (next(self.numbers), reach)
        if len(self.known) > STATES:
            del self.known[next(iter(self.known))]
        number, _ = self.known[told_all]
        self.latest = [(number, reach), *self.latest[:1]]
        return number

    def begin(self) -> "Seen":
        """What the function reaches before it is traced."""
        found = self.key()
        return Seen(self, next(reach for number, reach in self.latest if number == found))


class Seen:
    """What a function reached before its trace, and after it.

    Attributes:
        once: whether its trace holds for this call only.
    """

    def __init__(self, watch: Captures, before: Reach) -> None:
        self.watch, self.before, self.after = watch, before, before
        self.once = False

    def end(self) -> None:
        """Look once more, after the trace."""
        if not self.before.unchanged():
            self.after = Reach(self.watch.roots)
            self.once = fingerprint(self.after) != fingerprint(self.before)

    def reaches_now(self, leaf: Value) -> bool:
        """Whether a leaf that the function made was stored where it will find it again."""
        return self.once and id(leaf) in self.after.values

    @property
    def leaves(self) -> set[int]:
        """The ids of all Values reached, and of those that these rest on."""
        values = {**self.before.values, **self.after.values}
        return {id(x) for x in topological(*values.values())} if values else set()


def fingerprint(reach: Reach) -> Any:
    """What of a state goes into its key."""
    contents = [(plain, *map(value_fingerprint, inside)) for _, (plain, inside) in reach.contents]
    return (*[container_fingerprint(held) for _, held in reach.places], *contents)


def container_fingerprint(held: Any) -> Any:
    """What a place holds, and by which names."""
    if isinstance(held, dict):
        return (*map(value_fingerprint, held), *map(value_fingerprint, held.values()))
    return tuple(map(value_fingerprint, held))


def value_fingerprint(x: Any) -> Any:
    """What of an object goes into a key: a plain one by value, all others by identity."""
    if is_plain(x):
        return constant(x)
    return (Value, id(x)) if issubclass(type(x), Value) else id(x)
