"""Training in C: held against the same steps taken in Python."""

import math
import random
from array import array

import pytest

from autograd.engine import native
from tests.tapes import Program, flat, layers, random_rows, zeros

pytestmark = pytest.mark.skipif(
    native is None, reason="the C accelerator is not built, or switched off"
)
INF = math.inf


def sgd(momentum=False):
    """P = p - lr g, or with v = 0.9 v + g; settings are (lr, t)."""
    if not momentum:
        return Program([], 2, 2, [("mul", [0, 3]), ("sub", [2, 4])], [5])
    steps = [("mul", [0, 5]), ("add", [6, 4]), ("mul", [1, 7]), ("sub", [3, 8])]
    return Program([0.9], 2, 3, steps, [9, 7])


def by_hand(program, uniforms, rows, order, batch, lr, momentum, max_norm=INF):
    uniforms, velocity, losses = list(uniforms), [0.0] * len(uniforms), []
    for start in range(0, len(order), batch):
        chosen = [rows[i] for i in order[start : start + batch]]
        seeds = [[1 / len(chosen)]] * len(chosen)
        values, grads, _, _ = program.differentiate(uniforms, chosen, seeds)
        losses.append(sum(v for (v,) in values) / len(chosen))
        norm = math.hypot(*grads)
        grads = [g * max_norm / norm for g in grads] if norm > max_norm else grads
        velocity = [0.9 * v + g if momentum else g for v, g in zip(velocity, grads, strict=True)]
        uniforms = [p - lr * v for p, v in zip(uniforms, velocity, strict=True)]
    return losses, uniforms, velocity


class Lesson:
    """All the buffers of a call of train."""

    def __init__(self, rows=50, batch=8, momentum=False, lr=0.1):
        self.program, uniforms = layers([3, 5, 2])
        self.rows, self.batch, self.momentum, self.lr = random_rows(rows, 3), batch, momentum, lr
        self.order = array("q", random.Random(5).choices(range(rows), k=2 * rows))
        self.uniforms = self.start = array("d", uniforms)
        self.uniforms = self.start[:]
        self.parameters = array("q", range(len(uniforms)))
        self.state = zeros(len(uniforms) * momentum)
        self.settings = array("d", [lr, 0.0])
        self.losses = zeros(-(-len(self.order) // batch))
        self.update = sgd(momentum)

    def run(self, **changes):
        given = {
            "update": self.update.tape, "columns": flat(self.rows), "order": self.order,
            "batch": self.batch, "uniforms": self.uniforms, "parameters": self.parameters,
            "state": self.state, "settings": self.settings, "losses": self.losses, **changes,
        }  # fmt: skip
        return self.program.tape.train(**given)

    def expected(self, max_norm=INF):
        return by_hand(
            self.program, self.start, self.rows, list(self.order), self.batch, self.lr,
            self.momentum, max_norm,
        )  # fmt: skip


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


def test_training_clips_the_whole_gradient_s_norm():
    lesson = Lesson()
    lesson.run(max_norm=0.25)
    losses, uniforms, _ = lesson.expected(max_norm=0.25)
    assert list(lesson.losses) == pytest.approx(losses, rel=1e-11)
    assert list(lesson.uniforms) == pytest.approx(uniforms, rel=1e-9)
    assert losses != pytest.approx(lesson.expected()[0], rel=1e-3)


def test_only_the_parameters_are_trained():
    lesson = Lesson()
    lesson.run(parameters=array("q", [4, 2]), state=zeros(0))
    moved = [i for i, x in enumerate(lesson.start) if lesson.uniforms[i] != x]
    assert moved == [2, 4]


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
