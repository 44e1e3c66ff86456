import copy
import pickle
from typing import Any

import pytest
from hypothesis import given

import autograd
from autograd import Value, grad
from autograd.toposort import topological
from tests.support.programs import EVERY, programs

pytestmark = pytest.mark.engine


class Named(Value):
    """A subclass with a dict."""

    name: Any
    tags: Any
    partner: Any
    result: Any

    def __init__(self, data, **attributes):
        super().__init__(data)
        vars(self).update(attributes)


class Slotted(Value):
    """A subclass with slots."""

    __slots__ = ("history", "unset")

    def __init__(self, data, history):
        super().__init__(data)
        self.history = history


# -- deepcopy -------------------------------------------------------------------------------------


@given(programs(EVERY))
def test_a_deepcopy_has_the_gradients_of_the_original_which_stays_as_it_was(program):
    leaves = [Value(x) for x in program.leaves]
    result = program.run(leaves)[-1]
    twins, twin = copy.deepcopy((leaves, result))
    twin.backward()
    assert not any(x.reached for x in topological(result, *leaves))
    result.backward()
    assert [x.grad for x in twins] == [x.grad for x in leaves]
    ours = [(x.data, x.grad, x.rule) for x in topological(result)]
    assert [(x.data, x.grad, x.rule) for x in topological(twin)] == ours


def test_a_deepcopy_shares_nothing_with_the_original():
    x = Value(3.0)
    y = x * x + x
    twin = copy.deepcopy(y)
    assert not set(topological(twin)) & set(topological(y))


def test_a_deepcopy_keeps_what_is_shared_within_it():
    x = Value(3.0)
    s = x * x
    first, second, leaf = copy.deepcopy([s * 2.0, s * 5.0, x])
    assert first.parents[0] is second.parents[0]
    assert first.parents[0].parents[0] is leaf
    first.backward()
    second.backward()
    assert (leaf.grad, x.grad) == (42.0, 0.0)


def test_a_deepcopy_keeps_grad_label_and_scope():
    with autograd.scope("layer"):
        x = Value(3.0, label="x")
        y = x * x
    y.label = "y"
    y.backward()
    twin = copy.deepcopy(y)
    assert (twin.label, twin.grad, twin.scope) == ("y", 1.0, "layer")
    (leaf, _) = twin.parents
    assert (leaf.label, leaf.grad) == ("x", 6.0)


def test_a_deepcopy_refreshes_by_itself():
    x = Value(3.0)
    y = x * x
    twin = copy.deepcopy(y)
    twin.parents[0].data = 5.0
    assert (twin.refresh().data, y.data) == (25.0, 9.0)
    y.backward()
    assert x.grad == 6.0


def test_a_deepcopy_of_a_stale_graph_is_stale():
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    with pytest.raises(autograd.StaleGraphError):
        copy.deepcopy(y).backward()


def test_a_deepcopy_copies_partials_given_as_values():
    x = Value(3.0)
    slope = 2.0 * x
    twin = copy.deepcopy(Value(9.0, (x,), (slope,)))
    (leaf,) = twin.parents
    twin.backward()
    assert (leaf.grad, x.grad) == (6.0, 0.0)
    leaf.data = 4.0
    with pytest.raises(autograd.StaleGraphError):
        twin.backward()


def test_a_deepcopy_within_grad_stays_on_the_path():
    assert grad(lambda x: copy.copy(x) * x)(3.0) == 3.0


def test_a_deepcopy_copies_the_attributes_of_a_subclass():
    original = Named(3.0, tags=["a"])
    twin = copy.deepcopy(original * 2.0).parents[0]
    assert type(twin) is Named
    assert twin.tags == ["a"]
    assert twin.tags is not original.tags


def test_a_deepcopy_copies_the_slots_of_a_subclass():
    original = Slotted(3.0, ["a"])
    twin = copy.deepcopy(original)
    assert twin.history == ["a"]
    assert twin.history is not original.history
    assert not hasattr(twin, "unset")


def test_a_deepcopy_follows_attributes_that_point_at_values():
    other = Named(5.0)
    original = Named(3.0, partner=other)
    twin, partner = copy.deepcopy([original, other])
    assert twin.partner is partner


def test_a_deepcopy_survives_an_attribute_that_points_back():
    leaf = Named(3.0)
    leaf.result = leaf * 2.0
    twin = copy.deepcopy(leaf)
    assert twin.result.parents[0] is twin
    assert twin.result is not leaf.result


# -- copy ------------------------------------------------------------------------------------------


def test_a_copy_is_another_value_on_the_same_operands():
    x = Value(3.0)
    y = x * x
    y.backward()
    twin = copy.copy(y)
    assert twin is not y
    assert (twin.data, twin.grad, twin.rule) == (9.0, 1.0, autograd.mul)
    assert all(ours is theirs for ours, theirs in zip(twin.parents, y.parents, strict=True))


def test_a_copied_leaf_is_another_variable():
    x = Value(3.0)
    twin = copy.copy(x)
    (twin * 2.0 + x * 5.0).backward()
    assert (x.grad, twin.grad) == (5.0, 2.0)


@pytest.mark.parametrize("original", [Named(3.0, name="w"), Slotted(3.0, ["a"])])
def test_a_copy_keeps_the_subclass(original):
    twin = copy.copy(original)
    assert type(twin) is type(original)
    assert getattr(twin, "name", None) == getattr(original, "name", None)
    assert getattr(twin, "history", None) is getattr(original, "history", None)


# -- pickle ----------------------------------------------------------------------------------------

LEAVES = [Value(3.0), Value(0.1, label="w"), Named(3.0, name="w"), Slotted(3.0, ["a"])]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("leaf", LEAVES, ids=repr)
def test_a_leaf_pickles(leaf, protocol):
    twin = pickle.loads(pickle.dumps(leaf, protocol))
    assert type(twin) is type(leaf)
    assert (twin.data, twin.grad, twin.label) == (leaf.data, leaf.grad, leaf.label)
    assert (twin.reached, twin.parents, twin.scope) == (False, (), "")
    assert getattr(twin, "name", None) == getattr(leaf, "name", None)
    assert getattr(twin, "history", None) == getattr(leaf, "history", None)


def test_a_pickled_leaf_keeps_its_grad():
    x = Value(3.0)
    (x * x).backward()
    twin = pickle.loads(pickle.dumps(x))
    assert (twin.grad, twin.reached) == (6.0, True)


def test_an_unpickled_leaf_computes():
    twin = pickle.loads(pickle.dumps(Value(3.0)))
    y = twin * twin
    y.backward()
    assert twin.grad == 6.0
    twin.data = 4.0
    assert y.refresh().data == 16.0


def test_a_leaf_pickled_twice_together_stays_one():
    x = Value(3.0)
    first, second = pickle.loads(pickle.dumps([x, x]))
    assert first is second


def test_a_leaf_made_in_no_grad_pickles():
    with autograd.no_grad():
        y = Value(3.0) * 2.0
    assert pickle.loads(pickle.dumps(y)).data == 6.0


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_interior_node_does_not_pickle(protocol):
    y = Value(3.0) * 2.0
    with pytest.raises(TypeError, match=r"Pickle the leaves, or keep a snapshot: draw\(y\)"):
        pickle.dumps(y, protocol)
