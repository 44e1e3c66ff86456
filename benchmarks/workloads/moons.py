"""micrograd's demo: training a 2-16-16-1 ReLU network on 100 points of two moons.

The step is that of micrograd's notebook: max-margin loss, L2 penalty, backward, plain descent.
What counts is the mean step of a run, because a step leaves garbage to the steps after it.

usage: moons.py ENGINE STEPS
"""

import json
import math
import random
import sys
import time
from collections.abc import Callable
from typing import Any


def moons(count: int, rng: random.Random) -> tuple[list[list[float]], list[int]]:
    """Return two interleaved half circles with noise, and their labels −1 and 1."""
    rows, labels = [], []
    for i in range(count):
        angle = rng.uniform(0.0, math.pi)
        upper = i % 2 == 0
        x, y = math.cos(angle), math.sin(angle)
        x, y = (x, y) if upper else (1.0 - x, 0.5 - y)
        rows.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        labels.append(-1 if upper else 1)
    return rows, labels


def micrograd_step(model: Any, rows: Any, labels: Any) -> float:
    """One step as micrograd's notebook has it."""
    scores = [model(list(row)) for row in rows]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    return float(loss.data)


def glassgrad_step(model: Any, rows: Any, labels: Any) -> float:
    """The same step in glassgrad's words."""
    import nn  # noqa: PLC0415 - micrograd's environment has no such package
    from autograd import dot  # noqa: PLC0415

    parameters = model.parameters()
    loss = nn.hinge([model(row) for row in rows], labels) + 1e-4 * dot(parameters, parameters)
    model.zero_grad()
    loss.backward()
    for p in parameters:
        p.data -= 0.1 * p.grad
    return float(loss.data)


def timed(step: Callable[[], float], steps: int) -> dict[str, Any]:
    first = step()  # apart: it warms up
    start = time.perf_counter()
    losses = [step() for _ in range(steps)]
    return {"total": (time.perf_counter() - start) / steps, "losses": [first, *losses]}


def main() -> None:
    engine, steps = sys.argv[1], int(sys.argv[2])
    rows, labels = moons(100, random.Random(1337))
    if engine == "micrograd":
        from micrograd.nn import MLP  # noqa: PLC0415
    else:
        from nn import MLP  # noqa: PLC0415
    model = MLP(2, [16, 16, 1])
    rng = random.Random(0)
    for p in model.parameters():
        p.data = rng.uniform(-0.5, 0.5)
    step = micrograd_step if engine == "micrograd" else glassgrad_step
    print(json.dumps(timed(lambda: step(model, rows, labels), steps)))


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    main()
