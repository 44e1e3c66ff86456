"""What all Values share: the clock that tells stale from fresh, and each thread's modes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd.engine import connect, native
from autograd.forks import follow_forks

__all__ = ["no_grad"]


class Clock:
    """Counts the assignments to leaves.  A node carries the time it was computed at.

    A node is stale when a parent's time is later than its own.  Time moves only when data
    changes, so recording a node reads the clock and never advances it.
    """

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0

    def tick(self) -> int:
        """Advance the clock and return the new time."""
        with lock:
            self.now += 1
            return self.now


class Modes(threading.local):
    """How this thread records: whether at all, whether checked, and for which group."""

    recording = True
    debugging = False
    scope = 0
    tracer: Any = None  # what is told of comparisons and reads: see autograd/compiler/tracer.py

    def __init__(self) -> None:
        self.around: list[int] = []  # the scopes to go back to


class Unusual:
    """Whether anybody needs to look at the modes of a thread.

    Attributes:
        modes: how many blocks of `no_grad()`, `debug()` and the like are open in all threads.
        scoped: whether there ever was a block of `scope()`.
    """

    __slots__ = ("modes", "scoped")

    def __init__(self) -> None:
        self.modes = 0
        self.scoped = False


class Scopes:
    """Paths of groups ("layer1.neuron0") as small integers, 0 being no group."""

    def __init__(self) -> None:
        self.paths = [""]
        self.inner: dict[tuple[int, str], int] = {}

    def find(self, outer: int, name: str) -> int:
        """Return the number of the group `name` inside the group `outer`."""
        return self.inner.get((outer, name)) or self.add(outer, name)

    def add(self, outer: int, name: str) -> int:
        """Return the number of a group that may be new."""
        with lock:
            known = self.inner.get((outer, name))
            if known is not None:
                return known
            path = self.paths[outer]
            path = f"{path}.{name}" if path else name
            number = len(self.paths)  # a name's hash may add groups, before and after this
            self.paths.append(path)
            return self.inner.setdefault((outer, name), number)


if native is not None:
    Clock, Modes = native.Clock, native.Modes  # type: ignore[misc]

lock = threading.RLock()  # of what is in this module; names of scopes run code of their classes
clock = Clock()
modes = Modes()
unusual = Unusual()
scopes = Scopes()
# One for the process: backward and refresh write into the graph.
graph_lock = threading.RLock()
connect(graph_lock=graph_lock, scopes=scopes)
follow_forks(lock, graph_lock)


@contextmanager
def switched(**settings: object) -> Iterator[None]:
    """Set modes of this thread for the length of a `with` block."""
    before = {name: getattr(modes, name) for name in settings}
    with lock:
        unusual.modes += 1
    try:
        for name, value in settings.items():
            setattr(modes, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(modes, name, value)
        with lock:
            unusual.modes -= 1


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: every result is a leaf.

    >>> from autograd import Value
    >>> with no_grad():
    ...     y = Value(3.0) * 2.0
    >>> y.parents
    ()
    """
    if modes.tracer is not None:
        modes.tracer.read(None, "no_grad")
    with switched(recording=False):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Record inside the block, even within `no_grad()`."""
    if modes.recording:
        yield
    else:
        with switched(recording=True):
            yield


def tracing() -> bool:
    """Whether this thread is making a trace of a function that is being compiled."""
    return modes.tracer is not None
