from collections import OrderedDict, namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.core.pytree import flatten, rebuild, same_shape, tree_map

Point = namedtuple("Point", ["x", "y"])


def branches(trees):
    keys = st.text(max_size=3)
    return (
        st.lists(trees, max_size=3)
        | st.tuples(trees, trees)
        | st.builds(Point, trees, trees)
        | st.dictionaries(keys, trees, max_size=3)
    )


TREES = st.recursive(st.floats(-1.0, 1.0), branches, max_leaves=10)


@given(TREES)
def test_rebuilding_from_the_leaves_gives_the_tree(tree):
    again = rebuild(tree, flatten(tree))
    assert again == tree
    assert type(again) is type(tree)
    assert same_shape(tree, again)


@given(TREES)
def test_mapping_changes_the_leaves_only(tree):
    doubled = tree_map(lambda x: 2.0 * x, tree)
    assert flatten(doubled) == [2.0 * x for x in flatten(tree)]
    assert same_shape(tree, doubled)


@given(TREES)
def test_a_wrong_number_of_leaves_is_refused(tree):
    count = len(flatten(tree))
    with pytest.raises(ValueError, match=f"expected {count} numbers .*, got {count + 1}"):
        rebuild(tree, [0.0] * (count + 1))


def test_a_namedtuple_stays_one():
    assert rebuild(Point(1.0, [2.0]), [3.0, 4.0]) == Point(3.0, [4.0])


DIFFERENT = [
    (1.0, [1.0]),
    ([1.0], [1.0, 2.0]),
    ({"a": 1.0}, {"b": 1.0}),
    ({"a": 1.0}, [1.0]),
    ([[1.0]], [1.0]),
]


@pytest.mark.parametrize(("tree", "other"), DIFFERENT)
def test_trees_that_nest_otherwise_have_not_the_same_shape(tree, other):
    assert not same_shape(tree, other)


def test_lists_and_tuples_nest_alike():
    assert same_shape([1.0, (2.0,)], (1.0, [2.0]))


def test_the_order_of_keys_is_the_dicts_own():
    assert flatten(OrderedDict(b=1.0, a=2.0)) == [1.0, 2.0]
