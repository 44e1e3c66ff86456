"""Graphs a million nodes deep, and graphs that are gone the moment they are dropped."""

import copy
import gc
import weakref
from contextlib import contextmanager

import pytest

import autograd
from autograd import Primitive, Value, grad
from autograd.toposort import topological
from tests.support.graphs import chain, tangle

pytestmark = pytest.mark.engine

DEPTH = 10**6


# -- depth ----------------------------------------------------------------------------------------


def test_a_chain_of_a_million_nodes():
    x, y = chain(DEPTH)
    assert y.data == 1.0 + DEPTH
    y.backward()
    assert x.grad == 1.0
    x.data = 2.0
    assert y.refresh().data == 2.0 + DEPTH
    assert repr(y) == f"Value(data={2.0 + DEPTH}, grad=0.0)"
    y.zero_grad()
    del x, y  # frees a million nodes one after the other


def test_a_deepcopy_of_a_chain_of_a_million_nodes():
    _, y = chain(DEPTH)
    twin = copy.deepcopy(y)
    del y
    twin.backward()
    assert len(topological(twin)) == DEPTH + 1


def test_a_derivative_through_a_long_chain():
    def f(x):
        y = x
        for _ in range(20_000):
            y = y + x
        return y * y

    assert grad(f)(1.0) == 2.0 * 20_001.0**2
    _, slope = autograd.jvp(lambda x: f(x), (1.0,), (1.0,))
    assert slope == 2.0 * 20_001.0**2
    assert grad(grad(f))(1.0) == 2.0 * 20_001.0**2


def test_a_long_chain_of_partials_given_as_values():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = Value(y.data, (y,), (y,))
    twin = copy.deepcopy(y)
    y.backward()
    assert x.grad == 1.0
    del y, twin


def test_a_wide_node():
    leaves = [Value(1.0) for _ in range(100_000)]
    y = autograd.total(leaves)
    y.backward()
    assert (y.data, leaves[-1].grad) == (1e5, 1.0)


def test_a_tangled_graph():
    leaves, y = tangle(100_000)
    twin = copy.deepcopy(y)
    y.backward()
    before = y.data
    gradient = [x.grad for x in leaves]
    for leaf in leaves:
        leaf.data = leaf.data
    y.zero_grad()
    assert y.refresh().data == before
    y.backward()
    assert [x.grad for x in leaves] == gradient
    twin.backward()
    assert twin.data == before


# -- memory ---------------------------------------------------------------------------------------


class Watched(Value):
    """A leaf that weak references can watch: as long as its graph lives, it does."""

    __slots__ = ("__weakref__",)


def refuse(z, x):
    raise ZeroDivisionError


@contextmanager
def without_collector():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def backward(x):
    y = (x * x).tanh() + x
    y.backward()
    return y


def twice(x):
    y = backward(x)
    y.backward()
    y.zero_grad()
    return y


def refreshed(x):
    y = x * x + 1.0
    x.data = 4.0
    return y.refresh()


def stale(x):
    y = x * x
    x.data = 4.0
    with pytest.raises(autograd.StaleGraphError):
        y.backward()
    return y


def failing(x):
    y = Primitive("refusing", lambda x: x, refuse)(x * x)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    return y


def debugged(x):
    with autograd.debug(), autograd.scope("layer"):
        y = x.log()
        y.backward()
        with pytest.raises(autograd.NonFiniteError):
            (x * 0.0).log()
    return y


def copied(x):
    y = backward(x)
    return y, copy.deepcopy(y), copy.copy(y)


def differentiated(x):
    return grad(grad(lambda v: v**3 * x))(x), autograd.jvp(autograd.tanh, (x,), (1.0,))


def pulled(x):
    _, pull = autograd.vjp(lambda v: v * v, x)
    return pull(1.0)


def given(x):
    return Value(9.0, (x,), (2.0 * x,))


ACTIONS = [
    backward,
    twice,
    refreshed,
    stale,
    failing,
    debugged,
    copied,
    differentiated,
    pulled,
    given,
]


@pytest.mark.parametrize("act", ACTIONS, ids=lambda act: act.__name__)
def test_nothing_survives_a_dropped_graph(act):
    with without_collector():
        x = Watched(3.0)
        result = act(x)
        alive = weakref.ref(x)
        assert result is not None
        del x, result
        assert alive() is None


@pytest.mark.parametrize("act", ACTIONS, ids=lambda act: act.__name__)
def test_no_values_are_left_to_the_collector(act):
    act(Watched(3.0))  # what is made once, such as the number of a scope
    with without_collector():
        before = values_alive()
        for _ in range(3):
            act(Watched(3.0))
        assert values_alive() == before


def values_alive():
    return sum(isinstance(x, Value) for x in gc.get_objects())


def test_dropping_a_result_keeps_what_others_use():
    with without_collector():
        x = Watched(3.0)
        s = x * x
        y = s + 1.0
        del y
        s.backward()
        assert x.grad == 6.0


# -- cycles, which only a label, a rule or a subclass can close ------------------------------------


class Box:
    """Something that a weak reference can watch."""

    held: object


class Name(str):
    """A label that holds something."""

    held: object


class Linked(Value):
    """A leaf with attributes of its own."""

    held: object


def through_a_label(box):
    x = Value(1.0)
    x.label = box
    box.held = (x * 2.0).tanh() + 1.0


def through_a_label_of_a_result(box):
    y = Value(1.0) * 2.0
    y.label = box
    box.held = y


def through_a_string(box):
    name = Name("x")
    name.held = box
    x = Value(1.0, label=name)
    box.held = x + 1.0


def through_a_rule(box):
    rule = Primitive("held", lambda v: (box, v)[1], lambda z, v: 1.0)
    box.held = autograd.total([rule(Value(1.0)), 2.0, 3.0]) * 2.0


def through_partials(box):
    p = Value(1.0)
    p.label = box
    x = Value(2.0)
    box.held = Value(3.0, (x, x), (p, 1.0)) * 2.0


def through_a_subclass(box):
    leaf = Linked(1.0)
    leaf.held = box
    box.held = autograd.where(leaf, leaf, 2.0) + autograd.dot([leaf, 1.0], [2.0, leaf])


def through_a_copy(box):
    x = Value(1.0)
    x.label = box
    box.held = [copy.copy(x * 2.0), x]


CYCLES = [
    through_a_label, through_a_label_of_a_result, through_a_string, through_a_rule,
    through_partials, through_a_subclass, through_a_copy,
]  # fmt: skip


@pytest.mark.parametrize("close", CYCLES)
def test_a_cycle_is_collected(close):
    box = Box()
    close(box)
    gone = weakref.ref(box)
    del box
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("close", CYCLES)
def test_a_cycle_that_is_still_held_is_not(close):
    box = Box()
    close(box)
    gc.collect()
    assert isinstance(box.held, Value | list)
    result = box.held[0] if isinstance(box.held, list) else box.held
    result.backward()
    assert all(isinstance(x.grad, float) for x in topological(result))
