"""The modes of each thread: whether it records, checks and traces, and for which group."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from autograd.core.backend import accelerated
from autograd.core.clock import lock
from autograd.core.forks import follow_forks
from autograd.core.frames import owner_of, running
from autograd.core.scope_table import Scopes
from autograd.core.scope_table import lock as groups_lock

__all__ = ["no_grad"]


DEFAULTS: dict[str, Any] = {"recording": True, "debugging": False, "scope": 0, "tracer": None}


def settled(name: str) -> Any:
    """An attribute of Modes, true for whatever generator or coroutine is running."""

    def read(self: "Modes") -> Any:
        if self.owners is not None and running(self.owners) != self.live:
            settle()
        return self.__dict__.get(name, DEFAULTS[name])

    def write(self: "Modes", value: Any) -> None:
        self.__dict__[name] = value

    return property(read, write)


@accelerated
class Modes(threading.local):
    """How this thread records: whether at all, whether checked, and for which group."""

    recording = settled("recording")
    debugging = settled("debugging")
    scope = settled("scope")
    tracer: Any = None  # what is told of comparisons and reads: see compiler/tracing/tracer.py
    owners: tuple[FrameType, ...] | None = None  # of blocks that can be suspended
    live: list[bool]  # which of them were running when the modes were settled

    def __init__(self) -> None:
        self.around: list[int] = []  # the scopes to go back to

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "owners" and value is not None:
            self.live = running(value)


class Unusual:
    """Whether anybody needs to look at the modes of a thread.

    Attributes:
        blocks: those of `no_grad()`, `debug()` and the like that are open, in all threads.
        scoped: whether there ever was a block of `scope()`.
    """

    __slots__ = ("blocks", "scoped")

    def __init__(self) -> None:
        self.blocks: set[object] = set()
        self.scoped = False

    @property
    def modes(self) -> int:
        """How many blocks are open."""
        return len(self.blocks)


modes = Modes()
unusual = Unusual()
scopes = Scopes()
# One for the process: backward and refresh write into the graph.
graph_lock = threading.RLock()


class Here(threading.local):
    """The blocks that are open in this thread, the innermost last."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []


here = Here()


class Block:
    """A `with` block that sets modes of this thread, in force where its code runs.

    In a generator or coroutine that is while this runs: not where it was suspended, and not in
    another task.  Blocks may end in any order.

    Args:
        settings: the modes.
        owner: the frame of the generator or coroutine, None where the block is in a function.
    """

    __slots__ = ("base", "home", "live", "owner", "settings")

    def __init__(self, settings: dict[str, Any], owner: FrameType | None) -> None:
        self.settings, self.owner, self.live, self.home = settings, owner, False, here.blocks
        self.base = 0  # the scope around it

    def enter(self) -> None:
        """Begin the block; an interrupt, or memory that runs out, meanwhile ends it again."""
        try:
            unusual.blocks.add(self)
            self.home.append(self)
            settle()
        except BaseException:
            self.leave()
            raise

    @property
    def runs(self) -> bool:
        """Whether it is in force: whether its generator or coroutine, if it is in one, runs."""
        return self.owner is None or running([self.owner]) == [True]

    def leave(self) -> None:
        """End the block: a second time where the first was interrupted, for twice is as good."""
        try:
            self.close()
        finally:
            self.close()

    def close(self) -> None:
        settle()
        if self.live and "scope" in self.settings:
            modes.scope = self.base
        self.home[:] = [block for block in self.home if block is not self]
        unusual.blocks.discard(self)
        self.live = False
        settle()

    def turn(self, live: bool) -> None:
        """Let it come into force, or no longer be."""
        self.live = live
        if "scope" in self.settings:
            if live:
                self.base = modes.scope
            modes.scope = self.settings["scope"] if live else self.base


def settle() -> None:
    """Set the modes that the blocks of this thread call for, of those whose code is running."""
    modes.owners = None
    blocks = here.blocks
    states = [block.runs for block in blocks]
    changed = [block for block, live in zip(blocks, states, strict=True) if block.live != live]
    for block in reversed(changed):  # what is suspended ended before what is resumed began
        if block.live:
            block.turn(False)
    for block in changed:
        if not block.live and block.runs:
            blocks[:] = [*(x for x in blocks if x is not block), block]  # at once
            block.turn(True)
    found = dict(DEFAULTS)
    for block in blocks:
        if block.live:
            found |= block.settings
    modes.recording, modes.debugging = found["recording"], found["debugging"]
    modes.tracer = found["tracer"]
    modes.owners = tuple([x.owner for x in blocks if x.owner is not None]) or None


class switched:  # noqa: N801 - used as a function
    """Set modes of this thread for the length of a `with` block."""

    __slots__ = ("block", "settings")

    def __init__(self, **settings: object) -> None:
        self.settings = settings

    def __enter__(self) -> None:
        self.block = Block(self.settings, owner_of(sys._getframe(1)))
        self.block.enter()

    def __exit__(self, *exception: object) -> None:
        self.block.leave()


@contextmanager
def closed() -> Iterator[None]:
    """End the blocks of functions that an exception left open: one came as `__exit__` began."""
    before = list(here.blocks)
    try:
        yield
    except BaseException:
        for block in here.blocks[::-1]:
            if block not in before and block.owner is None:
                block.leave()
        raise


follow_forks((lock, groups_lock), graph_lock)


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: every result is a leaf.

    The block is in force where its code runs: a generator or a task that holds it does not pause
    the recording of others while it is suspended.

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
