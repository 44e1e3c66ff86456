"""Batch: arguments that differ from row to row, laid out as one float64 array, row by row."""

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd.compiler.runtime.signature import (
    Leaf,
    float64,
    is_buffer,
    is_number,
    named_numbers,
    size,
)

__all__ = ["Column", "columns_of", "interleave", "require_as_many", "rows_in"]

# How an argument nests: see signature.py.
Shape = Any
PLAIN = {float, int}


class Column(NamedTuple):
    """The numbers of an argument that differs from row to row.

    Args:
        shape: of one row.
        rows: how many rows.
        numbers: rows × width float64, row by row.
        width: how many numbers a row has.
        leaves: the Values among them.
    """

    shape: Shape
    rows: int
    numbers: Any
    width: int
    leaves: list[Leaf]


def columns_of(x: Any, name: str) -> Column:
    """Read an argument whose outermost level is its rows.

    Raises:
        ValueError: when its rows do not nest alike, or there are none.
        TypeError: when it has no rows.
    """
    if isinstance(x, list | tuple):
        return rows_of(x, name)
    require_rows(x, name)
    view = float64(x)
    length, *others = view.shape or ()
    below: Shape = (type(x), tuple(others)) if others else float
    numbers = view if view.c_contiguous else array("d", view.tobytes())
    return Column(below, length, numbers, size(below), [])


def require_rows(x: Any, name: str) -> None:
    """Raise TypeError unless an argument that is no list or tuple has rows."""
    if is_number(x) or not is_buffer(x):
        raise TypeError(
            f"expected rows as {name}, since in_axes says 0: a list of them or a buffer of "
            f"float64, got a {type(x).__name__}"
        )


def rows_in(x: Any, name: str) -> list[Any]:
    """The rows of an argument, as f gets them.

    Raises:
        TypeError: when it has none.
    """
    if isinstance(x, list | tuple):
        return list(x)
    require_rows(x, name)
    return float64(x).tolist()


def rows_of(x: Sequence[Any], name: str) -> Column:
    """Read a list of rows."""
    numbers: array[float] = array("d")
    leaves: list[Leaf] = []
    first, *others = x or [()]
    shape = named_numbers(first, numbers, leaves, name)
    width = size(shape)
    if quick(shape, others):
        numbers.extend(chain.from_iterable(others) if width > 1 or shape is not float else others)
    else:
        for i, row in enumerate(others, 1):
            other = named_numbers(row, numbers, leaves, name)
            if other != shape:
                raise ValueError(
                    f"expected the rows of {name} to nest alike, got {shown(shape)} as row 0 and "
                    f"{shown(other)} as row {i}"
                )
    return Column(shape, len(x), numbers, width, leaves)


def quick(shape: Shape, rows: Sequence[Any]) -> bool:
    """Whether all rows are plain lists of as many floats, or plain floats."""
    if shape is float:
        return PLAIN.issuperset(map(type, rows))
    if not (isinstance(shape[1], int) and shape[0] in (list, tuple)):
        return False
    return (
        {shape[0]}.issuperset(map(type, rows))
        and {shape[1]}.issuperset(map(len, rows))
        and PLAIN.issuperset(map(type, chain.from_iterable(rows)))
    )


def shown(shape: Shape) -> str:
    """A shape in words."""
    if shape is float:
        return "a number"
    names = f", {', '.join(map(str, shape[1]))}," if shape[0] is dict else ""
    return f"a {shape[0].__name__} of {size(shape)} numbers{names}"


def require_as_many(counts: Sequence[int], name: str) -> int:
    """Return how many rows there are.

    Raises:
        ValueError: when there are not as many in each part, or none.
    """
    rows = counts[0] if counts else 0
    if any(count != rows for count in counts):
        listed = ", ".join(map(str, counts))
        raise ValueError(f"expected as many rows in each part of {name}, got {listed}")
    if not rows:
        raise ValueError(f"expected at least one row in {name}, got none")
    return rows


def interleave(columns: Sequence[Column], name: str) -> tuple[Any, int, int]:
    """Return the numbers of several arguments row by row, how many rows, and how wide they are.

    Raises:
        ValueError: when they have different numbers of rows, or none.
    """
    rows = require_as_many([c.rows for c in columns], name)
    width = sum(c.width for c in columns)
    if len(columns) == 1:
        return columns[0].numbers, rows, width
    views = [(memoryview(c.numbers).cast("B"), 8 * c.width) for c in columns]
    parts = [view[row * step : (row + 1) * step] for row in range(rows) for view, step in views]
    joined: array[float] = array("d")
    joined.frombytes(b"".join(parts))
    return joined, rows, width
