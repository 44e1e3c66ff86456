"""What the package hands out finds its members by identity; otherwise it is a list or a tuple."""

import copy
import operator
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, compile, grad, no_grad, total
from autograd.core.identity_list import IdentityList, IdentityTuple

pytestmark = pytest.mark.engine

LEAVES = [Value(float(i % 2), label=str(i)) for i in range(6)]
leaves = st.lists(st.sampled_from(LEAVES), max_size=8)
bounds = st.none() | st.integers(-9, 9)


def same(xs, ys):
    return [*map(id, xs)] == [*map(id, ys)]


def outcome(f, *args):
    try:
        return f(*args)
    except ValueError:
        return "absent"


@pytest.mark.parametrize("kind", [IdentityList, IdentityTuple])
@given(xs=leaves, x=st.sampled_from(LEAVES), start=st.integers(-9, 9), stop=st.integers(-9, 9))
def test_look_ups_are_those_of_the_identities(kind, xs, x, start, stop):
    held, ids = kind(xs), [*map(id, xs)]
    assert (x in held) == (id(x) in ids)
    assert held.count(x) == ids.count(id(x))
    assert outcome(held.index, x) == outcome(ids.index, id(x))
    assert outcome(held.index, x, start, stop) == outcome(ids.index, id(x), start, stop)


@given(xs=leaves, x=st.sampled_from(LEAVES), others=leaves)
def test_remove_and_difference_are_those_of_the_identities(xs, x, others):
    held, ids = IdentityList(xs), [*map(id, xs)]
    assert outcome(held.remove, x) == outcome(ids.remove, id(x))
    assert [*map(id, held)] == ids
    left = held - others
    assert type(left) is IdentityList
    assert [*map(id, left)] == [i for i in ids if i not in [*map(id, others)]]
    assert same(held - iter(others), left)
    assert same(held - set(others), left)


PARTS = {
    "slice": lambda xs, ys: xs[1:4],
    "step": lambda xs, ys: xs[::-2],
    "sum": lambda xs, ys: xs + ys,
    "sum from the right": lambda xs, ys: operator.add([*ys], xs),
    "times": lambda xs, ys: xs * 2,
    "times from the right": lambda xs, ys: 2 * xs,
    "copy": lambda xs, ys: xs.copy(),
    "copy.copy": lambda xs, ys: copy.copy(xs),
    "extended": lambda xs, ys: operator.iadd(xs, ys),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
@given(xs=leaves, ys=leaves)
def test_parts_and_sums_are_those_of_a_list_and_find_by_identity_too(part, xs, ys):
    plain, found = part([*xs], [*ys]), part(IdentityList(xs), IdentityList(ys))
    assert type(found) is IdentityList
    assert same(plain, found)
    assert found == plain
    assert repr(found) == repr(plain)


@given(xs=leaves, i=st.integers(-9, 9), start=bounds, stop=bounds)
def test_it_is_a_list_otherwise(xs, i, start, stop):
    held = IdentityList(xs)
    assert isinstance(held, list)
    assert held[start:stop] == xs[start:stop]
    assert [*reversed(held)] == xs[::-1]
    assert -len(xs) > i or i >= len(xs) or held[i] is xs[i]
    assert held == xs
    assert [*held] == [*xs]


def test_what_is_no_list_is_not_added_or_subtracted():
    for f in (operator.add, operator.sub):
        with pytest.raises(TypeError):
            f(IdentityList([LEAVES[0]]), 3)
    with pytest.raises(TypeError):
        operator.add((LEAVES[0],), IdentityList([LEAVES[1]]))


def test_copies_and_pickles_keep_the_class():
    model = nn.MLP(1, [2, 1], seed=0)
    deep, pickled = (
        copy.deepcopy(model.parameters()),
        pickle.loads(pickle.dumps(model.parameters())),
    )
    for twin in (deep, pickled):
        assert type(twin) is IdentityList
        assert [p.data for p in twin] == [p.data for p in model.parameters()]
        assert not any(p in model.parameters() for p in twin)


def test_parameters_of_a_module_and_of_an_optimizer():
    model = nn.MLP(2, [3, 1], seed=0)
    found, head = model.parameters(), model.layers[-1].parameters()
    for sequence in (found, nn.SGD(model).parameters, nn.SGD(list(found)).parameters):
        assert [sequence.index(p) for p in sequence] == [*range(13)]
        assert len([p for p in sequence if p not in head]) == 9
        assert same(sequence - head, found[:9])
    twin = nn.MLP(2, [3, 1], seed=0).parameters()
    assert twin == found
    assert not any(p in found for p in twin)


@pytest.mark.parametrize("name", ["parents", "operands"])
def test_parents_and_operands(name):
    a, b = Value(2.0), Value(2.0)
    for y in (a * a, -a, total([a, a, a]), Value(1.0, (a, a), (1.0, 1.0))):
        found = getattr(y, name)
        assert isinstance(found, tuple)
        assert a in found
        assert b not in found
        assert found.count(a) == len(y.parents)
        with pytest.raises(ValueError, match="is not in the IdentityTuple"):
            found.index(b)
    assert a.parents == a.operands == ()
    assert (a * 3.0).operands == (a, 3.0)
    with no_grad():
        assert (a * b).parents == ()


def test_nothing_is_compared_where_a_trace_would_note_it():
    a, b = Value(1.0), Value(1.0)
    fast = compile(lambda x: x * 2.0 if b in IdentityList([a, b]) else x)
    assert fast(3.0) == 6.0
    assert "guard" not in str(fast.program)


def test_transforms_and_compiled_functions_take_parameters_as_a_list():
    model = nn.MLP(1, [2, 1], seed=0)
    numbers = IdentityList([p.data for p in model.parameters()])

    def f(ps):
        return sum(p * p for p in ps)

    assert grad(f)(numbers) == [2.0 * x for x in numbers]
    assert compile(f)(numbers) == pytest.approx(f(numbers))
    assert compile(f).value_and_grad(numbers)[1] == [2.0 * x for x in numbers]
    leaves = model.parameters()
    compile(f).backward(leaves)
    assert [p.grad for p in leaves] == [2.0 * x for x in numbers]
