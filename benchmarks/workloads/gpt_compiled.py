"""The small GPT of gpt.py for `autograd.compile`: letters are rows of zeros and a one.

A trace knows its tokens by their numbers, so a name is data; only its length is the trace's own.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import gpt

from autograd import Value, compile, detach, dot, log, maximum

__all__ = ["trainer"]

RATE = 0.1
TOKENS = gpt.END + 1
ROWS = [array("d", [float(i == j) for j in range(TOKENS)]) for i in range(TOKENS)]


def trainer(names: Sequence[str]) -> Callable[[], list[float]]:
    """Return what takes a step of plain descent for each name, those of one length at a time."""
    model, rate = gpt.new_model(Value), Value(RATE)
    parameters = [p for matrix in model.values() for row in matrix for p in row]
    loss = compile(lambda *rows: loss_of(model, *rows), in_axes=0, reduce="mean")
    groups = [list(group) for _, group in groupby(names, len)]
    descents = [loss.training_loop(*rows_of(g), parameters=parameters, rate=rate) for g in groups]

    def moved(p: Any, g: Any) -> tuple[Any]:
        return (p - rate * g,)

    def epoch() -> list[float]:
        found: list[float] = []
        for descent, group in zip(descents, groups, strict=True):
            found += descent.run(moved, [()] * len(parameters), range(len(group)), 1).losses
        return found

    return epoch


def rows_of(names: Sequence[str]) -> tuple[Any, Any]:
    """Return the letters before and after each step, for names of one length."""
    tokens = [[gpt.END, *map(gpt.LETTERS.index, name), gpt.END] for name in names]
    return table([each[:-1] for each in tokens]), table([each[1:] for each in tokens])


def table(tokens: list[list[int]]) -> Any:
    numbers = b"".join([ROWS[token].tobytes() for each in tokens for token in each])
    return memoryview(numbers).cast("d", (len(tokens), len(tokens[0]), TOKENS))


def loss_of(model: dict[str, Any], seen: list[Any], next_letters: list[Any]) -> Any:
    """The mean surprise at each next letter, as in gpt.py."""
    losses = [
        -log(dot(gpt.softmax(scores, highest), letter))
        for scores, letter in zip(scores_of(model, seen), next_letters, strict=True)
    ]
    return sum(losses) * (1.0 / len(losses))


def scores_of(model: dict[str, Any], seen: list[Any]) -> Iterator[list[Any]]:
    keys: list[Any] = []
    values: list[Any] = []
    for row, position in zip(seen, model["position"], strict=False):
        token = [dot(row, column) for column in zip(*model["token"], strict=True)]
        x = gpt.block(model, gpt.rmsnorm(gpt.add(token, position)), keys, values, highest)
        yield gpt.linear(x, model["score"])


def highest(scores: list[Any]) -> Any:
    """What a softmax is shifted by, without a gradient."""
    return detach(maximum(*scores))
