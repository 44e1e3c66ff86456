"""An interrupt, or memory that runs out, anywhere in a compile leaves everything as it was."""

import contextlib
import gc
import linecache
import sys
from itertools import count

import pytest

import autograd
from autograd import Value
from autograd.core.modes import modes, unusual
from autograd.extend import assign

pytestmark = pytest.mark.engine

HERE = (contextlib.__file__, autograd.__file__.removesuffix("__init__.py"))
# A trace function can raise where no interrupt comes: between a `with lock:` and its release.
LOCKED = {"tick", "branch_for"}
ERRORS = [KeyboardInterrupt, MemoryError]


class Stops:
    """Raises at one line of the package, counted from the beginning of a block."""

    def __init__(self, error, line):
        self.error, self.left = error, line
        self.entered = set()

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(HERE) or frame.f_code.co_name in LOCKED:
            return None
        if event == "line" and not self.leaves_a_block(frame):
            self.left -= 1
            if self.left == 0:
                raise self.error
        return self

    def leaves_a_block(self, frame):
        """Whether it is back at its `with`, to call `__exit__`: no interrupt comes before that."""
        if (
            not linecache.getline(frame.f_code.co_filename, frame.f_lineno)
            .lstrip()
            .startswith("with ")
        ):
            return False
        again = (frame, frame.f_lineno) in self.entered
        self.entered.add((frame, frame.f_lineno))
        return again


def stopped(f, error, line):
    """Whether a call was stopped at that line."""
    before = sys.gettrace()
    stops = Stops(error, line)
    sys.settrace(stops)
    try:
        f()
    except error:
        return True
    finally:
        sys.settrace(before)
    return stops.left <= 0


def fresh():
    w, seen = Value(2.0), Value(1.0)

    def f(x):
        assign(seen, seen + x)
        return (w * x if x > 0.0 else x) * seen

    return f, seen


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("way", ["call", "gradient"])
def test_an_interrupt_at_any_line_leaves_the_modes_as_they_were(error, way):
    step = 11 if way == "call" else 37
    for line in count(1, step):
        f, seen = fresh()
        fast = autograd.compile(f)

        def run(fast=fast):
            if way == "gradient":
                fast.value_and_grad(3.0)
            else:
                fast(3.0)

        more = stopped(run, error, line)
        assert modes.tracer is None
        assert (modes.recording, modes.debugging, unusual.modes) == (True, False, 0)
        assert seen.data in (1.0, 4.0)
        seen.data = 1.0
        assert (fast(3.0), seen.data) == (24.0, 4.0)
        if not more:
            break
    gc.collect()
    assert line > 10
