"""What a compiled function draws at random is drawn afresh at each replay."""

import random

import pytest

import autograd
from autograd import TraceError, Value
from autograd.extend import random_input
from nn import Dropout, Layer, Sequential

pytestmark = pytest.mark.compiled


def tosses(seed):
    coins = random.Random(seed)
    return lambda count: [float(coins.randrange(2)) for _ in range(count)]


def test_outside_a_trace_it_is_what_was_drawn():
    assert random_input(lambda count: [0.5] * count, 3) == [0.5, 0.5, 0.5]


def test_each_replay_and_each_row_draws_afresh():
    draw = tosses(1)
    fast = autograd.compile(lambda x: x * random_input(draw, 1)[0], in_axes=0)
    results = {tuple(fast([1.0] * 8)) for _ in range(8)}
    assert len(results) == 8
    assert {x for row in results for x in row} == {0.0, 1.0}
    assert len(fast.programs) == 1


def test_the_gradient_is_that_of_what_was_drawn():
    draw, w = tosses(2), Value(3.0)
    fast = autograd.compile(lambda x: w * x * random_input(draw, 1)[0], in_axes=0, reduce="sum")
    z, by_x = fast.value_and_grad([1.0, 2.0, 4.0, 8.0])
    assert set(by_x) == {0.0, 3.0}
    assert z == sum(d * x for d, x in zip(by_x, [1.0, 2.0, 4.0, 8.0], strict=True))
    fast.backward([1.0])
    assert w.grad in (0.0, 1.0)


def test_a_branch_on_random_input_is_refused():
    draw = tosses(3)

    def f(x):
        return 2.0 * x if x * random_input(draw, 1)[0] > 0.5 else -x

    with pytest.raises(TraceError, match=r"branches on a random input at .*choose with"):
        autograd.compile(f, in_axes=0)([1.0])


def test_rows_on_another_branch_draw_too():
    draw = tosses(3)

    def f(x):
        return x * random_input(draw, 1)[0] if x > 0.0 else x - random_input(draw, 1)[0]

    fast = autograd.compile(f, in_axes=0)
    results = {y for _ in range(8) for y in fast([2.0, -2.0, 2.0])}
    assert results == {0.0, 2.0, -2.0, -3.0}
    assert len(fast.programs) == 2


def test_dropout_drops_others_at_each_replay_and_none_in_eval():
    model = Sequential(Layer(2, 8, "linear", seed=0), Dropout(0.5, seed=4))
    fast = autograd.compile(model, in_axes=0)
    rows = [[1.0, -1.0]] * 4
    first, second = fast(rows), fast(rows)
    assert first != second
    model.eval()
    whole = [y.data for y in model(rows[0])]
    assert fast(rows) == [whole] * 4
    for row in (*first, *second):
        assert all(y in (0.0, 2.0 * z) for y, z in zip(row, whole, strict=True))
        assert 0 < sum(y == 0.0 for y in row) < 8 or len({*row}) > 1


def test_it_draws_what_as_many_calls_would_have_drawn():
    ours, theirs = random.Random(5), random.Random(5)

    def noisy(source):
        def draw(count):
            return [source.gauss(0.0, 1.0) for _ in range(count)]

        def f(x):
            first = random_input(draw, 2)
            return x * first[0] + first[1] + random_input(draw, 1)[0]

        return f

    eager, fast = noisy(ours), autograd.compile(noisy(theirs), in_axes=0)
    for rows in ([1.0, 2.0, 3.0], [4.0]):
        assert fast(rows) == [eager(x) for x in rows]
    assert ours.random() == theirs.random()
