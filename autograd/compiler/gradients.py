"""Gradients: what branches computed for their rows, joined by argument or by leaf."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from autograd.compiler.arguments import grow, shaped, size
from autograd.compiler.branch import Branch, Swept, Wanted
from autograd.compiler.call import Call
from autograd.compiler.leaves import add_gradients
from autograd.state import graph_lock
from autograd.value import Value

__all__ = ["collect", "extent", "gradient", "hand_over", "wanted_of"]


def wanted_of(call: Call, branch: Branch, by: tuple[bool, tuple[int, ...]]) -> Wanted:
    """The inputs of a branch: perhaps the captured leaves, and some of the arguments."""
    if by not in branch.wanted:
        captured, arguments = by
        places = [*(branch.captured_places if captured else ())]
        places += chain.from_iterable(call.places(branch, i) for i in arguments)
        columns = any(call.axes[i] is not None for i in arguments)
        branch.wanted[by] = Wanted(tuple(places), columns)
    return branch.wanted[by]


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


def terms_of(swept: Swept) -> "array[float]":
    """What some rows add to the gradients of `swept.branch.moved`."""
    branch, grads = swept.branch, swept.by_uniforms
    if len(branch.moved) == len(branch.captured_places):
        return grads[branch.own :]
    return array("d", [grads[i] for i in branch.moved_places])


def given_terms(call: Call, swept: Swept) -> Iterator[tuple[Value, float]]:
    """Yield every leaf among the arguments, with what some rows add to its gradient."""
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
    found = list(parts)
    # Then no leaf comes twice.
    if len(found) == 1 and not call.leaves and not found[0].branch.trace.echoes:
        leaves, terms = found[0].branch.moved, terms_of(found[0])
    else:
        captured = [zip(swept.branch.moved, terms_of(swept), strict=True) for swept in found]
        given = [given_terms(call, swept) for swept in found]
        pairs = [*added_up(chain.from_iterable((*captured, *given)))]
        leaves, terms = [leaf for leaf, _ in pairs], array("d", [term for _, term in pairs])
    with graph_lock:
        add_gradients(leaves, terms)
