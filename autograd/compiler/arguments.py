"""Arguments: trees and buffers of numbers read into flat float64 arrays, and grown back.

A shape is what a trace depends on besides numbers: how an argument nests.  It is hashable:
`float` for one number, (list, 3) for three of them, (list, (shape, ...)), (dict, names, shapes),
and (class, (n, m)) for a buffer.
"""

import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from autograd.reals import as_float
from autograd.value import Value

__all__ = ["Column", "Leaf", "columns_of", "grow", "interleave", "numbers_of", "size"]

Shape = Any
PLAIN = {float, int}


class Leaf(NamedTuple):
    """A Value among the arguments, and which of the numbers read is its."""

    place: int
    value: Value


def is_number(x: Any) -> bool:
    return hasattr(type(x), "__float__") and not hasattr(type(x), "__len__")


def numbers_of(x: Any, into: "array[float]", leaves: list[Leaf]) -> Shape:
    """Append the numbers of an argument to an array; return its shape.

    Args:
        x: a number, a Value, a buffer of float64, or lists, tuples and dicts of these.
        into: where its numbers go.
        leaves: where the Values go that are among them.

    Raises:
        TypeError: when something is no real number, or a buffer of another format.
    """
    kind = type(x)
    if kind is float:
        into.append(x)
        return float
    if isinstance(x, Value):
        leaves.append(Leaf(len(into), x))
        into.append(x._data)
        return float
    if isinstance(x, dict):
        return dict, tuple(x), tuple([numbers_of(each, into, leaves) for each in x.values()])
    if isinstance(x, list | tuple):
        if PLAIN.issuperset(map(type, x)):
            into.extend(x)
            return kind, len(x)
        return kind, flat([numbers_of(each, into, leaves) for each in x])
    if not is_number(x) and is_buffer(x):
        view = float64(x)
        into.frombytes(view.tobytes())
        return kind, view.shape
    into.append(as_float(x))
    return float


def flat(shapes: list[Shape]) -> Any:
    """The shapes of a list's items, or how many they are when each is one number."""
    return len(shapes) if all(shape is float for shape in shapes) else tuple(shapes)


def is_buffer(x: Any) -> bool:
    if isinstance(x, str | bytes | bytearray):
        return False
    try:
        return memoryview(x).ndim > 0
    except (TypeError, ValueError):
        return False


def float64(x: Any) -> memoryview:
    """A buffer's view.

    Raises:
        TypeError: when it holds anything but float64.
    """
    view = memoryview(x)
    if view.format != "d":
        raise TypeError(
            f"expected a buffer of float64 (format 'd'), got a {type(x).__name__} of format "
            f"{view.format!r}; convert it first: x.astype(float), array('d', x)"
        )
    return view


def size(shape: Shape) -> int:
    """How many numbers a shape has."""
    if shape is float:
        return 1
    if shape[0] is dict:
        return sum(map(size, shape[2]))
    below = shape[1]
    if isinstance(below, int):
        return below
    if issubclass(shape[0], list | tuple):
        return sum(map(size, below))
    count = 1
    for length in below:
        count *= length
    return count


def nested(kind: type, shape: tuple[int, ...], leaves: Iterator[Any]) -> Any:
    """A buffer as f gets it: nested lists."""
    if len(shape) == 1:
        return list(islice(leaves, shape[0]))
    return [nested(kind, shape[1:], leaves) for _ in range(shape[0])]


def shaped(kind: type, shape: tuple[int, ...], leaves: Iterator[Any]) -> Any:
    """A buffer as a caller gets it: an array of numbers, NumPy's where one was given."""
    numbers = array("d", islice(leaves, size((kind, shape))))
    view = memoryview(numbers)
    if len(shape) > 1:
        view = view.cast("B").cast("d", shape)
    numpy = sys.modules.get("numpy")
    return numpy.asarray(view) if numpy and issubclass(kind, numpy.ndarray) else view


def grow(shape: Shape, leaves: Iterator[Any], buffer: Callable[..., Any] = nested) -> Any:
    """Return a tree of that shape with these leaves.

    Args:
        shape: from `numbers_of`.
        leaves: its numbers or Values, in order.
        buffer: makes what stands for a buffer.
    """
    if shape is float:
        return next(leaves)
    kind, below = shape[0], shape[1]
    if kind is dict:
        return {
            name: grow(each, leaves, buffer) for name, each in zip(below, shape[2], strict=True)
        }
    if not issubclass(kind, list | tuple):
        return buffer(kind, below, leaves)
    if isinstance(below, int):
        items = list(islice(leaves, below))
    else:
        items = [grow(each, leaves, buffer) for each in below]
    if kind is list:
        return items
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


# -- rows -----------------------------------------------------------------------------------------


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
    """Read an argument whose outermost level is its rows; of a dict, that of each entry.

    Raises:
        ValueError: when its rows do not nest alike, or there are none.
        TypeError: when it has no rows.
    """
    if isinstance(x, dict):
        found = [columns_of(each, f"{name}[{key!r}]") for key, each in x.items()]
        numbers, rows, width = interleave(found, name)
        if any(each.leaves for each in found):
            raise TypeError(f"expected numbers in the dict {name}, got Values")
        return Column((dict, tuple(x), tuple([c.shape for c in found])), rows, numbers, width, [])
    if isinstance(x, list | tuple):
        return rows_of(x, name)
    if is_number(x) or not is_buffer(x):
        raise TypeError(
            f"expected rows as {name}, since in_axes says 0: a list of them or a buffer of "
            f"float64, got a {type(x).__name__}"
        )
    view = float64(x)
    below: Shape = (type(x), view.shape[1:]) if view.ndim > 1 else float
    numbers = view if view.c_contiguous else array("d", view.tobytes())
    return Column(below, view.shape[0], numbers, size(below), [])


def rows_of(x: Sequence[Any], name: str) -> Column:
    """Read a list of rows."""
    numbers: array[float] = array("d")
    leaves: list[Leaf] = []
    first, *others = x or [()]
    shape = numbers_of(first, numbers, leaves)
    width = size(shape)
    if quick(shape, others):
        numbers.extend(chain.from_iterable(others) if width > 1 or shape is not float else others)
    else:
        for i, row in enumerate(others, 1):
            other = numbers_of(row, numbers, leaves)
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
    return "a number" if shape is float else f"a {shape[0].__name__} of {size(shape)} numbers"


def interleave(columns: Sequence[Column], name: str) -> tuple[Any, int, int]:
    """Return the numbers of several arguments row by row, how many rows, and how wide they are.

    Raises:
        ValueError: when they have different numbers of rows, or none.
    """
    rows = columns[0].rows if columns else 0
    if any(c.rows != rows for c in columns):
        counts = ", ".join(str(c.rows) for c in columns)
        raise ValueError(f"expected as many rows in each part of {name}, got {counts}")
    if not rows:
        raise ValueError(f"expected at least one row in {name}, got none")
    width = sum(c.width for c in columns)
    if len(columns) == 1:
        return columns[0].numbers, rows, width
    views = [(memoryview(c.numbers).cast("B"), 8 * c.width) for c in columns]
    parts = [view[row * step : (row + 1) * step] for row in range(rows) for view, step in views]
    joined: array[float] = array("d")
    joined.frombytes(b"".join(parts))
    return joined, rows, width
