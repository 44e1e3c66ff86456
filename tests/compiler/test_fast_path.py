"""The short way of a call like one before: what the long way returns, or the long way itself."""

import math
from array import array
from collections import OrderedDict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, total
from autograd.compiler.fast_path import FastPath
from autograd.compiler.runtime import signature
from autograd.compiler.runtime.signature import grow, grow_like, numbers_of, read_like, size
from autograd.core.backend import native
from autograd.core.pytree import flatten

pytestmark = pytest.mark.engine

compile = autograd.compile
Pair = namedtuple("Pair", "left right")


class Lists(list):  # type: ignore[type-arg]
    """A class of its own."""


NUMBERS = st.floats(width=64)
BUFFERS = st.lists(NUMBERS, max_size=4).map(lambda xs: array("d", xs)) | st.lists(
    st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3
).map(np.array)
TREES = st.recursive(
    NUMBERS | BUFFERS,
    lambda below: st.lists(below, max_size=3)
    | st.lists(below, max_size=3).map(tuple)
    | st.lists(below, max_size=3).map(Lists)
    | st.tuples(below, below).map(lambda pair: Pair(*pair))
    | st.dictionaries(st.sampled_from("abc"), below, max_size=2),
    max_leaves=8,
)


def bits(x: Any) -> Any:
    """A tree with its classes and the bits of its numbers."""
    if isinstance(x, dict):
        return type(x), [(name, bits(each)) for name, each in x.items()]
    if isinstance(x, list | tuple):
        return type(x), [bits(each) for each in x]
    if isinstance(x, float):
        return float, "nan" if x != x else x.hex()
    return type(x), np.shape(x), bits(np.ravel(x).tolist())


@pytest.fixture
def short(monkeypatch):
    """How often the short way was taken, and whether it came to its end."""
    taken = []
    way = FastPath.__call__

    def noted(self, args):
        found = way(self, args)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(FastPath, "__call__", noted)
    return taken


# -- reading and growing --------------------------------------------------------------------------


def shape_and_numbers(x):
    numbers = array("d")
    return numbers_of(x, numbers, []), numbers


@given(TREES)
def test_what_is_read_has_the_numbers_of_the_long_way(tree):
    shape, numbers = shape_and_numbers(tree)
    into = array("d", [7.0] * (len(numbers) + 1))
    if read_like(shape, tree, into):
        assert bits(into.tolist()) == bits([*numbers, 7.0])


@given(TREES, TREES)
def test_nothing_of_another_shape_is_read(tree, other):
    shape, numbers = shape_and_numbers(tree)
    if shape_and_numbers(other)[0] != shape:
        assert not read_like(shape, other, array("d", bytes(8 * len(numbers))))


@given(TREES)
def test_what_grows_has_the_classes_of_the_tree(tree):
    shape, numbers = shape_and_numbers(tree)
    grown = grow_like(shape, numbers)
    assert shape_and_numbers(grown)[1].tobytes() == numbers.tobytes()

    def part(kind, lengths, leaves):
        count = size((kind, lengths))
        return signature.shaped(kind, lengths, array("d", [next(leaves) for _ in range(count)]))

    assert bits(grown) == bits(grow(shape, iter(numbers), part))


@pytest.mark.parametrize("x", [3.0, [1.0, 2.0], (1.0, [2.0]), {"a": 1.0, "b": [2.0, 3.0]}])
def test_plain_trees_are_read(x):
    shape, numbers = shape_and_numbers(x)
    into = array("d", bytes(8 * len(numbers)))
    assert read_like(shape, x, into)
    assert into == numbers


@pytest.mark.skipif(native is None, reason="the reference trusts its callers")
def test_what_c_refuses():
    with pytest.raises(TypeError, match="expected 3 arguments, got 2"):
        read_like(float, 1.0)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="expected a buffer of float64"):
        read_like(float, 1.0, array("f", [0.0]))
    with pytest.raises(BufferError):
        read_like(float, 1.0, memoryview(array("d", [0.0])).toreadonly())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected more numbers for that shape"):
        grow_like((list, 2), array("d", [1.0]))
    assert not read_like((list, 2), [1.0, 2.0], array("d", [0.0]))  # no room


@pytest.mark.skipif(native is None, reason="the reference reads what the long way reads")
@pytest.mark.parametrize(
    ("shape", "x"),
    [
        (float, 10**400),
        (float, "1"),
        (float, Value(1.0)),
        ((list, 1), Lists([1.0])),
        ((dict, ("a",), (float,)), OrderedDict(a=1.0)),
        ((dict, ("a",), (float,)), {"a": 1.0, "b": 2.0}),
        ((dict, ("a", "b"), (float, float)), {"a": 1.0}),
        ((array, (1,)), array("f", [1.0])),
        ((np.ndarray, (2, 1)), np.ones((1, 2))),
        ((np.ndarray, (2, 2)), np.asfortranarray(np.ones((2, 2)))),
    ],
)
def test_c_gives_up_without_an_error(shape, x):
    assert not read_like(shape, x, array("d", bytes(32)))


# -- calls ----------------------------------------------------------------------------------------


def sum_of_squares(tree):
    return total([x * x for x in flatten(tree)] + [0.0])


@given(TREES, TREES)
def test_the_second_call_returns_what_the_first_did(tree, other):
    fast = compile(lambda x, y: sum_of_squares(x) * 0.5 + sum_of_squares(y))
    for argnums in (0, 1, (1, 0), (0, 1)):
        first = fast.value_and_grad(tree, other, argnums=argnums)
        assert bits(fast.value_and_grad(tree, other, argnums=argnums)) == bits(first)
    assert bits(fast(tree, other)) == bits(fast(tree, other))


@given(st.recursive(NUMBERS, lambda below: st.lists(below) | st.dictionaries(NUMBERS, below)))
def test_results_nest_alike_again(tree):
    fast = compile(lambda x: autograd.core.pytree.rebuild(tree, [x * y for y in flatten(tree)]))
    assert bits(fast(2.0)) == bits(fast(2.0))


def test_a_call_like_the_one_before_takes_the_short_way(short):
    fast = compile(lambda x, y: x[0] * y)
    for way in (fast, fast.value_and_grad, fast.backward):
        assert way([3.0], 2.0) == way([3.0], 2.0)
        assert way([3.0], 2) == way([3.0], 2.0)
    assert short == [True] * 9


def test_each_gradient_has_its_own_short_way(short):
    fast = compile(lambda x, y: x * y**2)
    for _ in range(2):
        assert fast.value_and_grad(3.0, 2.0) == (12.0, 4.0)
        assert fast.value_and_grad(3.0, 2.0, argnums=(1, 0)) == (12.0, (12.0, 4.0))
    assert short == [True, True]


def test_arguments_of_another_shape_go_the_long_way(short):
    fast = compile(total)
    assert [fast([1.0]), fast([1.0, 2.0]), fast([1.0, 2.0]), fast((4.0,))] == [1.0, 3.0, 3.0, 4.0]
    assert short == [False, True, False]


def test_values_keyword_arguments_and_traces_go_the_long_way(short):
    fast = compile(lambda x, n=2: x**n)
    assert (fast(3.0), fast(3.0, n=3), compile(lambda x: fast(3.0) * x)(2.0)) == (9.0, 27.0, 18.0)
    assert fast(Value(3.0)).operands
    assert short == [False]


def test_another_branch_is_found(short):
    fast = compile(lambda x: x * x if x > 0.0 else -x)
    assert [fast(x) for x in (2.0, 3.0, -1.0, -2.0, 4.0)] == [4.0, 9.0, 1.0, 2.0, 16.0]
    assert fast.value_and_grad(-1.0) == (1.0, -1.0)
    assert [fast.value_and_grad(x) for x in (3.0, -5.0)] == [(9.0, 6.0), (5.0, -1.0)]
    assert True in short
    assert False in short


def test_a_branch_without_a_gradient_is_refused_as_ever():
    fast = compile(lambda x: x * x if x > 0.0 else [x, x])
    assert fast.value_and_grad(2.0) == fast.value_and_grad(2.0) == (4.0, 4.0)
    for _ in range(2):
        assert fast(-1.0) == [-1.0, -1.0]  # is tried first from now on
        with pytest.raises(TypeError, match="needs a function that returns one number"):
            fast.value_and_grad(-1.0)
        with pytest.raises(TypeError, match="needs a function that returns one number"):
            fast.backward(-1.0)


def test_the_program_is_that_of_the_branch_that_ran_last():
    fast = compile(lambda x: x * x if x > 0.0 else -x)
    for x in (2.0, 3.0, -1.0, -2.0, 2.0, 2.0):
        fast(x)
        assert ("v0 = x * x" in str(fast.program)) == (x > 0.0)


def test_captured_leaves_are_read_each_time_and_added_to(short):
    w, b = Value(3.0), Value(1.0)
    fast = compile(lambda x: w * x + b)
    assert [fast(2.0), fast(2.0)] == [7.0, 7.0]
    w.data = 5.0
    assert fast(2.0) == 11.0
    for _ in range(3):
        assert fast.backward(2.0) == 11.0
    assert (w.grad, b.grad) == (6.0, 3.0)
    assert short == [True] * 4


def test_a_changed_module_goes_the_long_way():
    layer: Any = nn.Layer(2, 1, seed=0)
    layer.scale = 2.0
    fast = compile(lambda x: total([layer(x)]) * layer.scale)
    x = [1.0, -1.0]
    assert fast(x) == fast(x)
    before = fast(x)
    layer.scale = 4.0
    assert [fast(x), fast(x)] == [2.0 * before] * 2


def test_a_module_s_zero_may_change_its_sign():
    layer: Any = nn.Layer(2, 1, seed=0)
    layer.scale = 0.0
    fast = compile(lambda x: x / Value(layer.scale) + 0.0 * total([layer([0.0, 0.0])]))
    assert fast(1.0) == math.inf
    layer.scale = -0.0
    assert fast(1.0) == -math.inf


def test_chance_goes_the_long_way():
    fast = compile(
        lambda x: x
        * autograd.extend.random_input(lambda n: [next(numbers) for _ in range(n)], 1)[0]
    )
    numbers = iter(map(float, range(10)))
    assert [fast(1.0) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]  # as f itself


def test_no_result_shares_memory_with_another():
    fast = compile(lambda x: total([v * v for v in x]))
    both = compile(lambda x, y: total([v * v for v in (*x, *y)]))
    for x in (array("d", [1.0, 2.0]), np.array([1.0, 2.0])):
        found = [fast.value_and_grad(x)[1] for _ in range(3)]
        for _ in range(2):
            found += both.value_and_grad(x, x, argnums=(0, 1))[1]
        found[0][0] = -1.0
        assert [list(each) for each in found[1:]] == [[2.0, 4.0]] * 6
        assert list(x) == [1.0, 2.0]


def test_a_buffer_is_let_go():
    x = array("d", [1.0, 2.0])
    fast = compile(lambda x: total(list(x)))
    assert [fast(x), fast(x)] == [3.0, 3.0]
    x.append(4.0)
    assert fast(x) == 7.0


def test_threads_get_their_own():
    fast = compile(lambda x: total([v * v for v in x]))
    xs = [array("d", [float(i), 1.0] * 50) for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(fast.value_and_grad, xs))
    assert [(value, list(by)) for value, by in found] == [
        (math.fsum(v * v for v in x), [2.0 * v for v in x]) for x in xs
    ]


@pytest.mark.parametrize("kind", [np.array, lambda xs: array("d", xs), list, tuple])
def test_many_numbers_are_taken_as_they_lie_or_read(kind, short):
    fast = compile(lambda x: total([v * v for v in x]))
    xs = kind([0.5] * 1500)
    first = fast.value_and_grad(xs)
    assert bits(fast.value_and_grad(xs)) == bits(first)
    assert (first[0], list(first[1])) == (375.0, [1.0] * 1500)
    assert list(xs) == [0.5] * 1500
    assert short == [True]


@pytest.mark.parametrize(
    "other", [array("d", [2.0]) * 1501, array("f", [2.0]) * 1500, [2.0] * 1500, np.ones(3000)[::2]]
)
def test_many_numbers_of_another_kind_go_the_long_way(other, short):
    fast = compile(lambda x: total([v * v for v in x]))
    expected = fast.value_and_grad(array("d", [1.0]) * 1500)
    if getattr(other, "typecode", "d") == "f":
        with pytest.raises(TypeError, match="expected a buffer of float64"):
            fast.value_and_grad(other)
    else:
        alone = compile(fast.__wrapped__).value_and_grad(other)  # type: ignore[attr-defined]
        assert bits(fast.value_and_grad(other)) == bits(alone)
    assert bits(fast.value_and_grad(array("d", [1.0]) * 1500)) == bits(expected)
