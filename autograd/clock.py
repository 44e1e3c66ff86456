"""The clock that tells stale from fresh: it counts the assignments to leaves."""

import threading

from autograd.engine import native

__all__ = ["clock", "lock"]

lock = threading.RLock()


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


if native is not None:
    Clock = native.Clock  # type: ignore[misc]

clock = Clock()
