"""Gradients: what branches computed for their rows, joined by argument or by leaf."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import add
from typing import Any

from autograd.compiler.arguments import grow_like, repeated, shaped, size
from autograd.compiler.branch import Branch, Swept, Wanted
from autograd.compiler.call import Call
from autograd.compiler.leaves import add_gradients
from autograd.debugging import alarmed
from autograd.state import graph_lock
from autograd.value import Value
from autograd.walks import require_finite_sums

__all__ = ["By", "gradient", "hand_over", "terms_of", "wanted_of"]

# Whether by the captured leaves, and by which of the arguments.
By = tuple[bool, tuple[int, ...]]


def wanted_of(call: Call, branch: Branch, by: By) -> Wanted:
    """The inputs of a branch: perhaps the captured leaves, and some of the arguments."""
    if by not in branch.wanted:
        captured, arguments = by
        places = [*(branch.captured_places if captured else ())]
        places += chain.from_iterable(call.places(branch, i) for i in arguments)
        columns = any(call.axes[i] is not None for i in arguments)
        branch.wanted[by] = Wanted(tuple(places), columns)
    return branch.wanted[by]


def gradient(call: Call, argument: int, parts: Sequence[Swept]) -> Any:
    """The gradient by an argument, nested like it."""
    shape = call.shapes[argument]
    if call.axes[argument] is None:
        return grow_like(shape, by_uniforms(call, argument, parts))
    rows = by_rows(call, argument, parts)
    return grow_rows(call.kinds[argument], shape, call.batch.rows, rows)


def by_uniforms(call: Call, argument: int, parts: Sequence[Swept]) -> "array[float]":
    """The gradient by an argument that is the same for all rows."""
    start = call.starts[argument]
    end = start + size(call.shapes[argument])
    sums, *others = [swept.by_uniforms[start:end] for swept in parts]
    for terms in others:
        sums = array("d", map(add, sums, terms))
    return sums


def by_rows(call: Call, argument: int, parts: Sequence[Swept]) -> "array[float]":
    """The gradient by an argument that differs from row to row."""
    start, width = call.starts[argument], size(call.shapes[argument])
    if len(parts) == 1 and width == call.width and parts[0].by_columns is not None:
        return parts[0].by_columns
    into = array("d", bytes(8 * call.batch.rows * width))
    for swept in parts:
        grads = swept.by_columns or array("d")
        for i, place in enumerate(swept.batch.places):
            row = i * call.width + start
            into[place * width : (place + 1) * width] = grads[row : row + width]
    return into


def terms_of(branch: Branch, grads: "array[float]") -> "array[float]":
    """What a gradient by all uniforms adds to those of `branch.moved`."""
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


def grow_rows(kind: type, shape: Any, rows: int, numbers: "array[float]") -> Any:
    """The gradient by an argument of that class, with rows of that shape."""
    if not issubclass(kind, list | tuple | dict):
        return shaped(kind, (rows, *(() if shape is float else shape[1])), numbers)
    found = grow_like(repeated(shape, rows), numbers)
    return {name: [row[name] for row in found] for name in shape[1]} if kind is dict else found


def hand_over(call: Call, parts: Sequence[Swept]) -> None:
    """Add gradients to those of the leaves, as `backward()` does."""
    terms = [terms_of(swept.branch, swept.by_uniforms) for swept in parts]
    # Then no leaf comes twice.
    if len(parts) == 1 and not call.leaves and not parts[0].branch.trace.echoes:
        leaves, sums = parts[0].branch.moved, terms[0]
    else:
        moved = [swept.branch.moved for swept in parts]
        captured = map(zip, moved, terms)
        given = [given_terms(call, swept) for swept in parts]
        pairs = [*added_up(chain.from_iterable((*captured, *given)))]
        leaves, sums = [leaf for leaf, _ in pairs], array("d", [term for _, term in pairs])
    with graph_lock:
        if alarmed():
            before = [leaf._grad for leaf in leaves]
            require_finite_sums(zip(leaves, before, sums, strict=True))
        add_gradients(leaves, sums)
