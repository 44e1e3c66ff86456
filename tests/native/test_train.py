"""Training in C: held against the same steps taken in Python."""

from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd.core.backend import native
from tests.support.tapes import Program, available, flat, layers, random_rows, zeros
from tests.support.training import Lesson, by_hand, sgd

pytestmark = [
    pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off"),
    pytest.mark.engine,
]


@pytest.mark.parametrize("batch", [1, 7, 8, 33, 1000])
@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_training_takes_the_steps_that_python_would_take(batch, momentum, threads):
    lesson = Lesson(batch=batch, momentum=momentum)
    assert lesson.run(threads=threads) == len(lesson.losses)
    losses, uniforms, velocity = lesson.expected()
    assert list(lesson.losses) == pytest.approx(losses, rel=1e-11)
    assert list(lesson.uniforms) == pytest.approx(uniforms, rel=1e-9)
    assert list(lesson.settings) == [0.1, len(losses)]
    if momentum:
        assert list(lesson.state) == pytest.approx(velocity, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("batch", [10, 100])
@pytest.mark.parametrize("threads", [1, 3])
def test_going_through_an_order_several_times_is_a_longer_order(batch, threads):
    once, longer = Lesson(batch=batch), Lesson(batch=batch)
    longer.order *= 4
    once.losses = longer.losses = zeros(400 // batch)
    losses = longer.losses[:]
    assert longer.run(losses=losses, threads=threads) == 400 // batch
    assert once.run(times=4, threads=threads) == 400 // batch
    assert once.uniforms == longer.uniforms
    assert once.losses == losses


@pytest.mark.parametrize(("batch", "times"), [(8, 2), (8, 0), (10, -1)])
def test_an_order_is_gone_through_in_whole_batches(batch, times):
    lesson = Lesson(batch=batch)
    with pytest.raises(ValueError, match=f"got {times} for 100 rows in batches of {batch}"):
        lesson.run(times=times)


def test_training_clips_the_whole_gradient_s_norm():
    lesson = Lesson()
    lesson.run(max_norm=0.25)
    losses, uniforms, _ = lesson.expected(max_norm=0.25)
    assert list(lesson.losses) == pytest.approx(losses, rel=1e-11)
    assert list(lesson.uniforms) == pytest.approx(uniforms, rel=1e-9)
    assert losses != pytest.approx(lesson.expected()[0], rel=1e-3)


@pytest.mark.parametrize("batch", [1, 8, 33])
def test_training_hands_over_the_other_outputs(batch):
    lesson, plain = Lesson(batch=batch), Lesson(batch=batch)
    program = lesson.program
    first, last = program.uniforms, program.outputs[0]
    neuron = first + 3 + 2
    lesson.program = Program([], first, 3, program.instructions, [last, neuron, first])
    found = zeros(2 * len(lesson.order))
    assert lesson.run(others=found) == plain.run()
    assert list(lesson.losses) == pytest.approx(list(plain.losses), rel=1e-12)
    assert list(lesson.uniforms) == pytest.approx(list(plain.uniforms), rel=1e-12)
    assert list(found[1::2]) == [lesson.rows[i][0] for i in lesson.order]
    chosen = [lesson.rows[i] for i in lesson.order[:batch]]
    alone = Program([], first, 3, program.instructions, [neuron])
    expected, _ = alone.evaluate(lesson.start, chosen)
    assert list(found[: 2 * batch : 2]) == pytest.approx([x for [x] in expected], rel=1e-12)


def mean_so_far(lr=0.1):
    """loss = (w x - m)², m becomes 0.5 m + 0.5 x; uniforms w, m."""
    steps = [("mul", [1, 3]), ("sub", [4, 2]), ("mul", [5, 5]),
             ("add", [2, 3]), ("mul", [0, 7])]  # fmt: skip
    return Program([0.5], 2, 1, steps, [6, 8], wanted=[1])


def test_training_writes_outputs_back_into_uniforms():
    rows, order = [[1.0], [2.0], [-4.0]], array("q", [0, 1, 2, 1])
    uniforms, losses, others = array("d", [0.5, 3.0]), zeros(4), zeros(4)
    done = mean_so_far().tape.train(
        sgd().tape, flat(rows), order, 1, uniforms, array("q", [0]), zeros(0),
        array("d", [0.1, 0.0]), losses, others=others, written=array("q", [1]),
    )  # fmt: skip
    assert done == 4
    w, m = 0.5, 3.0
    for i, loss, other in zip(order, losses, others, strict=True):
        [x] = rows[i]
        error = w * x - m
        assert loss == pytest.approx(error * error)
        w, m = w - 0.1 * 2.0 * error * x, 0.5 * m + 0.5 * x
        assert other == pytest.approx(m)
    assert list(uniforms) == pytest.approx([w, m])


def test_what_is_not_done_is_not_written():
    rows, order = [[1.0], [2.0], [-4.0]], array("q", [0, 1, 2, 1])
    program = mean_so_far()
    program = Program([0.5], 2, 1, program.instructions, [6, 8], [(4, 3, 0, True)], [1])
    uniforms = array("d", [0.5, 3.0])
    done = program.tape.train(
        sgd().tape, flat(rows), order, 1, uniforms, array("q", [0]), zeros(0),
        array("d", [0.1, 0.0]), zeros(4), others=zeros(4), written=array("q", [1]),
    )  # fmt: skip
    assert done == 2
    assert uniforms[1] == 0.5 * (0.5 * 3.0 + 0.5) + 1.0


def test_only_the_parameters_are_trained():
    lesson = Lesson()
    lesson.run(parameters=array("q", [4, 2]), state=zeros(0))
    moved = [i for i, x in enumerate(lesson.start) if lesson.uniforms[i] != x]
    assert moved == [2, 4]


@st.composite
def networks(draw):
    """Networks whose parameters are read by one layer each, by two neurons, or elsewhere, too."""
    sizes = draw(st.lists(st.integers(1, 19), min_size=2, max_size=4))
    activation = draw(st.sampled_from(["relu", "tanh"]))
    program, uniforms = layers(sizes, draw(st.integers(0, 9)), draw(st.booleans()), activation)
    count, instructions = len(uniforms), [(name, [*xs]) for name, xs in program.instructions]
    if draw(st.booleans()):  # a weight that another neuron has, too
        dots = [xs for name, xs in instructions[:-1] if name == "dot"]
        operands = draw(st.sampled_from(dots))
        weights = [i for i, x in enumerate(operands) if x < count]
        operands[draw(st.sampled_from(weights))] = draw(st.integers(0, count - 1))
    register = program.outputs[0]
    if draw(st.booleans()):  # a penalty, or a factor of a column
        w = draw(st.integers(0, count - 1))
        instructions.append(("mul", [w, draw(st.sampled_from([w, count]))]))
        instructions.append(("add", [register, register + 1]))
        register += 2
    return Program([], count, sizes[0], instructions, [register]), uniforms


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    networks(), st.integers(1, 130), st.sampled_from([1, 7, 16, 64, 130]), st.integers(1, 3),
    st.booleans(), st.randoms(use_true_random=False),
)  # fmt: skip
@pytest.mark.parametrize("vectors", available(), indirect=True)
def test_whoever_reads_a_parameter_trains_it(vectors, network, rows, batch, threads, momentum, rng):
    program, uniforms = network
    lesson = Lesson(batch=batch, momentum=momentum, lr=0.01)
    lesson.program, lesson.rows = program, random_rows(rows, program.columns, rng.random())
    lesson.order, lesson.losses = array("q", range(rows)), zeros(-(-rows // batch))
    lesson.start, lesson.uniforms = array("d", uniforms), array("d", uniforms)
    trained = rng.sample(range(len(uniforms)), rng.randint(1, len(uniforms)))
    if rng.random() < 0.5:
        trained = rng.sample(range(len(uniforms)), len(uniforms))
    lesson.parameters, lesson.state = array("q", trained), zeros(len(trained) * momentum)
    assert lesson.run(threads=threads) == len(lesson.losses)
    losses, expected, velocity = by_hand(
        program, uniforms, lesson.rows, list(lesson.order), batch, 0.01, momentum, trained=trained
    )
    scale = max(1.0, *map(abs, losses))
    assert list(lesson.losses) == pytest.approx(losses, rel=1e-9)
    assert list(lesson.uniforms) == pytest.approx(expected, rel=1e-9, abs=1e-11 * scale)
    if momentum:
        expected = [velocity[i] for i in trained]
        assert list(lesson.state) == pytest.approx(expected, rel=1e-8, abs=1e-10 * scale)


def test_a_parameter_that_is_there_twice_is_read_once():
    lesson, twice = Lesson(), Lesson()
    lesson.run()
    twice.parameters = array("q", [*twice.parameters, 3])
    twice.run()
    assert list(twice.uniforms) == pytest.approx(list(lesson.uniforms), rel=1e-12)


def test_training_stops_at_a_whole_step_before_a_batch_that_fails_a_guard():
    lesson = Lesson(momentum=True)
    program = lesson.program
    first = program.uniforms
    guards = [(0, first, first + 1, True)]
    lesson.rows = [sorted(row) for row in lesson.rows]
    lesson.rows[lesson.order[-1]].reverse()
    lesson.program = Program([], first, 3, program.instructions, program.outputs, guards)
    done = lesson.order.index(lesson.order[-1]) // lesson.batch
    assert lesson.run() == done > 0
    whole = Lesson(momentum=True)
    whole.program, whole.rows = lesson.program, lesson.rows
    whole.order = lesson.order[: done * lesson.batch]
    whole.losses = zeros(done)
    assert whole.run() == done
    assert lesson.uniforms == whole.uniforms
    assert lesson.state == whole.state
    assert lesson.settings == whole.settings
    assert list(lesson.losses) == [*whole.losses, *[0.0] * (len(lesson.losses) - done)]
