"""A compiled function in `debug()` reports what the function itself would, and where."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import NonFiniteError, Value, debug, value_and_grad
from autograd.core.untaken_branches import judged
from autograd.extend import assign, random_input

pytestmark = pytest.mark.engine

# From plain to where operations end.
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-320, 1e200, -1e300, 1.7e308])
LINES = (
    "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / {b}", "{a} ** 3", "{a} ** {b}", "2.0 / {a}",
    "ag.sqrt({a})", "ag.log({a})", "ag.exp({a})", "ag.relu({a})", "ag.tanh({a})", "0.0 * {a}",
    "ag.where({a} > {b}, {a}, ag.sqrt({b}))", "{a} if {a} > {b} else ag.log({b})",
    "ag.total([{a}, {b}, {a}])", "ag.dot([{a}, {b}], [{b}, {a}])", "ag.detach({a}) * {b}",
    "{a} * w", "ag.sqrt(w) + {a}",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(LINES), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9
)


def written_out(steps, **captured):
    """A function of x and y with a line for each step."""
    names = ["x", "y"]
    text = ["def f(x, y):"]
    for i, (line, *back) in enumerate(steps):
        a, b = (names[-1 - n % len(names)] for n in back)
        text.append(f"    v{i} = {line.format(a=a, b=b)}")
        names.append(f"v{i}")
    text.append(f"    return {names[-1]} + 0.0 * x")
    space = {"ag": autograd, **captured}
    exec(compile("\n".join(text), "written_out.py", "exec"), space)
    return space["f"]


def told(f, *args):
    """What a call gives in `debug()`, or the report."""
    with debug():
        try:
            return f(*args)
        except NonFiniteError as problem:
            return str(problem).replace("test_compiler_debug", "")


def run(f, *args):
    """What f itself gives, but for the alarms of branches that it does not take."""
    return judged(f, *map(Value, args))


def same(x, y):
    return repr(x) == repr(y)  # nan too


@example([("ag.where({a} > {b}, {a}, ag.sqrt({b}))", 1, 0)], 0.0, -1e300, 0.0)
@given(STEPS, NUMBERS, NUMBERS, NUMBERS)
def test_a_call_reports_what_eager_reports(steps, x, y, w):
    f = written_out(steps, w=Value(w))
    fast = autograd.compile(f)
    expected = told(lambda: run(f, x, y).data)
    fast(x, y)  # a replay raises nothing
    assert same(told(fast, x, y), expected)
    fast(1.0, 2.0)
    assert same(told(fast, x, y), expected)


@given(STEPS, NUMBERS, NUMBERS)
def test_a_gradient_reports_what_eager_reports(steps, x, y):
    f = written_out(steps, w=3.0)
    fast = autograd.compile(f)
    fast.value_and_grad(x, y, argnums=(0, 1))
    expected = told(value_and_grad(f, (0, 1)), x, y)
    assert same(told(lambda: fast.value_and_grad(x, y, argnums=(0, 1))), expected)


def backward(f, *args):
    leaves = [*map(Value, args)]
    z = judged(f, *leaves)
    z.backward()
    return z.data


@example([("ag.where({a} > {b}, {a}, ag.sqrt({b}))", 1, 0)], 0.0, -1e300, 0.0)
@given(STEPS, NUMBERS, NUMBERS, NUMBERS)
def test_backward_reports_what_eager_reports_and_adds_what_eager_adds(steps, x, y, w):
    ours, theirs = Value(w), Value(w)
    fast = autograd.compile(written_out(steps, w=theirs))
    expected = told(backward, written_out(steps, w=ours), x, y)
    args = Value(x), Value(y)
    assert same(told(fast.backward, *args), expected)
    assert same((theirs.grad, theirs.reached), (ours.grad, ours.reached))


@example([("ag.where({a} > {b}, {a}, ag.sqrt({b}))", 1, 0)], [(1.0, 2.0), (0.0, -3.0)])
@given(STEPS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_rows_report_what_the_first_bad_one_does(steps, rows):
    f = written_out(steps, w=Value(2.0))
    fast = autograd.compile(f, in_axes=0)
    xs, ys = map(list, zip(*rows, strict=True))
    fast(xs, ys)
    expected = told(lambda: [run(f, x, y).data for x, y in rows])
    assert same(told(fast, xs, ys), expected)


# The first row ends well forward and badly backward, the second one badly forward, or backward too.
@example([("{a} + {b}", 0, 0), ("{a} ** {b}", 2, 0)], [(-1.0, 0.0), (0.0, -1.0)])
@example([("ag.sqrt({a})", 0, 0)], [(0.0, 0.0), (0.0, -0.0)])
@example([("{a} ** {b}", 0, 0)], [(0.0, -1.0), (0.0, -3.0)])
@given(STEPS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_the_gradient_of_rows_reports_what_the_first_bad_one_does(steps, rows):
    """Unless a sum over finite rows is what is not finite, which has no line in the function."""
    f = written_out(steps, w=2.0)
    fast = autograd.compile(f, in_axes=0, reduce="sum")
    xs, ys = map(list, zip(*rows, strict=True))
    expected = told(lambda: [value_and_grad(f, (0, 1))(x, y) for x, y in rows])
    found = told(lambda: fast.value_and_grad(xs, ys, argnums=(0, 1)))
    if isinstance(expected, str):
        assert found == expected
    elif isinstance(found, str):
        assert found.startswith("total gave")
    else:
        assert same(found[0], autograd.total([z for z, _ in expected]))
        by_rows = zip(*[by for _, by in expected], strict=True)
        assert same(found[1], tuple(map(list, by_rows)))


@example([("ag.sqrt({a})", 0, 0)], [(0.0, 0.0), (0.0, -0.0)], 2.0, "sum")
@example([("ag.where({a} > {b}, {a}, ag.sqrt({b}))", 1, 0)], [(0.0, -3.0)], 2.0, "sum")
@example([("{a} * w", 0, 0), ("ag.sqrt({a})", 0, 0)], [(0.0, 0.0), (0.0, -1.0)], 2.0, "mean")
@given(
    STEPS,
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4),
    NUMBERS,
    st.sampled_from(["sum", "mean"]),
)
def test_backward_of_rows_reports_what_the_first_bad_one_does(steps, rows, w, reduce):
    """Unless it is the sum over finite rows that is not finite, forward or backward."""
    seed = 1.0 / len(rows) if reduce == "mean" else 1.0

    def row_by_row():
        total = 0.0
        for x, y in rows:
            captured = Value(w)  # of each row: what they add up to is another matter
            z = run(written_out(steps, w=captured), x, y)
            z.backward(seed)
            total += captured.grad or 0.0
        return total

    ours = Value(w)
    fast = autograd.compile(written_out(steps, w=ours), in_axes=0, reduce=reduce)
    expected = told(row_by_row)
    found = told(fast.backward, *map(list, zip(*rows, strict=True)))
    if isinstance(expected, str):
        assert (found, ours.reached) == (expected, False)
    elif isinstance(found, str):
        assert found.startswith("total gave") or "backward through" in found
    elif ours.reached:
        assert ours.grad == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_each_row_is_run_once_and_each_has_its_passes_before_the_next():
    seen = []

    def f(x):
        seen.append(x.data)
        return autograd.sqrt(x)

    fast = autograd.compile(f, in_axes=0, reduce="mean")
    with debug(), pytest.raises(NonFiniteError, match=r"adjoint 0.25 × partial inf"):
        fast.value_and_grad([4.0, 0.0, 9.0, 16.0])
    assert seen == [4.0, 0.0]
    with debug():
        assert fast.value_and_grad([4.0, 1.0]) == (1.5, [0.125, 0.25])
    assert seen == [4.0, 0.0, 4.0, 1.0]


def test_a_sum_over_rows_that_is_not_finite_is_reported():
    w = Value(1.0)
    fast = autograd.compile(lambda x: x * w, in_axes=0, reduce="sum")
    by_w = autograd.compile(lambda x: x * (w - 1.0), in_axes=0, reduce="sum")
    with debug():
        with pytest.raises(NonFiniteError, match=r"total gave inf .*\n  recorded at .*_debug\.py"):
            fast([8e307] * 3)
        with pytest.raises(NonFiniteError, match=r"backward through sub .*\n.* at .*_debug\.py"):
            by_w.backward([8e307] * 3)
        assert not w.reached
        assert autograd.compile(lambda x: x * w, in_axes=0)([8e307] * 3) == [8e307] * 3


def test_what_is_hidden_is_found():
    fast = autograd.compile(lambda x: autograd.relu(autograd.log(x)) + 0.0 * (1.0 / x))
    assert fast(1.0) == 0.0
    with debug(), pytest.raises(NonFiniteError, match=r"^log gave -inf of finite operands \(0.0\)"):
        fast(0.0)
    fast = autograd.compile(lambda x: autograd.relu(-autograd.sqrt(x)) - autograd.sqrt(x))
    with debug(), pytest.raises(NonFiniteError, match=r"adjoint -1.0 × partial inf"):
        fast.value_and_grad(0.0)


def test_a_compiled_derivative_reports_the_line_of_the_function():
    slope = autograd.compile(autograd.grad(lambda x: autograd.sqrt(x)))
    assert slope(4.0) == 0.25
    with debug(), pytest.raises(NonFiniteError, match=r"(?s)^backward thr.* in <lambda>$"):
        slope(0.0)


def noisy(source):
    """A function that draws, and what it draws from."""

    def draw(count):
        return [source.gauss(0.0, 1.0) for _ in range(count)]

    def f(x):
        first = random_input(draw, 2)
        return (x * first[0] + first[1]) * random_input(draw, 1)[0]

    return f


def test_it_draws_as_many_numbers_as_ever():
    ours, theirs = random.Random(5), random.Random(5)
    eager, fast = noisy(ours), autograd.compile(noisy(theirs), in_axes=0, reduce="sum")
    for rows in ([1.0, 2.0], [3.0]):
        for mode in (debug, autograd.no_grad):
            with mode():
                assert fast(rows) == sum(eager(x) for x in rows)
                fast.value_and_grad(rows)
            for x in rows:
                eager(x)
    assert ours.random() == theirs.random()


def test_a_leaf_becomes_a_number_once():
    seen = Value(1.0, label="seen")

    def f(x):
        before = autograd.detach(seen)
        assign(seen, seen + x)
        return autograd.sqrt(x * before) * seen

    fast = autograd.compile(f)
    with debug():
        assert (fast(3.0), seen.data) == (3.0**0.5 * 4.0, 4.0)
        z, by_x = fast.value_and_grad(1.0)
        assert (z, by_x, seen.data) == (10.0, 5.0, 5.0)
        assert (fast.backward(5.0), seen.data, seen.grad) == (50.0, 10.0, 5.0)
        for call in (fast.value_and_grad, lambda x: fast.backward(Value(x))):
            with pytest.raises(NonFiniteError, match="backward through sqrt"):
                call(0.0)
        with pytest.raises(NonFiniteError, match=r"mul gave inf of finite operands \(1e\+308, 10"):
            fast(1e308)
    assert seen.grad == 5.0


def test_it_leaves_no_trace_and_the_next_call_replays():
    calls = []

    def f(x):
        calls.append("called")
        return autograd.sqrt(x)

    fast = autograd.compile(f)
    with debug():
        assert (fast(4.0), fast(4.0), len(calls), fast.programs) == (2.0, 2.0, 2, [])
    assert (fast(9.0), fast(16.0), len(calls)) == (3.0, 4.0, 3)
    with debug():
        assert fast.value_and_grad(4.0) == (2.0, 0.25)
    assert (fast.value_and_grad(4.0), len(calls)) == ((2.0, 0.25), 4)


def test_more_ways_than_a_compiled_function_may_have_are_none_too_many():
    fast = autograd.compile(lambda x: x * sum(k for k in range(80) if x == k), in_axes=0)
    with debug():
        assert fast([float(k) for k in range(80)]) == [float(k * k) for k in range(80)]


def test_another_thread_replays():
    fast = autograd.compile(lambda x: 1.0 / x)
    with debug(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(fast, 0.0).result() == float("inf")


def test_a_descent_below_python_is_refused():
    w, rate = Value(1.0), Value(0.1)
    loss = autograd.compile(lambda x: w * x, in_axes=0, reduce="mean")
    if autograd.backend == "native":
        with (
            debug(),
            pytest.raises(autograd.TraceError, match=r"compiled training loop in debug\(\)"),
        ):
            loss.training_loop([1.0], parameters=[w], rate=rate)


def test_gradients_that_overflow_together_are_reported_as_in_eager():
    x = Value(1.0, label="x")
    fast = autograd.compile(lambda: x * 1e308)
    with debug():
        fast.backward()
        with pytest.raises(NonFiniteError, match=r"two passes add up to inf for 'x' \(data=1.0\)"):
            fast.backward()
    assert x.grad == 1e308


def repeating(x, y):
    weight = autograd.exp(y) + autograd.exp(y)  # which a pass would compute once
    square = x * x
    return weight * autograd.sqrt(square)


def test_the_line_is_right_where_passes_would_have_changed_the_program():
    fast = autograd.compile(repeating)
    assert fast.value_and_grad(3.0, 0.0) == (6.0, 2.0)
    expected = told(value_and_grad(repeating), 0.0, 0.0)
    assert expected.startswith("backward through sqrt of finite operands (0.0) is not finite: ")
    assert told(fast.value_and_grad, 0.0, 0.0) == expected


def test_rows_that_branch_otherwise_hand_over_to_their_own_leaves():
    u, v = Value(2.0), Value(3.0)
    fast = autograd.compile(lambda x: u * x if x > 0.0 else v * x * x, in_axes=0, reduce="sum")
    with debug():
        assert fast.backward([1.0, -2.0, 4.0]) == 22.0
    assert (u.grad, v.grad) == (5.0, 4.0)
