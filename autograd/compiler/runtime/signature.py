"""Signature: trees and buffers of numbers read into flat float64 arrays, and grown back.

A shape is what a trace depends on besides numbers: how an argument nests.  It is hashable:
`float` for one number, (list, 3) for three of them, (list, (shape, ...)), (dict, names, shapes),
and (class, (n, m)) for a buffer.
"""

import sys
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from autograd.compiler.tracing.keys import keys_of
from autograd.core.backend import accelerated
from autograd.core.ieee754 import as_float
from autograd.value import Value

__all__ = [
    "Leaf", "flat", "float64", "grow", "grow_like", "is_buffer", "is_buffer_shape", "is_like",
    "is_number", "named_numbers", "numbers_of", "read_like", "repeated", "shape_of", "shaped",
    "size", "without_buffers",
]  # fmt: skip

Shape = Any
PLAIN = {float, int}


class Leaf(NamedTuple):
    """A Value among the arguments, and which of the numbers read is its."""

    place: int
    value: Value


def is_number(x: Any) -> bool:
    """Whether x is one real number, no buffer of them."""
    return hasattr(type(x), "__float__") and not hasattr(type(x), "__len__")


# One return per kind of argument is the clearest form.
def numbers_of(  # noqa: PLR0911
    x: Any, into: "array[float]", leaves: list[Leaf]
) -> Shape:
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
        return dict, keys_of(x), tuple([numbers_of(each, into, leaves) for each in x.values()])
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


def named_numbers(x: Any, into: "array[float]", leaves: list[Leaf], name: str) -> Shape:
    """`numbers_of` an argument, or of a row of it, whose errors begin with what it is called."""
    try:
        return numbers_of(x, into, leaves)
    except TypeError as error:
        number = is_number(x) or is_buffer(x)
        keyword = "" if number else "; what is no number is given by keyword"
        raise TypeError(f"{name}: {error}{keyword}") from error


def flat(shapes: list[Shape]) -> Any:
    """The shapes of a list's items, or how many they are when each is one number."""
    return len(shapes) if all(shape is float for shape in shapes) else tuple(shapes)


def is_buffer(x: Any) -> bool:
    """Whether x has the buffer protocol, and at least one dimension."""
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


def without_buffers(x: Any) -> Any:
    """A tree with nested lists for its buffers, as a function that is traced gets them."""
    if isinstance(x, dict):
        return {name: without_buffers(each) for name, each in x.items()}
    if isinstance(x, list | tuple):
        items = [without_buffers(each) for each in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    return float64(x).tolist() if not is_number(x) and is_buffer(x) else x


def is_buffer_shape(shape: Shape) -> bool:
    """Whether a shape is that of a buffer."""
    return shape is not float and not issubclass(shape[0], list | tuple | dict)


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


def shaped(kind: type, shape: tuple[int, ...], numbers: "array[float]") -> Any:
    """A buffer as a caller gets it: an array of numbers, NumPy's where one was given."""
    numpy = sys.modules.get("numpy")
    if numpy and issubclass(kind, numpy.ndarray):
        return numpy.asarray(numbers).reshape(shape)
    view = memoryview(numbers)
    return view.cast("B").cast("d", shape) if len(shape) > 1 and numbers else view


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


def repeated(shape: Shape, count: int, kind: type = list) -> Shape:
    """That of a list of so many of that shape."""
    return (kind, count) if shape is float else (kind, (shape,) * count)


def shape_of(tree: Any) -> Shape:
    """The shape of what `autograd.core.pytree` rebuilds from a tree."""
    if isinstance(tree, dict):
        return dict, keys_of(tree), tuple(map(shape_of, tree.values()))
    if isinstance(tree, list | tuple):
        named = hasattr(tree, "_fields")
        kind = type(tree) if named else tuple if isinstance(tree, tuple) else list
        return kind, flat([*map(shape_of, tree)])
    return float


def is_like(shape: Shape, x: Any) -> bool:
    """Whether x is a contiguous buffer of that shape and of float64."""
    kind, lengths = shape
    if type(x) is not kind:
        return False
    view = memoryview(x)
    return view.format == "d" and view.c_contiguous and view.shape == lengths


@accelerated
def read_like(shape: Shape, x: Any, into: "array[float]") -> bool:
    """Whether x is of that shape and of plain numbers, which then are the first ones of `into`."""
    numbers, leaves = array("d"), list[Leaf]()
    if numbers_of(x, numbers, leaves) != shape or leaves:
        return False
    into[: len(numbers)] = numbers
    return True


@accelerated
def grow_like(shape: Shape, numbers: "array[float]") -> Any:
    """Return a tree of that shape with these numbers."""

    def buffer(kind: type, lengths: tuple[int, ...], leaves: Iterator[Any]) -> Any:
        return shaped(kind, lengths, array("d", islice(leaves, size((kind, lengths)))))

    return grow(shape, iter(numbers), buffer)
