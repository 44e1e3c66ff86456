import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest

import autograd
from autograd import NonFiniteError, Value, debug, no_grad, scope, scope_call, scope_each
from autograd.core.modes import modes, recording, scopes, unusual

pytestmark = pytest.mark.engine

MODES = [
    pytest.param(no_grad, "recording", False, id="no_grad"),
    pytest.param(debug, "debugging", True, id="debug"),
    pytest.param(lambda: scope("inner"), "scope", None, id="scope"),
]


def mode():
    return (modes.recording, modes.debugging, modes.scope)


@pytest.fixture(autouse=True)
def _leaves_the_modes_as_they_were():
    yield
    assert mode() == (True, False, 0)
    assert (unusual.modes, modes.scope) == (0, 0)


class FailureError(Exception):
    """What the tests raise."""


@pytest.mark.parametrize(("enter", "name", "inside"), MODES)
class TestEveryMode:
    def test_holds_inside_and_not_outside(self, enter, name, inside):
        before = mode()
        with enter():
            assert mode() != before
            assert inside is None or getattr(modes, name) is inside
        assert mode() == before

    def test_nests(self, enter, name, inside):
        with enter():
            once = mode()
            with enter():
                pass
            assert mode() == once

    def test_is_restored_after_an_exception(self, enter, name, inside):
        with pytest.raises(FailureError), enter(), enter():
            raise FailureError

    def test_decorates_a_function(self, enter, name, inside):
        @enter()
        def within():
            """Its text."""
            return mode()

        assert within() == within() != mode()
        assert within.__name__ == "within"

    def test_decorates_a_recursive_function(self, enter, name, inside):
        @enter()
        def within(depth):
            return mode() if depth == 0 else within(depth - 1)

        assert within(3) != mode()

    def test_belongs_to_the_thread(self, enter, name, inside):
        seen = []
        with enter():
            thread = threading.Thread(target=lambda: seen.append(mode()))
            thread.start()
            thread.join()
        assert seen == [(True, False, 0)]

    def test_of_another_thread_does_not_leak_in(self, enter, name, inside):
        entered, leave = threading.Event(), threading.Event()

        def other():
            with enter():
                entered.set()
                leave.wait(10.0)

        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(10.0)
        y = Value(0.0) * 2.0
        assert (mode(), y.scope, len(y.parents)) == ((True, False, 0), "", 1)
        assert (1.0 / Value(0.0)).data == float("inf")
        leave.set()
        thread.join()


# -- no_grad --------------------------------------------------------------------------------------


def test_no_grad_records_nothing():
    x = Value(3.0)
    with no_grad():
        results = [x * 2.0, 2.0 * x, -x, autograd.dot([x], [x]), x.tanh(), x**2]
    assert all(y.parents == () and y.rule is None for y in results)
    assert [y.data for y in results[:3]] == [6.0, 6.0, -3.0]


def test_no_grad_results_are_leaves_with_assignable_data():
    with no_grad():
        y = Value(3.0) * 2.0
    y.data = 5.0
    (y * y).backward()
    assert y.grad == 10.0


def test_backward_and_refresh_work_in_no_grad():
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    with no_grad():
        y.refresh().backward()
    assert x.grad == 8.0


def test_recording_again_within_no_grad():
    x = Value(3.0)
    with no_grad():
        with recording():
            assert (x * x).parents == (x, x)
        assert (x * x).parents == ()


# -- scope ----------------------------------------------------------------------------------------


def test_scopes_nest_into_a_path():
    x = Value(3.0)
    with scope("layer1"):
        inside = x * 2.0
        with scope("neuron0"):
            deeper = 2.0 * x + x.tanh()
        after = -x
    assert [y.scope for y in (inside, deeper, after, x)] == [
        "layer1",
        "layer1.neuron0",
        "layer1",
        "",
    ]
    assert deeper.parents[0].scope == "layer1.neuron0"


def test_leaves_get_the_group_too():
    with scope("layer1"):
        assert Value(3.0).scope == "layer1"


def test_a_group_entered_again_is_the_same_group():
    def group():
        with scope("once more"):
            return modes.scope

    assert group() == group()
    count = len(scopes.paths)
    group()
    assert len(scopes.paths) == count


def test_one_scope_object_can_be_entered_within_itself():
    again = scope("again")
    with again, again:
        assert Value(1.0).scope == "again.again"


def test_one_scope_object_serves_several_threads():
    shared = scope("shared")
    barrier = threading.Barrier(2)

    def work(name):
        with scope(name):
            barrier.wait(10.0)
            with shared:
                barrier.wait(10.0)
                inside = Value(1.0).scope
                barrier.wait(10.0)
            barrier.wait(10.0)
            return inside, Value(1.0).scope

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(work, ("a", "b")))
    assert results == [("a.shared", "a"), ("b.shared", "b")]


def test_one_decorated_function_serves_several_threads():
    barrier = threading.Barrier(2)

    @scope("layer")
    def layer():
        barrier.wait(10.0)
        return Value(1.0).scope

    def work(name):
        with scope(name):
            inside = layer()
            barrier.wait(10.0)
            return inside, Value(1.0).scope

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(work, ("a", "b")))
    assert results == [("a.layer", "a"), ("b.layer", "b")]


def group(name):
    return SimpleNamespace(scope_name=name)


def test_scope_each_is_a_scope_around_each_turn():
    x, groups = Value(3.0), [group("a"), group("b")]
    with scope("layer"):
        with scope_each(groups) as each:
            inside = [(which is groups[i], (x * x).scope) for i, which in enumerate(each)]
            after = (x * x).scope
        outside = (x * x).scope
    assert inside == [(True, "layer.a"), (True, "layer.b")]
    assert (after, outside, (x * x).scope) == ("layer", "layer", "")


@pytest.mark.parametrize("leave", ["break", "raise"])
def test_scope_each_leaves_the_group_of_an_unfinished_turn(leave):
    with suppress(KeyError), scope_each((group("a"), group("b"))) as each:
        for _ in each:
            if leave == "raise":
                raise KeyError
            break
    assert Value(1.0).scope == ""


def test_scope_each_of_nothing_and_within_itself():
    with scope_each([]) as none:
        assert list(none) == []
    outer = []
    with scope_each([group("a")]) as each:
        for _ in each:
            with scope_each([group("b")]) as within:
                outer += [Value(1.0).scope for _ in within]
            outer.append(Value(1.0).scope)
    assert outer == ["a.b", "a"]


def test_scope_each_stops_before_the_first_of_another_class():
    class Own(SimpleNamespace):
        pass

    groups = [group("a"), Own(scope_name="b"), group("c")]
    with scope("layer"):
        with scope_each(groups, SimpleNamespace) as each:
            assert [(which.scope_name, Value(1.0).scope) for which in each] == [("a", "layer.a")]
            assert Value(1.0).scope == "layer"
        with scope_each(groups, only=Own) as none:
            assert list(none) == []
        with scope_each(groups, only=None) as each:
            assert [Value(1.0).scope for _ in each] == ["layer.a", "layer.b", "layer.c"]


def test_scope_each_wants_modules():
    with pytest.raises(AttributeError, match="scope_name"), scope_each([1.0]) as each:
        list(each)
    assert Value(1.0).scope == ""
    with pytest.raises(TypeError), scope_each(1.0) as each:
        list(each)
    assert Value(1.0).scope == ""


def test_scope_call_is_a_scope_around_a_call():
    def inside(*args, **kwargs):
        return Value(1.0).scope, args, kwargs

    with scope("layer"):
        assert scope_call("a", inside) == ("layer.a", (), {})
        assert scope_call("a", inside, 1.0, 2.0, name=3.0) == (
            "layer.a", (1.0, 2.0), {"name": 3.0}
        )  # fmt: skip
        assert scope_call("a", scope_call, "b", inside, 1.0)[0] == "layer.a.b"
        assert Value(1.0).scope == "layer"


def test_scope_call_leaves_its_group_with_an_exception():
    def fail():
        raise KeyError(Value(1.0).scope)

    with scope("layer"):
        with pytest.raises(KeyError, match=r"layer\.a"):
            scope_call("a", fail)
        assert Value(1.0).scope == "layer"
    assert Value(1.0).scope == ""


@pytest.mark.parametrize(
    ("args", "missing"),
    [((), "2 required positional arguments: 'name' and 'function'"),
     (("a",), "1 required positional argument: 'function'")],
)  # fmt: skip
def test_scope_call_wants_a_name_and_a_function(args, missing):
    with pytest.raises(TypeError, match=f"^scope_call\\(\\) missing {missing}$"):
        scope_call(*args)


# -- debug ----------------------------------------------------------------------------------------


def test_debug_raises_where_a_number_first_stops_being_finite():
    with debug():
        x = Value(1e308)
        y = x * 1.0
        with pytest.raises(
            NonFiniteError, match=r"mul gave inf of finite operands \(1e\+308, 10.0\)"
        ):
            y * 10.0


def test_outside_debug_nothing_raises():
    with debug():
        pass
    assert (Value(1e308) * 10.0).data == float("inf")


# -- threads --------------------------------------------------------------------------------------


def train(seed):
    """A little of everything, in one thread; the result tells every bit."""
    w, b = Value(0.1 * seed), Value(-0.2)
    for step in range(30):
        with scope(f"step{step % 3}"):
            loss = ((w * 1.5 + b).tanh() - 0.25) ** 2
        loss.zero_grad()
        loss.backward()
        w.data -= 0.1 * w.grad
        b.data -= 0.1 * b.grad
        loss.refresh()
        second = autograd.grad(autograd.grad(lambda x: autograd.tanh(x) ** 2))(w.data)
    return [x.hex() for x in (w.data, b.data, w.grad, loss.data, second)]


def test_threads_on_graphs_of_their_own_give_the_serial_results():
    serial = [train(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(train, range(8))) == serial


def test_threads_that_share_leaves_lose_no_gradient():
    x = Value(3.0)

    def work(_):
        for _ in range(50):
            (x * 2.0).backward()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert x.grad == 8 * 50 * 2.0


OUTSIDE = """
import autograd
from autograd import Value, scope, tanh, total
x = Value(3.0)
nodes = [x * x, x * 2.0, 2.0 * x, -x, tanh(x), total(x, x, x)]
with scope("layer"):
    inside = x * x
print(*(repr(node.scope) for node in (x, *nodes, inside, x + x)))
"""


def test_what_was_recorded_before_the_first_scope_is_outside_every_scope():
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["''"] * 7 + ["'layer'", "''"]
