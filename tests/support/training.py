"""A training step of the native tape, called as the compiler calls it."""

import math
import random
from array import array

from tests.support.tapes import Program, flat, layers, random_rows, zeros

INF = math.inf


def sgd(momentum=False):
    """P = p - lr g, or with v = 0.9 v + g; settings are (lr, t)."""
    if not momentum:
        return Program([], 2, 2, [("mul", [0, 3]), ("sub", [2, 4])], [5])
    steps = [("mul", [0, 5]), ("add", [6, 4]), ("mul", [1, 7]), ("sub", [3, 8])]
    return Program([0.9], 2, 3, steps, [9, 7])


def by_hand(program, uniforms, rows, order, batch, lr, momentum, max_norm=INF, trained=None):
    uniforms, velocity, losses = list(uniforms), [0.0] * len(uniforms), []
    moves = [trained is None or i in trained for i in range(len(uniforms))]
    for start in range(0, len(order), batch):
        chosen = [rows[i] for i in order[start : start + batch]]
        seeds = [[1 / len(chosen)]] * len(chosen)
        values, grads, _, _ = program.differentiate(uniforms, chosen, seeds)
        losses.append(sum(v for (v,) in values) / len(chosen))
        grads = [g if moved else 0.0 for g, moved in zip(grads, moves, strict=True)]
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
