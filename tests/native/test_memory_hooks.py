"""Memory counted, and allocations that fail, over a build with GLASSGRAD_TEST_HOOKS.

`test_hooked_build.py` makes one and runs this file over it; `make sanitize` and `make poison` do.
"""

import gc
import sys

import pytest

import autograd
from autograd import Primitive, Value
from autograd.core.backend import native
from autograd.toposort import topological
from tests.support.graphs import chain, tangle
from tests.support.memory import failing_at, resident, tells_its_size
from tests.support.tapes import layers, random_rows
from tests.support.training import Lesson

pytestmark = [pytest.mark.only(hasattr(native, "fail_after")), pytest.mark.engine]


def every_kind_of_node(x):
    """A graph with each way of holding operands and rare things."""
    cube = Primitive("cube", lambda v: v**3, lambda z, v: 3.0 * v * v)
    with autograd.scope("layer"):
        y = autograd.dot([x, 2.0, x], [1.0, x, x]) + cube(x) - 2.0 / x
    y.label = "y" * 3
    z = Value(3.0, (x, y), (1.0, x * 2.0))
    return autograd.where(x, y, 1.0) * autograd.total([z, y, x, 1.0]) + autograd.maximum(x, y)


def used(x):
    y = every_kind_of_node(x)
    y.backward()
    w = x * 2.0
    x.data = x.data + 0.5
    w.refresh()
    y.zero_grad()


@tells_its_size
def test_graphs_leave_nothing_behind():
    x = Value(1.5)
    for _ in range(2_000):
        used(x)
    blocks, alive, size = sys.getallocatedblocks(), native.counts()[0], resident()
    for _ in range(10_000):
        used(x)
    assert native.counts()[0] == alive
    assert abs(sys.getallocatedblocks() - blocks) < 50
    assert resident() - size < 2**20


def test_counts_are_exact():
    alive = native.counts()[0]
    y = Value(1.0) * 2.0 + 3.0
    assert native.counts()[0] == alive + 3
    del y
    assert native.counts()[0] == alive


def test_more_than_the_free_list_holds_is_given_back():
    alive = native.counts()[0]
    x, y = chain(300_000)
    assert native.counts()[0] == alive + 300_001
    del x, y
    assert native.counts() == (alive, 2**17)


# -- running out of memory ------------------------------------------------------------------------


def state_of(nodes):
    return [(v.data, v.grad, v.reached, v._stamp, v.operands) for v in nodes]


def test_building_survives_any_failing_allocation():
    x = Value(1.5)
    every_kind_of_node(x)
    alive, n = native.counts()[0], 1
    while failing_at(n, lambda: every_kind_of_node(x)):
        assert native.counts()[0] == alive
        n += 1
    assert n > 15


@pytest.mark.parametrize("walk", ["backward", "refresh", "zero_grad"])
def test_walks_survive_any_failing_allocation(walk):
    _, y = tangle(20_000)
    y.backward()
    nodes = topological(y)
    before, n = state_of(nodes), 1
    while failing_at(n, getattr(y, walk)):
        assert state_of(nodes) == before
        n += 1
    assert 4 < n < 60


def test_scopes_survive_a_failing_allocation():
    assert failing_at(1, lambda: autograd.scope("a").__enter__())
    assert (Value(1.0) * 2.0).scope == ""


def everything():
    program, uniforms = layers([3, 5, 2])
    for rows in (1, 20, 300):
        program.differentiate(uniforms, random_rows(rows, 3), threads=2)
    Lesson(rows=10).run(threads=2)


def test_any_failing_allocation_of_a_tape_is_a_memory_error():
    n = 1
    while failing_at(n, everything):
        n += 1
    assert n > 60
    everything()


@tells_its_size
def test_tapes_and_failing_calls_leave_nothing_behind():
    def rounds(n):
        for _ in range(n):
            everything()
            failing_at(40, everything)
        gc.collect()

    rounds(20)
    before = resident()
    rounds(60)
    assert resident() - before < 2**20
