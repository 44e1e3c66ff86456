"""A dataset: n inputs and their n targets, checked."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from autograd import Value
from nn.modules.rows import as_data, is_number

__all__ = ["Rows", "read_rows"]


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
