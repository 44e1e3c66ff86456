"""A small GPT that learns names letter by letter, in plain operators on any scalar Value.

One block of width 16 with 4 heads: rmsnorm, causal attention, a ReLU layer four times as wide;
cross-entropy, backward, plain descent.  A step is one name.  Sums of products are
`sum(map(mul, ...))`, so that the engines are measured, not Python's generators.

usage: gpt.py ENGINE NAME...
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import mul
from typing import Any

WIDTH, HEADS, CONTEXT = 16, 4, 16
HEAD = WIDTH // HEADS
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The token before the first letter and after the last.
END = len(LETTERS)
SHAPES = {
    "token": (END + 1, WIDTH),
    "position": (CONTEXT, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "mix": (WIDTH, WIDTH),
    "wide": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "score": (END + 1, WIDTH),
}


def new_model(Value: Any) -> dict[str, Any]:  # noqa: N803 - the class of either engine
    rng = random.Random(0)
    return {
        name: [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in SHAPES.items()
    }


def linear(x: list[Any], weights: list[list[Any]]) -> list[Any]:
    return [sum(map(mul, row, x)) for row in weights]


def add(x: list[Any], y: list[Any]) -> list[Any]:
    return [a + b for a, b in zip(x, y, strict=True)]


def highest(scores: list[Any]) -> Any:
    """What a softmax is shifted by, without a gradient."""
    return max(score.data for score in scores)


def softmax(scores: list[Any], highest: Any = highest) -> list[Any]:
    largest = highest(scores)
    powers = [(score - largest).exp() for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def rmsnorm(x: list[Any]) -> list[Any]:
    scale = (sum(v * v for v in x) * (1.0 / len(x)) + 1e-5) ** -0.5
    return [v * scale for v in x]


def attend(query: list[Any], keys: list[Any], values: list[Any], highest: Any) -> list[Any]:
    """Mix what was seen so far, in each head by how well the keys fit the query."""
    mixed = []
    for start in range(0, WIDTH, HEAD):
        head = slice(start, start + HEAD)
        scores = [sum(map(mul, query[head], key[head])) * HEAD**-0.5 for key in keys]
        weights = softmax(scores, highest)
        for column in zip(*(value[head] for value in values), strict=True):
            mixed.append(sum(map(mul, weights, column)))
    return mixed


def block(
    model: dict[str, Any],
    x: list[Any],
    keys: list[Any],
    values: list[Any],
    highest: Any = highest,
) -> list[Any]:
    normal = rmsnorm(x)
    keys.append(linear(normal, model["key"]))
    values.append(linear(normal, model["value"]))
    seen = attend(linear(normal, model["query"]), keys, values, highest)
    x = add(x, linear(seen, model["mix"]))
    wide = [v.relu() for v in linear(rmsnorm(x), model["wide"])]
    return add(x, linear(wide, model["narrow"]))


def loss_of(model: dict[str, Any], name: str) -> Any:
    """The mean surprise at each next letter."""
    tokens = [END, *map(LETTERS.index, name), END]
    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    for position, (token, target) in enumerate(pairwise(tokens)):
        x = rmsnorm(add(model["token"][token], model["position"][position]))
        x = block(model, x, keys, values)
        losses.append(-softmax(linear(x, model["score"]))[target].log())
    return sum(losses) * (1.0 / len(losses))


def step(model: dict[str, Any], parameters: list[Any], name: str) -> float:
    loss = loss_of(model, name)
    loss.backward()
    for p in parameters:
        p.data -= 0.1 * p.grad
        p.grad = 0.0
    return float(loss.data)


def trainer(Value: Any, names: Sequence[str]) -> Callable[[], list[float]]:  # noqa: N803
    """Return what takes a step for each name."""
    model = new_model(Value)
    parameters = [p for matrix in model.values() for row in matrix for p in row]
    return lambda: [step(model, parameters, name) for name in names]


def main() -> None:
    engine, *names = sys.argv[1:]
    if engine == "slots":
        from slots_value import Value  # noqa: PLC0415
    else:
        from autograd import Value  # noqa: PLC0415
    epoch = trainer(Value, names)
    start = time.perf_counter()
    losses = epoch()
    print(json.dumps({"total": (time.perf_counter() - start) / len(names), "losses": losses}))


if __name__ == "__main__":
    main()
