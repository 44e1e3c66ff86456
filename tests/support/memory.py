"""How much memory a process has, and allocations of the C code that fail when asked to."""

import os

import pytest

from autograd.core.backend import native

STATUS = "/proc/self/statm"
tells_its_size = pytest.mark.skipif(not os.path.exists(STATUS), reason="reads Linux's /proc")


def resident():
    """How many bytes of this process are in memory."""
    with open(STATUS) as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def failing_at(n, call):
    """Whether the call needed its n-th allocation, which fails."""
    native.fail_after(n)
    try:
        call()
    except MemoryError:
        return True
    finally:
        native.fail_after(0)
    return False
