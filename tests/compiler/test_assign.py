"""A leaf that becomes a computed number: a replay reads, writes and returns what eager does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import TraceError, Value, detach, tanh, value_and_grad
from autograd.extend import assign
from nn import BatchNorm, Batchwise, Layer, Residual, mse

pytestmark = pytest.mark.compiled

NUMBERS = st.floats(-2.0, 2.0)


def near(x):
    return pytest.approx(x, rel=1e-12, abs=1e-15)


def test_outside_a_trace_it_is_an_assignment():
    leaf, x = Value(1.0), Value(2.0)
    assign(leaf, 3.0 * x)
    assert (leaf.data, leaf.operands) == (6.0, ())
    assign(leaf, 7)
    assert leaf.data == 7.0
    with pytest.raises(TypeError, match="expected a leaf Value to assign a number to, got a float"):
        assign(1.0, 2.0)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="is computed from its parents and cannot be assigned"):
        assign(x * x, 2.0)


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "mul", "become", "number", "detach"]),
              st.integers(0, 3), st.integers(0, 3)),
    min_size=1, max_size=12,
)  # fmt: skip


def program_of(steps, leaves):
    """A function that reads and assigns leaves in some order."""

    def f(x):
        found = x
        for kind, i, j in steps:
            if kind == "add":
                found = 0.5 * found + leaves[i] * leaves[j]
            elif kind == "mul":
                found = tanh(found * leaves[i])
            elif kind == "become":
                assign(leaves[i], 0.5 * leaves[j] + found)
            elif kind == "number":
                assign(leaves[i], 0.25 * j)
            else:
                found = found + detach(leaves[i])
        return found + 0.0 * x

    return f


@given(STEPS, st.lists(NUMBERS, min_size=4, max_size=4), st.lists(NUMBERS, min_size=1, max_size=4))
def test_random_programs_leave_what_eager_leaves(steps, numbers, xs):
    ours, theirs = [Value(x) for x in numbers], [Value(x) for x in numbers]
    eager, fast = program_of(steps, ours), autograd.compile(program_of(steps, theirs))
    for x in xs:
        assert fast(x) == near(eager(Value(x)).data)
        assert [v.data for v in theirs] == near([v.data for v in ours])
    assert [v.label for v in theirs] == [None] * 4


@given(STEPS, st.lists(NUMBERS, min_size=4, max_size=4), NUMBERS)
def test_the_gradient_by_an_argument_is_that_of_eager(steps, numbers, x):
    """Leaves are numbers to it, so that no graph is stale."""
    ours, theirs = [Value(x) for x in numbers], [Value(x) for x in numbers]
    fast = autograd.compile(program_of(steps, theirs))
    before = [v.data for v in theirs]
    found = fast.value_and_grad(x)
    after = [v.data for v in theirs]
    for leaf, number in zip(theirs, before, strict=True):
        leaf.data = number
    assert (fast(x), [v.data for v in theirs]) == (near(found[0]), near(after))
    try:
        expected = value_and_grad(program_of(steps, ours))(x)
    except autograd.StaleGraphError:  # eager cannot go back past an assignment
        return
    assert found == (near(expected[0]), near(expected[1]))


@given(STEPS, st.lists(NUMBERS, min_size=4, max_size=4), st.lists(NUMBERS, min_size=1, max_size=3))
def test_backward_reaches_what_it_reaches_in_eager(steps, numbers, xs):
    ours, theirs = [Value(x) for x in numbers], [Value(x) for x in numbers]
    eager, fast = program_of(steps, ours), autograd.compile(program_of(steps, theirs))
    for x in xs:
        z = eager(Value(x))
        try:
            z.backward()
        except autograd.StaleGraphError:  # eager cannot go back past an assignment
            return
        assert fast.backward(x) == near(z.data)
        for v, w in zip(ours, theirs, strict=True):
            assert (w.data, w.grad, w.reached) == (near(v.data), near(v.grad), v.reached)


def test_a_weight_that_is_brought_within_bounds_first():
    w, v = Value(3.0, label="w"), Value(0.5, label="v")

    def f(x):
        assign(w, autograd.minimum(w, 1.0))
        return w * v * x

    fast = autograd.compile(f)
    assert (fast.backward(2.0), w.data, w.grad, v.grad) == (1.0, 1.0, 1.0, 2.0)
    assert (fast.backward(2.0), w.data, w.grad, v.grad) == (1.0, 1.0, 2.0, 4.0)
    w.data = -0.0
    assert str(fast(1.0)) == "-0.0"


def test_reads_before_and_after_and_twice():
    seen = Value(1.0, label="seen")

    def f(x):
        before = 10.0 * seen
        assign(seen, seen + x)
        between = 100.0 * seen
        assign(seen, 2.0 * seen)
        return before + between + 1000.0 * seen

    fast = autograd.compile(f)
    assert (fast(1.0), seen.data) == (10.0 + 200.0 + 4000.0, 4.0)
    assert (fast(1.0), seen.data) == (40.0 + 500.0 + 10_000.0, 10.0)
    assert "seen becomes v" in str(fast.program)
    assert fast.draw().svg().startswith("<svg")


def test_a_comparison_sees_the_latest_number():
    count = Value(0.0, label="count")

    def f(x):
        assign(count, count + 1.0)
        return x if count < 3.0 else -x

    fast = autograd.compile(f)
    assert [fast(5.0) for _ in range(4)] == [5.0, 5.0, -5.0, -5.0]
    assert (count.data, len(fast.programs)) == (4.0, 2)


def test_a_leaf_of_its_own_starts_anew_at_each_call():
    def f(x):
        own = Value(1.0)
        assign(own, own + x)
        return own * own

    fast = autograd.compile(f)
    assert [fast(1.0), fast(2.0), fast(1.0)] == [4.0, 9.0, 4.0]
    assert "becomes" not in str(fast.program)


def test_it_is_written_once_where_a_call_is_traced_again():
    total, w = Value(0.0), Value(2.0)

    def f(x):
        assign(total, total + x)
        return w * x if x > 0.0 else -w * x

    fast = autograd.compile(f)
    assert (fast(1.0), total.data) == (2.0, 1.0)
    assert (fast(-3.0), total.data) == (6.0, -2.0)
    assert (fast.value_and_grad(-1.0), total.data) == ((2.0, -2.0), -3.0)
    assert (fast.backward(4.0), w.grad, total.data) == (8.0, 4.0, 1.0)
    assert not total.reached


def test_what_goes_wrong_writes_nothing():
    total = Value(1.0)

    def f(x):
        assign(total, total + x)
        return [x, x]

    def g(x):
        assign(total, total + x)
        return x * x.data

    with pytest.raises(TypeError, match="a gradient needs a function that returns one number"):
        autograd.compile(f).value_and_grad(2.0)
    with pytest.raises(TraceError, match="reads the data"):
        autograd.compile(g)(2.0)
    assert total.data == 1.0


def test_a_trace_leaves_older_graphs_fresh():
    total = Value(1.0)
    z = total * total

    def f(x):
        assign(total, x)
        return x * x.data

    with pytest.raises(TraceError):
        autograd.compile(f)(2.0)
    z.backward()
    assert total.grad == 2.0


def test_over_rows_it_is_refused():
    total = Value(0.0, label="total")

    def f(x):
        assign(total, total + x)
        return x

    for fast in (autograd.compile(f, in_axes=0), autograd.compile(f, in_axes=0, reduce="mean")):
        with pytest.raises(
            TraceError,
            match=r"cannot compile over rows a function that assigns to 'total' \(data=0.0\): "
            r"which row's would stay\? Compile a function of all rows .*\n  at .*test_assign.py",
        ):
            fast([1.0])
    assert total.data == 0.0


def test_only_rows_that_let_a_leaf_become_something_are_refused():
    total = Value(0.0, label="total")

    def f(x):
        if x < 0.0:
            assign(total, total + x)
        return x * x

    fast: Any = autograd.compile(f, in_axes=0, reduce="sum")
    for _ in range(2):
        for way in (fast, fast.value_and_grad):
            with pytest.raises(TraceError, match="cannot compile over rows"):
                way([2.0, -1.0, 3.0])
        assert fast([2.0, 3.0]) == 13.0
        assert fast.value_and_grad([2.0, 3.0]) == (13.0, [4.0, 6.0])
    assert total.data == 0.0


def test_an_argument_cannot_become_anything():
    with pytest.raises(TraceError, match=r"assigns a number to .x. .*, which is an argument"):
        autograd.compile(lambda x: assign(x, 1.0))(2.0)
    with pytest.raises(AttributeError, match="is computed from its parents and cannot be assigned"):
        autograd.compile(lambda x: assign(x * x, 1.0))(2.0)


def test_a_derivative_is_compiled_with_it():
    ours, theirs = Value(1.0), Value(1.0)

    def f(leaf):
        def square(x):
            assign(leaf, leaf + x)
            return x * x * leaf

        return square

    slope, fast = autograd.grad(f(ours)), autograd.compile(autograd.grad(f(theirs)))
    for x in (1.0, 2.0, -0.5):
        assert fast(x) == slope(x)
        assert theirs.data == ours.data

    curve = autograd.grad(autograd.grad(f(theirs)))
    assert autograd.compile(curve)(2.0) == 2.0 * (theirs.data)


def test_a_compiled_function_within_another():
    seen = Value(1.0)

    def inner(x):
        assign(seen, seen + x)
        return seen * x

    fast = autograd.compile(lambda x: autograd.compile(inner)(x) + seen)
    assert [fast(1.0), fast(1.0)] == [4.0, 6.0]


# -- batch normalisation ---------------------------------------------------------------------------

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [1.0, 1.0]]
Y = [0.5, -0.5, 1.0, 0.0]


def models():
    return [
        Batchwise(
            Layer(2, 3, "tanh", seed=0), BatchNorm(3), Residual(BatchNorm(3)), Layer(3, 1, seed=1)
        )
        for _ in range(2)
    ]  # fmt: skip


def test_batch_norm_in_training_moves_its_statistics_as_eager_does():
    ours, theirs = models()
    fast = autograd.compile(lambda xs, ys: mse(theirs(xs), ys))
    for size in (4, 4, 3, 4):
        xs, ys = X[:size], Y[:size]
        z = mse(ours(xs), ys)
        assert fast(xs, ys) == near(z.data)
        assert theirs.state_dict() == near(ours.state_dict())

        value, by_y = value_and_grad(lambda xs, ys: mse(ours(xs), ys), 1)(xs, ys)
        found, gradient = fast.value_and_grad(xs, ys, argnums=1)
        assert (found, gradient) == (near(value.data), near([z.data for z in by_y]))
        assert theirs.state_dict() == near(ours.state_dict())

        z = mse(ours(xs), ys)
        z.backward()
        assert fast.backward(xs, ys) == near(z.data)
        assert theirs.state_dict() == near(ours.state_dict())
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert (p.grad, p.reached) == (near(q.grad), q.reached)
    assert not any(p.reached for _, p in theirs.named_state() if p not in theirs.parameters())


def test_in_eval_it_reads_them_and_takes_rows():
    ours, theirs = models()
    for model in (ours, theirs):
        model(X)
    fast = autograd.compile(lambda x: theirs([x])[0], in_axes=0)
    with pytest.raises(ValueError, match="at least 2 rows in training, got 1"):
        fast(X)
    ours.eval()
    theirs.eval()
    assert fast(X) == near([z.data for z in ours(X)])
    theirs.layers[1].mean[0].data += 1.0
    assert fast(X) != near([z.data for z in ours(X)])
