"""in_axes that nest: a compiled function over rows is a loop over the rows."""

from array import array
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, total
from autograd.core.pytree import flatten
from tests.support.programs import quarters

pytestmark = pytest.mark.engine

compile = autograd.compile
Pair = namedtuple("Pair", "left right")

# Few bits, and a power of two of rows: every order of summation gives the same bits.
NUMBERS = quarters(2)


class Part:
    """A part of the arguments that has one axis: None, or 0 with that many rows of one shape."""

    def __init__(self, axis, rows, kind):
        self.axis, self.rows, self.kind = axis, rows, kind

    def given(self, rows, leaf):
        """What the caller passes: of a kind that `leaf` allows."""
        if self.axis is None:
            return mapped(self.rows[0], leaf)
        found = [mapped(self.rows[i % len(self.rows)], leaf) for i in range(rows)]
        if leaf is Value or self.kind in (list, tuple):
            return (list if leaf is Value else self.kind)(found)
        return self.kind(found)

    def row(self, whole, i):
        """The i-th row of what was given."""
        return whole if self.axis is None else whole[i]

    def axes(self, draw):
        return self.axis


class Nest:
    """Parts in a list, a tuple or a dict, that together may have one axis if each has the same."""

    def __init__(self, kind, parts):
        self.kind, self.parts = kind, parts

    def made(self, each):
        if self.kind is dict:
            return {name: each(part, name) for name, part in self.parts.items()}
        items = [each(part, i) for i, part in enumerate(self.parts)]
        return items if self.kind is list else Pair(*items) if self.kind is Pair else tuple(items)

    def given(self, rows, leaf):
        return self.made(lambda part, _: part.given(rows, leaf))

    def row(self, whole, i):
        return self.made(lambda part, at: part.row(whole[at], i))

    def axes(self, draw):
        found = self.made(lambda part, _: part.axes(draw))
        uniform = all(axis is None for axis in flatten(found))
        return None if uniform and draw(st.booleans()) else found


def mapped(tree, function):
    return autograd.core.pytree.tree_map(function, tree)


def matrix(rows):
    return np.array(rows, dtype=float)


def buffer(rows):
    return array("d", rows)


TREES = st.recursive(
    NUMBERS,
    lambda below: st.lists(below, max_size=2)
    | st.lists(below, max_size=2).map(tuple)
    | st.dictionaries(st.sampled_from("ab"), below, max_size=2),
    max_leaves=3,
)
VECTORS = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=1, max_size=3)
)
PARTS = st.one_of(
    st.builds(lambda tree: Part(None, [tree], list), TREES),
    st.builds(lambda rows: Part(None, [rows], list), VECTORS),
    st.builds(Part, st.just(0), VECTORS, st.sampled_from([list, tuple, matrix])),
    st.builds(
        Part,
        st.just(0),
        st.lists(NUMBERS, min_size=1, max_size=3),
        st.sampled_from([list, tuple, matrix, buffer]),
    ),
)
NESTS = st.recursive(
    PARTS,
    lambda below: st.builds(Nest, st.just(list), st.lists(below, max_size=3))
    | st.builds(Nest, st.just(tuple), st.lists(below, max_size=3))
    | st.builds(Nest, st.just(Pair), st.lists(below, min_size=2, max_size=2))
    | st.builds(Nest, st.just(dict), st.dictionaries(st.sampled_from("xyz"), below, max_size=3)),
    max_leaves=5,
)


@st.composite
def calls(draw):
    """Arguments, their axes, and how many rows."""
    arguments = draw(st.lists(NESTS, min_size=1, max_size=3))
    arguments.append(Part(0, [draw(NUMBERS)], draw(st.sampled_from([list, matrix, buffer]))))
    order = draw(st.permutations(arguments))
    return order, tuple([each.axes(draw) for each in order]), draw(st.sampled_from([1, 2, 4]))


def plain(x):
    """Buffers, lists and tuples alike, Values as their gradients."""
    if isinstance(x, dict):
        return {name: plain(each) for name, each in x.items()}
    if isinstance(x, list | tuple):
        return [plain(each) for each in x]
    if isinstance(x, Value):
        return x.grad
    return x.tolist() if hasattr(x, "tolist") else x


def classes(x):
    """How something nests, and of which classes."""
    if isinstance(x, dict):
        return dict, [(name, classes(each)) for name, each in x.items()]
    if isinstance(x, list | tuple):
        return type(x), [classes(each) for each in x]
    return float if isinstance(x, float) else (isinstance(x, np.ndarray), np.shape(x))


W = Value(0.5, label="w")


def told(tree):
    """How a tree nests, as a number: what f does may rest on that."""
    if isinstance(tree, dict):
        return 3.0 + total([told(each) * (i + 1) for i, each in enumerate(tree.values())])
    if isinstance(tree, list | tuple):
        kinds = {list: 1.0, tuple: 2.0, Pair: 4.0}
        return kinds[type(tree)] + total([told(each) * (i + 1) for i, each in enumerate(tree)])
    return 0.25


def f(*trees):
    """Products of neighbours, weighed by their places; the sign of the first chooses a branch."""
    xs = [x for tree in trees for x in flatten(tree)]
    shape = told(trees)
    terms = [(i + 1) * x * y for i, (x, y) in enumerate(zip(xs, [*xs[1:], W], strict=True))]
    return total(terms) + shape if xs[0] > 0.0 else total(xs) * W - shape


def eager(arguments, rows, reduce):
    """The results, and the arguments as Values that carry the gradient."""
    W.zero_grad()
    leaves = [each.given(rows, Value) for each in arguments]
    results = [
        f(*[each.row(x, i) for each, x in zip(arguments, leaves, strict=True)]) for i in range(rows)
    ]
    joined = total(results) * (1.0 / rows if reduce == "mean" else 1.0)
    joined.backward()
    return [y.data for y in results], joined.data, leaves


@given(calls())
def test_it_is_a_loop_over_the_rows(call):
    arguments, axes, rows = call
    results, _, _ = eager(arguments, rows, "sum")
    fast = compile(f, in_axes=axes)
    args = [each.given(rows, float) for each in arguments]
    assert fast(*args) == fast(*args) == results
    assert [y.data for y in fast(*[each.given(rows, Value) for each in arguments])] == results


@given(calls(), st.sampled_from(["mean", "sum"]))
def test_its_gradient_is_that_of_the_loop(call, reduce):
    arguments, axes, rows = call
    _, joined, leaves = eager(arguments, rows, reduce)
    grad = W.grad
    fast: Any = compile(f, in_axes=axes, reduce=reduce)
    args = [each.given(rows, float) for each in arguments]
    for _ in range(2):
        value, by = fast.value_and_grad(*args, argnums=range(len(args)))
        assert (value, fast(*args)) == (joined, joined)
        assert plain(by) == plain(leaves)
    each = [fast.value_and_grad(*args, argnums=i) for i in range(len(args))]
    assert [(v, plain(x)) for v, x in each] == [(joined, plain(x)) for x in by]
    W.zero_grad()
    assert fast.backward(*args) == joined
    assert W.grad == grad


@given(calls())
def test_backward_adds_to_the_leaves_of_every_part(call):
    arguments, axes, rows = call
    _, joined, expected = eager(arguments, rows, "sum")
    leaves = [each.given(rows, Value) for each in arguments]
    assert compile(f, in_axes=axes, reduce="sum").backward(*leaves) == joined
    assert plain(leaves) == plain(expected)


@given(calls())
def test_a_gradient_nests_like_its_argument(call):
    arguments, axes, rows = call
    args = [each.given(rows, float) for each in arguments]
    _, by = compile(f, in_axes=axes, reduce="sum").value_and_grad(*args, argnums=range(len(args)))
    assert classes(by) == classes(tuple(args))


@given(calls())
def test_inside_a_trace_it_is_the_function(call):
    arguments, axes, rows = call
    args = [each.given(rows, float) for each in arguments]
    inner = compile(f, in_axes=axes, reduce="sum")
    assert compile(lambda: inner(*args) * 2.0)() == inner(*args) * 2.0


# -- examples -------------------------------------------------------------------------------------


def test_a_pair_of_rows_and_a_number_they_share():
    fast = compile(lambda pair, y: pair[0] * pair[1] + y, in_axes=((0, None), 0))
    assert fast(([1.0, 2.0, 3.0], 10.0), [0.5, 0.25, 0.125]) == [10.5, 20.25, 30.125]


def test_entries_of_a_dict():
    fast = compile(lambda p: p["x"] * p["w"], in_axes=({"x": 0, "w": None},), reduce="sum")
    assert fast.value_and_grad({"w": 3.0, "x": [1.0, 2.0]}) == (9.0, {"w": 3.0, "x": [3.0, 3.0]})


def test_a_dict_with_rows_has_them_in_each_entry():
    fast = compile(lambda p: p["x"] * p["y"][0], in_axes=0, reduce="sum")
    x, y = np.array([1.0, 2.0]), [(3.0,), (4.0,)]
    value, by = fast.value_and_grad({"x": x, "y": y})
    assert (value, plain(by)) == (11.0, {"x": [3.0, 4.0], "y": [[1.0], [2.0]]})
    assert classes(by) == classes({"x": x, "y": y})


def test_values_in_a_dict_with_rows_run_the_function_itself():
    x = {"a": [Value(2.0), Value(3.0)]}
    fast = compile(lambda p: p["a"] ** 2, in_axes=0, reduce="sum")
    fast(x).backward()
    fast.backward(x)
    assert [each.grad for each in x["a"]] == [8.0, 12.0]


def test_the_axes_of_a_list_may_be_a_tuple_and_those_of_a_tuple_a_list():
    f = lambda xs: xs[0] * xs[1] if isinstance(xs, list) else xs[0] - xs[1]  # noqa: E731
    for axes in ((0, None), [0, None], Pair(0, None)):
        fast = compile(f, in_axes=[axes])
        assert fast([[1.0, 2.0], 3.0]) == [3.0, 6.0]
        assert fast(([1.0, 2.0], 3.0)) == fast(Pair([1.0, 2.0], 3.0)) == [-2.0, -1.0]


def test_the_columns_are_named_by_their_way_through_the_arguments():
    fast = compile(
        lambda pair, p: pair[0] * pair[1][1] + p["w"], in_axes=((0, None), {"x": 0, "w": None})
    )
    assert fast(([1.0], [7.0, 2.0]), {"x": [1.0], "w": 5.0}) == [7.0]
    inputs = str(fast.program).splitlines()[:2]
    assert inputs == ["uniforms pair[1][0], pair[1][1], p['w']", "columns pair[0], p['x']"]


def test_rows_that_branch_on_what_they_share():
    f = lambda p: p[0] * 2.0 if p[0] > p[1] else p[1] * p[1]  # noqa: E731
    fast = compile(f, in_axes=((0, None),), reduce="sum")
    assert fast.value_and_grad(([1.0, 4.0, 3.0, 5.0], 3.0)) == (36.0, ([0.0, 2.0, 0.0, 2.0], 12.0))


def test_a_descent_takes_nested_axes():
    w, rate = Value(0.5), Value(0.25)
    loss = compile(lambda p: (w * p[0] - p[1]) ** 2, in_axes=((0, None),), reduce="mean")
    many = compile(
        lambda p: total([(w * x - p[1]) ** 2 for x in p[0]]) / 2.0,
        in_axes=((0, None),),
        reduce="mean",
    )
    found = []
    for fast, together in ((loss, 1), (many, 2)):
        w.data = 0.5
        if autograd.backend == "python":
            with pytest.raises(RuntimeError, match="expected the accelerator"):
                fast.training_loop(([1.0, 2.0], 3.0), parameters=[w], rate=rate, together=together)
            continue
        descent = fast.training_loop(
            ([1.0, 2.0], 3.0), parameters=[w], rate=rate, together=together
        )
        losses = descent.run(lambda p, g: (p - rate * g,), [()], [0, 1], 2).losses
        found.append((losses, w.data))
    assert found in ([], [([5.125], 2.125)] * 2)


def not_fitting(axes, x):
    with pytest.raises(ValueError, match="expected in_axes") as caught:
        compile(lambda *args: 0.0, in_axes=axes)(*x)
    return str(caught.value)


@pytest.mark.parametrize(
    ("axes", "x", "named", "got"),
    [
        (((0, None),), ([1.0],), "argument 0", "(0, None) for a list of 1"),
        (((0, None),), (3.0,), "argument 0", "(0, None) for a float"),
        (((0,), 0), (np.ones(1), [1.0]), "argument 0", "(0,) for a ndarray"),
        ((0, {"x": 0}), ([1.0], {"y": 1.0}), "argument 1", "{'x': 0} for a dict with keys ['y']"),
        ((0, {"x": 0}), ([1.0], [1.0]), "argument 1", "{'x': 0} for a list of 1"),
        (({"x": (0, 1)},), ({"x": ([1.0], 2.0)},), "argument 0['x'][1]", "1 for a float"),
        ((0, -1), ([1.0], [2.0]), "argument 1", "-1 for a list of 1"),
        ((("0", 0),), ((1.0, [1.0]),), "argument 0[0]", "'0' for a float"),
        (True, ([1.0],), "argument 0", "True for a list of 1"),
    ],
)
def test_axes_that_do_not_nest(axes, x, named, got):
    assert not_fitting(axes, x) == (
        f"expected in_axes to be 0 or None for {named}, or to nest as it does, got {got}: "
        "give one axis for the whole of it, or one for each of its parts"
    )


@pytest.mark.parametrize(
    ("axes", "x"),
    [((0, None), (([1.0], 2.0),)), ((0,), ([1.0], 2.0)), ("0", (1.0,)), (1.5, (1.0,))],
)
def test_axes_of_another_number_of_arguments(axes, x):
    assert not_fitting(axes, x) == (
        f"expected in_axes to be 0 or None for each of {len(x)} arguments, or a tuple of as many "
        f"entries, got {axes!r}; the axes of one argument's parts are one entry: "
        "in_axes=((0, None), 0)"
    )


@pytest.mark.parametrize(
    ("axes", "x"), [((None,), 1.0), (((None, None),), (1.0, 2.0)), (({},), {}), (((),), ())]
)
def test_nothing_has_rows(axes, x):
    assert not_fitting(axes, (x,)) == (
        f"expected in_axes to be 0 for one argument at least, got {axes!r}"
    )


def test_a_part_without_rows_is_named():
    with pytest.raises(TypeError, match=r"expected rows as argument 1\['x'\]\[1\], since in_axes"):
        compile(f, in_axes=(None, {"x": (None, 0)}))(1.0, {"x": (1.0, 2.0)})


def test_what_has_no_rows_inside_a_trace():
    inner = compile(lambda x: x, in_axes=0, reduce="sum")
    with pytest.raises(TypeError, match="expected rows as argument 0, since in_axes says 0"):
        compile(lambda: inner(3.0))()
    with pytest.raises(autograd.TraceError, match=r"expected rows as argument 0, .* got a Value"):
        compile(lambda x: inner(x))(3.0)


def test_a_list_of_axes_is_read_at_once():
    axes: Any = [[0, None], 0]
    fast = compile(lambda p, x: p[0] * p[1] + x, in_axes=axes)
    axes[0][0] = axes[1] = None
    assert fast(([1.0], 2.0), [3.0]) == [5.0]


@pytest.mark.parametrize("traced", [False, True])
def test_parts_with_another_number_of_rows(traced):
    fast: Any = compile(lambda p, x: p[0] * x, in_axes=((0, None), 0))
    call = compile(lambda: fast(([1.0, 2.0], 1.0), [1.0])) if traced else fast
    with pytest.raises(ValueError, match="as many rows in each part of the arguments, got 2, 1"):
        call() if traced else call(([1.0, 2.0], 1.0), [1.0])
