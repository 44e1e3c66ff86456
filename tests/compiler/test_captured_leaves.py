"""What is done to many objects at once, in Python and in C alike."""

import math
from array import array
from types import CellType

import pytest

from autograd import Value
from autograd.compiler.runtime.buffers import add_gradients, read_leaves, sum_of
from autograd.compiler.tracing.captures import all_unchanged
from autograd.core.backend import native
from autograd.core.ieee754 import total

pytestmark = pytest.mark.compiled


def test_numbers_are_read_in_order():
    into = array("d", [0.0] * 3)
    read_leaves([Value(x) for x in (1.0, -2.0, 0.5)], into)
    assert list(into) == [1.0, -2.0, 0.5]


def test_gradients_add_up_as_backward_s_do():
    x, y = Value(1.0), Value(2.0)
    x.grad = 3.0
    assert not y.reached
    add_gradients([x, y], array("d", [0.5, -0.0]))
    assert (x.grad, y.reached, str(y.grad)) == (3.5, True, "-0.0")


def test_of_no_leaves():
    read_leaves([], array("d"))
    add_gradients([], array("d"))


@pytest.mark.skipif(native is None, reason="the reference trusts its callers")
@pytest.mark.parametrize("function", [read_leaves, add_gradients])
@pytest.mark.parametrize(
    ("leaves", "numbers", "error"),
    [
        ((), array("d"), TypeError),
        ([1.0], array("d", [0.0]), TypeError),
        ([Value(1.0)], array("d"), ValueError),
        ([Value(1.0)], array("f", [0.0]), ValueError),
        ([Value(1.0)], [0.0], TypeError),
    ],
)
def test_what_c_refuses(function, leaves, numbers, error):
    with pytest.raises(error):
        function(leaves, numbers)


@pytest.mark.parametrize("numbers", [[], [-0.0], [0.1] * 10, [1e16, 1.0, -1e16], [1.0, math.inf]])
def test_sums_go_from_left_to_right(numbers):
    assert sum_of(array("d", numbers)) == total(*numbers)


@pytest.mark.skipif(native is None, reason="the reference trusts its callers")
def test_a_sum_is_of_float64():
    with pytest.raises(ValueError, match="expected a buffer of float64"):
        sum_of(array("f", [1.0]))


@pytest.mark.parametrize("kind", [list, tuple, dict.fromkeys])
def test_a_container_is_unchanged_while_it_holds_the_same_objects(kind):
    x, y = object(), object()
    assert all_unchanged([(kind([]), ())])
    held = kind([x, y])
    items = tuple(held.values() if isinstance(held, dict) else held)
    assert all_unchanged([(held, items)])
    for other in (items[:1], (*items, x), (y, x), ()):
        assert not all_unchanged([(held, items), (held, other)])


def test_names_are_unchanged_while_they_stand_for_the_same_objects():
    x, y = object(), object()
    names = {"a": x, "b": y, "c": 1.0}
    assert all_unchanged([(names, {"a": x, "b": y}), (names, {})])
    assert not all_unchanged([(names, {"a": y})])
    assert not all_unchanged([(names, {"d": y})])
    names["c"] = 2.0
    assert all_unchanged([(names, {"a": x, "b": y})])
    del names["a"]
    assert not all_unchanged([(names, {"a": x, "b": y})])


def test_a_cell_is_unchanged_while_it_holds_the_same_object():
    x, y = object(), object()
    cell = CellType(x)
    assert all_unchanged([(cell, (x,))])
    assert not all_unchanged([(cell, (y,))])
    del cell.cell_contents
    assert not all_unchanged([(cell, (x,))])


@pytest.mark.skipif(native is None, reason="the reference trusts its callers")
@pytest.mark.parametrize("seen", [(), [1], [(1, ())], [([], [])], [(1, {})], [(CellType(1), {})]])
def test_what_is_no_container_is_refused(seen):
    with pytest.raises(TypeError):
        all_unchanged(seen)
