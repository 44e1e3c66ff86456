"""The clock that tells stale from fresh: it counts the assignments to leaves."""

import threading

from autograd.core.backend import accelerated

__all__ = ["clock", "lock"]

lock = threading.RLock()


@accelerated
class Clock:
    """Counts the assignments to leaves.  A node carries the time it was computed at.

    A node is stale when a parent's time is later than its own.  Time moves when data changes, and
    when a call begins that must tell its own nodes from older ones; recording a node reads the
    clock and never advances it.
    """

    __slots__ = ("changed", "now")

    def __init__(self) -> None:
        self.now = self.changed = 0

    def tick(self) -> int:
        """Advance the clock for a change of data, and return the new time."""
        with lock:
            self.now += 1
            self.changed = self.now
            return self.now

    def begin(self) -> int:
        """Advance the clock for a call that begins, and return the new time."""
        with lock:
            self.now += 1
            return self.now


clock = Clock()
