"""The rows to learn from: checked, split into training and validation, dealt in batches."""

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd import Value
from autograd.extend import settings
from nn.rows import as_data, is_number

__all__ = ["Batches", "Rows", "read_rows", "split"]


class Rows(NamedTuple):
    """n inputs and their n targets."""

    inputs: tuple[Any, ...]
    targets: tuple[Any, ...]

    def pick(self, chosen: Iterable[int]) -> "Rows":
        """Return the rows at these positions, in this order."""
        at = list(chosen)
        return Rows(tuple(self.inputs[i] for i in at), tuple(self.targets[i] for i in at))


def read_rows(x: Any, y: Any) -> Rows:
    """Return inputs and targets as tuples of numbers.

    Args:
        x: n rows: lists, tuples, arrays, bare numbers.
        y: n targets.

    Raises:
        ValueError: when there is none, their counts differ, or one has a nan; says in which row.
        TypeError: when an entry is no real number.

    >>> read_rows([[1, 2], [3, 4]], [0, 1])
    Rows(inputs=((1.0, 2.0), (3.0, 4.0)), targets=(0, 1))
    """
    require_rows("X", x)
    require_rows("y", y)
    inputs, targets = tuple(map(as_data, x)), tuple([as_data(t, integers=True) for t in y])
    if len(inputs) != len(targets):
        raise ValueError(
            f"expected one target per row, got {len(inputs)} rows in X and {len(targets)} in y"
        )
    if not inputs:
        raise ValueError("expected at least one row in X, got none")
    for name, rows in (("X", inputs), ("y", targets)):
        for i, row in enumerate(rows):
            if has_nan(row):
                raise ValueError(f"expected numbers, got nan in row {i} of {name}")
    return Rows(inputs, targets)


def require_rows(name: str, rows: Any) -> None:
    """Raise TypeError for what is no sequence of rows, or yields names instead of them."""
    kind = type(rows).__name__
    if hasattr(rows, "columns") and hasattr(rows, "to_numpy"):
        raise TypeError(
            f"expected rows as {name}, got a {kind}, which yields the names of its "
            f"columns: pass {name}.to_numpy()"
        )
    if isinstance(rows, Mapping):
        raise TypeError(
            f"expected rows as {name}, got a {kind}, which yields its keys: pass a list "
            f"of rows, [*zip(*{name}.values())]"
        )
    if not is_number(rows) and name == "y" and any(isinstance(t, str) for t in rows):
        raise TypeError("expected numbers as y, got a str: number the classes from 0")
    if is_number(rows):
        raise TypeError(f"expected a sequence of rows as {name}, got {rows!r:.40}")


def has_nan(x: Any) -> bool:
    if isinstance(x, tuple):
        return any(map(has_nan, x))
    return math.isnan(x.data if isinstance(x, Value) else x)


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
