"""Batches: the rows to learn from, split into training and validation, dealt in batches."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograd.extend import settings
from nn.modules.dataset import Rows, read_rows

__all__ = ["Batches", "split"]


def split(rows: Rows, validation: Any, seed: int | None) -> tuple[Rows, Rows | None]:
    """Return the training rows and the validation rows.

    Args:
        rows: all of them.
        validation: None, the share of the rows to hold out, or a pair (X, y) of other rows.
        seed: decides which rows are held out.

    Raises:
        ValueError: when it is none of these, or would leave no row on one side.
    """
    if validation is None:
        return rows, None
    if isinstance(validation, tuple | list) and len(validation) == 2:
        return rows, read_rows(*validation)
    count = len(rows.inputs)
    expected = "expected validation as a share in (0, 1) or (X, y)"
    held = max(1, round(count * settings.real(validation, expected, lambda x: 0.0 < x < 1.0)))
    if held == count:
        raise ValueError(f"validation={validation!r} of {count} rows leaves none to train on")
    order = shuffled(count, random.Random(seed))
    return rows.pick(sorted(order[held:])), rows.pick(sorted(order[:held]))


@dataclass
class Batches:
    """Deals the positions of the rows in batches, in a new order each epoch.

    Args:
        count: how many rows.
        size: rows per batch; None for all of them, which then keep their order.
        shuffle: whether to deal in a random order.
        rng: where the order comes from.

    Raises:
        ValueError: when size is no integer of at least 1.

    >>> list(Batches(5, 2, False, random.Random(0)).epoch())
    [[0, 1], [2, 3], [4]]
    """

    count: int
    size: int | None
    shuffle: bool
    rng: random.Random

    def __post_init__(self) -> None:
        if self.size is not None:
            self.size = settings.whole(self.size, "expected batch_size ≥ 1 or None", 1)

    @property
    def first(self) -> int:
        """How many rows the first batch has: as many as all others but perhaps the last."""
        return min(self.size or self.count, self.count)

    @property
    def alike(self) -> bool:
        """Whether every epoch deals the same batches in the same order."""
        return not self.shuffle or self.first == self.count

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return -(-self.count // self.first)

    def epoch(self) -> Iterator[list[int]]:
        """Yield lists of positions; the last one may be shorter."""
        size = self.first
        order = list(range(self.count))
        if not self.alike:
            order = shuffled(self.count, self.rng)
        for start in range(0, self.count, size):
            yield order[start : start + size]


def shuffled(count: int, rng: random.Random) -> list[int]:
    order = list(range(count))
    rng.shuffle(order)
    return order
