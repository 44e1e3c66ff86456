"""Gradients: what branches computed for their rows, joined by argument or by leaf."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from autograd.compiler.arguments import grow, shaped, size
from autograd.compiler.branches import Swept
from autograd.compiler.call import Call
from autograd.state import graph_lock
from autograd.value import Value

__all__ = ["collect", "extent", "gradient", "hand_over"]


def extent(call: Call, argument: int) -> int:
    """How many numbers the gradient by an argument has."""
    rows = 1 if call.axes[argument] is None else call.batch.rows
    return rows * size(call.shapes[argument])


def collect(call: Call, argument: int, swept: Swept, into: "array[float]") -> None:
    """Add what some rows contribute to the gradient by an argument."""
    start, width = call.starts[argument], size(call.shapes[argument])
    if call.axes[argument] is None:
        for j in range(width):
            into[j] += swept.by_uniforms[start + j]
    elif swept.by_columns is not None:
        for i, place in enumerate(swept.batch.places):
            row = i * call.width + start
            into[place * width : (place + 1) * width] = swept.by_columns[row : row + width]


def gradient(call: Call, argument: int, numbers: "array[float]") -> Any:
    """The gradient by an argument, nested like it."""
    shape, leaves = call.shapes[argument], iter(numbers)
    if call.axes[argument] is None:
        return grow(shape, leaves, shaped)
    return grow_rows(call.kinds[argument], shape, call.batch.rows, leaves)


def contributions(call: Call, swept: Swept) -> Iterator[tuple[Value, float]]:
    """Yield every leaf that backward reaches, with what some rows add to its gradient."""
    branch = swept.branch
    yield from zip(
        branch.moved, map(swept.by_uniforms.__getitem__, branch.moved_places), strict=True
    )
    for argument, (place, value) in call.leaves:
        if call.axes[argument] is None:
            yield value, swept.by_uniforms[place]
        elif swept.by_columns is not None:
            row, column = divmod(place, size(call.shapes[argument]))
            if row in swept.batch.places:
                at = swept.batch.places.index(row) * call.width
                yield value, swept.by_columns[at + call.starts[argument] + column]


def added_up(terms: Iterable[tuple[Value, float]]) -> Iterable[tuple[Value, float]]:
    """Each leaf once, with all that is added to it."""
    sums: dict[int, tuple[Value, float]] = {}
    for leaf, term in terms:
        sums[id(leaf)] = (leaf, sums.get(id(leaf), (leaf, 0.0))[1] + term)
    return sums.values()


def grow_rows(kind: type, shape: Any, rows: int, leaves: Iterator[Any]) -> Any:
    """The gradient by an argument of that class, with rows of that shape."""
    if not issubclass(kind, list | tuple | dict):
        return shaped(kind, (rows, *(() if shape is float else shape[1])), leaves)
    found = [grow(shape, leaves, shaped) for _ in range(rows)]
    return {name: [row[name] for row in found] for name in shape[1]} if kind is dict else found


def hand_over(call: Call, parts: Iterable[Swept]) -> None:
    """Add gradients to those of the leaves, as `backward()` does."""
    found = [contributions(call, swept) for swept in parts]
    alone = len(found) == 1 and not call.leaves  # then no leaf comes twice
    pairs = found[0] if alone else added_up(chain.from_iterable(found))
    with graph_lock:
        for leaf, term in pairs:
            before = leaf._grad
            leaf._grad = term if before is None else before + term
