"""Code of others that the C side runs in its midst, where it changes what is being worked on.

Where C runs Python, and what keeps it safe there:

- a number's `__float__` or `__index__`, in `Value(x)`, `x.data = ...`, operators, seeds, partials:
  read first, then the node is looked at as it is by then;
- the collector, which making a tuple or list may run (`operands`, `parents`): counted after that;
- a rule's `partials` and `forward`, `check_fresh`, a signal's handler, within a walk: what a node
  lets go of then stays alive until the walk ends (`bury`), and rule, operands and flags of a node
  change together (`operands.c`);
- the death of a label, a source, a rule, an instance of a subclass, while nodes are freed: nodes
  that die meanwhile wait in the chain of those that are being freed (`memory.c`);
- the hash of a scope's name, `scope_name` of a module (`scopes.c`), keys of a namespace
  (`captures.c`), the tracer's methods: held by a reference of the caller's own;
- `__buffer__` and `__release_buffer__`, from Python 3.12 on, of arguments read
  (`parse_tree.c`) and of a tape's buffers, where what serves as an index is copied before it is
  checked (`train_args.c`);
- the class of a tuple or list that is grown (`build_tree.c`): what is being made cannot be reached;
- the lock of the walks, and a tape at work, let other threads run: all of the above from there.
"""

import contextlib
import gc
import sys
import threading
from array import array
from typing import Any

import pytest

import autograd
from autograd import Primitive, Value
from autograd.core.backend import native
from autograd.errors import StaleGraphError
from tests.native.children import runs

pytestmark = pytest.mark.engine

a, b, c = Value(1.0), Value(2.0), Value(3.0)
GIVEN: dict[str, Any] = {
    "a leaf": (1.0,),
    "one parent": (1.0, (a,), (1.0,)),
    "two parents": (1.0, (a, b), (1.0, 2.0)),
    "three parents": (1.0, (a, b, c), (1.0, 2.0, 3.0)),
    "a label": (1.0, (), ()),
}


class Number:
    """A real number that does something when it is read."""

    def __init__(self, number, act):
        self.number, self.act = number, act

    def __float__(self):
        self.act()
        return self.number


# -- initialising within initialising --------------------------------------------------------------


@pytest.mark.parametrize("inner", GIVEN)
@pytest.mark.parametrize("outer", GIVEN)
@pytest.mark.parametrize("labelled", [False, True])
def test_the_outer_initialisation_is_the_one_that_counts(outer, inner, labelled):
    v: Any = Value.__new__(Value)

    def again():
        v.__init__(*GIVEN[inner], **({"label": "inner"} if labelled else {}))
        v._mark = v._source = "inner"

    _, *rest = GIVEN[outer]
    v.__init__(Number(5.0, again), *rest)
    expected = Value(5.0, *rest)
    assert (v.data, v.grad, v.label, v._mark, v._source) == (5.0, 0.0, None, None, None)
    assert v.parents == expected.parents
    assert v.partials() == expected.partials()
    v.backward()


@pytest.mark.parametrize("change", ["clear", "extend", "replace"])
def test_parents_that_change_while_the_number_is_read_are_those_of_then(change):
    parents: list[Any] = [a, b]
    partials = [1.0, 2.0]

    def act():
        if change == "clear":
            del parents[:], partials[:]
        elif change == "extend":
            parents.append(c)
            partials.append(3.0)
        else:
            parents[0] = "no Value"

    if change == "replace":
        with pytest.raises(TypeError, match="expected parents to be Values, got a str"):
            Value(Number(5.0, act), parents, partials)
        return
    y = Value(Number(5.0, act), parents, partials)
    assert y.parents == tuple(parents)


def test_lengths_are_compared_after_the_number_is_read():
    parents, partials = [a, b], [1.0, 2.0]
    with pytest.raises(ValueError, match="parents"):
        Value(Number(5.0, partials.pop), parents, partials)


def test_operands_set_while_operands_are_read_give_way_to_them():
    y = a * b

    def act():
        y._operands = (a, b, c)

    y._operands = (a, Number(2.0, act))
    assert y.operands == (a, 2.0) or y.operands[0] is a
    y._operands = (a, b)
    y.backward()


@pytest.mark.parametrize("name", ["parents", "operands", "_first"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_operands_that_a_collection_changes_while_they_are_listed(name, count):
    # Before Python 3.12, making a tuple may run the collector, and with it what waits for it.
    y = autograd.total([a] * 30)
    before, thresholds = gc.callbacks[:], gc.get_threshold()

    def collected(phase, _):
        if phase == "stop":
            y._operands = (b,) * count

    gc.callbacks.append(collected)
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(20):
            y._operands = (a,) * 30
            found = getattr(y, name)
            assert not isinstance(found, tuple) or set(map(id, found)) <= {id(a), id(b)}
    finally:
        gc.callbacks[:] = before
        gc.set_threshold(*thresholds)


# -- within a walk ---------------------------------------------------------------------------------


def graph(act, partials=None):
    """A graph through a rule of the user's, with nodes after it and before it."""
    rule = Primitive("odd", lambda x: 2.0 * x, partials or (lambda z, x: act() or 2.0))
    x = Value(3.0)
    inner = autograd.total([x, x * x, 1.0, x.tanh()])
    return x, inner, rule(inner) * autograd.dot([x, inner, 2.0], [inner, 3.0, x])


@pytest.mark.parametrize("walk", ["backward", "refresh", "zero_grad"])
@pytest.mark.parametrize("what", sorted(GIVEN))
def test_a_graph_that_loses_its_nodes_within_a_walk_ends_it(walk, what):
    rest: list[Any] = []

    def act():
        for node in rest[::-1]:
            node.__init__(*GIVEN[what])
        gc.collect()

    rule = Primitive("odd", lambda x: act() or 2.0 * x, lambda z, x: act() or 2.0)
    x = Value(3.0)
    inner = autograd.total([x, x * x, 1.0, x.tanh()])
    y = rule(inner) * autograd.dot([x, inner, 2.0], [inner, 3.0, x])
    rest += [y, *y.parents, inner]
    x.data = 4.0
    if walk == "backward":
        y.refresh()
    getattr(y, walk)()
    assert (a * b).data == 2.0
    with contextlib.suppress(StaleGraphError):
        Value(2.0, (y,), (1.0,)).backward()


def test_a_walk_within_a_walk_and_one_in_another_thread():
    others = Value(2.0) * 3.0

    def act():
        others.backward()
        others.refresh()
        others.zero_grad()
        thread = threading.Thread(target=lambda: others * 2.0)
        thread.start()
        thread.join()

    x, _, y = graph(act)
    y.backward()
    assert x.reached


class Stranger(Value):
    """Its operands are what a test says, and no Values."""

    @property
    def _operands(self):
        return (object(), "text")

    @_operands.setter
    def _operands(self, operands):
        Value._operands.__set__(self, operands)  # type: ignore[attr-defined]


def test_a_pair_without_a_value_is_a_type_error():
    y = Stranger(1.0, (a, b), (1.0, 2.0))
    two = Primitive("two", lambda x, y: x, lambda z, x, y: 1.0, lambda z, x, y: 1.0)
    y._rule = two
    with pytest.raises((TypeError, AttributeError)):
        y.backward()
    with pytest.raises((TypeError, AttributeError)):
        (y * 2.0).backward()


class Partial:
    """A partial that is no number, but has `_data` as a Value does."""

    _data = "no number"


def test_a_partial_that_is_no_number_is_an_error():
    _, _, y = graph(None, lambda z, x: Partial())
    with pytest.raises(TypeError):
        y.backward()


# -- names, keys and tracers -----------------------------------------------------------------------


def test_a_scope_whose_name_is_replaced_by_the_hash_of_the_name():
    with autograd.scope("n" * 50):
        pass

    class Name(str):
        def __hash__(self):
            s.__init__("other")
            return str.__hash__(self)

    s: Any = autograd.scope("first")
    for _ in range(50):
        s.__init__(Name("n" * 50))
        with s:
            assert (a * 2.0).scope == "n" * 50


def test_a_name_that_adds_scopes_in_its_hash():
    class Name(str):
        quiet = False

        def __hash__(self):
            if self.quiet:
                return str.__hash__(self)
            self.quiet = True
            with autograd.scope(f"inner{len(self)}"):
                pass
            self.quiet = False
            return str.__hash__(self)

    name = Name("x" * 7)
    with autograd.scope(name):
        assert (a * 2.0).scope == "x" * 7
    with autograd.scope("inner7"):
        assert (a * 2.0).scope == "inner7"


def test_a_scope_without_a_name_says_so():
    with pytest.raises(AttributeError, match="'scope' object has no attribute 'name'"):
        autograd.scope.__new__(autograd.scope).__enter__()


def test_a_tracer_that_takes_itself_away():
    class Tracer:
        def read(self, *_):
            autograd.core.modes.modes.tracer = None

        guard = read

    for use in (lambda: a.data, lambda: a.grad, lambda: bool(a), lambda: a < b):
        autograd.core.modes.modes.tracer = Tracer()
        autograd.core.modes.unusual.blocks.add(use)
        try:
            use()
        finally:
            autograd.core.modes.unusual.blocks.discard(use)
            autograd.core.modes.modes.tracer = None


@pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")
def test_a_namespace_whose_keys_empty_what_is_compared():
    class Key:
        def __hash__(self):
            return hash("name")

        def __eq__(self, other):
            seen.clear()
            before.clear()
            gc.collect()
            return False

    before = {"".join(["na", "me"]): 1}
    now = {Key(): 2}
    seen = [(now, before), ((), ())]
    assert native.all_unchanged(seen) is False


# -- buffers ---------------------------------------------------------------------------------------


class Buffer:
    """Numbers by way of the buffer protocol, from Python 3.12 on."""

    def __init__(self, numbers, kind="d"):
        self.numbers, self.act, self.released = array(kind, numbers), None, None

    def __buffer__(self, flags):
        if self.act:
            self.act()
        return memoryview(self.numbers)

    def __release_buffer__(self, view):
        view.release()
        if self.released:
            self.released()


# Before, there is no __buffer__.
buffers = pytest.mark.only(sys.version_info >= (3, 12))


@buffers
@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_arguments_emptied_while_one_of_them_is_read(kind):
    def f(xs):
        rows = xs[0]["a"] if kind is dict else xs[0]
        return rows[0][0] * rows[1][1] if kind is not dict else rows[0] * rows[1]

    fast = autograd.compile(f)
    for _ in range(3):
        first, second = Buffer([1.0, 2.0]), Buffer([3.0, 4.0])
        inner = {"a": first, "b": second} if kind is dict else kind([first, second])
        xs = [inner, 3.0]
        first.act = lambda xs=xs, inner=inner: (
            xs.clear(), inner.clear() if kind is not tuple else None, gc.collect()
        )  # fmt: skip
        del inner, first, second
        with contextlib.suppress(TypeError, IndexError, KeyError, RuntimeError):
            fast(xs)


@buffers
@pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")
def test_an_exception_survives_the_release_of_a_buffer():
    numbers = Buffer([1.0, 2.0])
    numbers.released = gc.collect
    for call in (
        lambda: native.read_leaves([1, 2], numbers),
        lambda: native.add_gradients(["x", "y"], numbers),
        lambda: native.grow_like("no shape", numbers),
        lambda: native.grow_like((list, 9), numbers),
    ):
        with pytest.raises((TypeError, ValueError), match="expected"):
            call()


@pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")
@pytest.mark.parametrize(
    "shape",
    [
        None, 3, (), (list,), (list, -1), (list, 2**70), (list, "x"), (list, (float, 3)), (3, 2),
        (dict, ("a",)), (dict, ("a",), (float, float)), (dict, 1, 1), (dict, 1), (array, 3),
        (array, (-1, -2)), (array, (2**40, 2**40)), (array, ("x",)), (list, 1, 2, 3), (list, None),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_shape_is_refused(shape):
    numbers = array("d", [1.0, 2.0])
    for x in ([1.0], {"a": 1.0}, numbers, 1.0):
        alike = (type(x), *shape[1:]) if isinstance(shape, tuple) else shape
        assert native.read_like(alike, x, numbers) in (True, False)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        native.grow_like(shape, array("d"))


INDICES_CHANGE = """
    import threading
    from array import array
    from tests.support.training import Lesson
    from tests.support.tapes import zeros
    lesson = Lesson()
    order = array("q", range(50)) * 2000
    done = threading.Event()

    def spoil():
        while not done.is_set():
            for i in range(0, len(order), 97):
                order[i] = 2**60

    thread = threading.Thread(target=spoil)
    good = array("q", order)
    thread.start()
    for _ in range(20):
        order[:] = good
        try:
            lesson.run(order=order, losses=zeros(-(-len(order) // lesson.batch)))
        except ValueError as error:
            assert "expected order to hold" in str(error)
    done.set()
    thread.join()
    print("still here")
"""


@pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")
def test_indices_that_another_thread_spoils_during_a_training():
    assert runs(INDICES_CHANGE) == "still here"
