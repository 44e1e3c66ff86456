"""Frames: whose `with` block it is, and whether its generator or coroutine is running."""

from collections.abc import Iterable
from types import FrameType

__all__ = ["owner_of", "running"]

# Code that can be suspended in the middle of a block.
SUSPENDS = 0x20 | 0x80 | 0x200  # inspect.CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
# Frames that enter a block for somebody else: functions of these names, or of these modules.
ENTERS = {"__enter__", "__aenter__"}
MANAGERS = {"contextlib", "_pytest.fixtures"}


def running(owners: Iterable[FrameType]) -> list[bool]:
    """Which frames of generators and coroutines are running: nothing has called a suspended one."""
    return [owner.f_back is not None for owner in owners]


def owner_of(frame: FrameType | None) -> FrameType | None:
    """The generator or coroutine that a `with` block is in, None where it is in a function.

    A context manager's own frame stands for that of the block it is written for.
    """
    while frame is not None:
        code, back = frame.f_code, frame.f_back
        if not is_manager(frame):
            if not code.co_flags & SUSPENDS:
                return None
            if back is None or not is_manager(back):
                return frame
        frame = back
    return None


def is_manager(frame: FrameType) -> bool:
    """Whether a frame enters a block on behalf of another one."""
    return frame.f_code.co_name in ENTERS or frame.f_globals.get("__name__") in MANAGERS
