"""Gradients: what specializations computed for their rows, joined by argument or by leaf."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import add
from typing import Any

from autograd.compiler.call import Call
from autograd.compiler.runtime.buffers import add_gradients
from autograd.compiler.runtime.signature import grow, grow_like, repeated, shaped, size
from autograd.compiler.specialization import Specialization, Swept, Wanted
from autograd.core.modes import graph_lock
from autograd.value import Value

__all__ = ["By", "gradient", "accumulate_gradients", "terms_of", "wanted_of"]

# Whether by the captured leaves, and by which parts of the arguments.
By = tuple[bool, tuple[int, ...]]


def wanted_of(call: Call, specialization: Specialization, by: By) -> Wanted:
    """The inputs of a specialization: perhaps captured leaves, and some parts of the arguments."""
    if by not in specialization.wanted:
        captured, parts = by
        places = [*(specialization.captured_places if captured else ())]
        places += chain.from_iterable(call.places(specialization, i) for i in parts)
        columns = any(call.axes[i] is not None for i in parts)
        specialization.wanted[by] = Wanted(tuple(places), columns)
    return specialization.wanted[by]


def gradient(call: Call, argument: int, sweeps: Sequence[Swept]) -> Any:
    """The gradient by an argument, nested like it."""
    layout = call.layout
    if not layout.nests:
        return by_part(call, argument, sweeps)
    found = [by_part(call, part, sweeps) for part in layout.places([argument])]
    return grow(layout.nests[argument], iter(found))


def by_part(call: Call, part: int, sweeps: Sequence[Swept]) -> Any:
    """The gradient by a part of the arguments, nested like it."""
    shape = call.shapes[part]
    if call.axes[part] is None:
        return grow_like(shape, by_uniforms(call, part, sweeps))
    return grow_rows(call.kinds[part], shape, call.batch.rows, by_rows(call, part, sweeps))


def by_uniforms(call: Call, part: int, sweeps: Sequence[Swept]) -> "array[float]":
    """The gradient by a part that is the same for all rows."""
    start = call.starts[part]
    end = start + size(call.shapes[part])
    sums, *others = [swept.by_uniforms[start:end] for swept in sweeps]
    for terms in others:
        sums = array("d", map(add, sums, terms))
    return sums


def by_rows(call: Call, part: int, sweeps: Sequence[Swept]) -> "array[float]":
    """The gradient by a part that differs from row to row."""
    start, width = call.starts[part], size(call.shapes[part])
    if len(sweeps) == 1 and width == call.width and sweeps[0].by_columns is not None:
        return sweeps[0].by_columns
    into = array("d", bytes(8 * call.batch.rows * width))
    for swept in sweeps:
        grads = swept.by_columns or array("d")
        for i, place in enumerate(swept.batch.places):
            row = i * call.width + start
            into[place * width : (place + 1) * width] = grads[row : row + width]
    return into


def terms_of(specialization: Specialization, grads: "array[float]") -> "array[float]":
    """What a gradient by all uniforms adds to those of `specialization.moved`."""
    if len(specialization.moved) == len(specialization.captured_places):
        return grads[specialization.own :]
    return array("d", [grads[i] for i in specialization.moved_places])


def given_terms(call: Call, swept: Swept) -> Iterator[tuple[Value, float]]:
    """Yield every leaf among the arguments, with what some rows add to its gradient."""
    for part, (place, value) in call.leaves:
        if call.axes[part] is None:
            yield value, swept.by_uniforms[place]
        elif swept.by_columns is not None:
            row, column = divmod(place, size(call.shapes[part]))
            if row in swept.batch.places:
                at = swept.batch.places.index(row) * call.width
                yield value, swept.by_columns[at + call.starts[part] + column]


def added_up(terms: Iterable[tuple[Value, float]]) -> Iterable[tuple[Value, float]]:
    """Each leaf once, with all that is added to it."""
    sums: dict[int, tuple[Value, float]] = {}
    for leaf, term in terms:
        sums[id(leaf)] = (leaf, sums.get(id(leaf), (leaf, 0.0))[1] + term)
    return sums.values()


def grow_rows(kind: type, shape: Any, rows: int, numbers: "array[float]") -> Any:
    """The gradient by a part of that class, with rows of that shape."""
    if not issubclass(kind, list | tuple):
        return shaped(kind, (rows, *(() if shape is float else shape[1])), numbers)
    return grow_like(repeated(shape, rows, kind), numbers)


def accumulate_gradients(call: Call, sweeps: Sequence[Swept]) -> None:
    """Add gradients to those of the leaves, as `backward()` does."""
    terms = [terms_of(swept.specialization, swept.by_uniforms) for swept in sweeps]
    # Then no leaf comes twice.
    if len(sweeps) == 1 and not call.leaves and not sweeps[0].specialization.trace.echoes:
        leaves, sums = sweeps[0].specialization.moved, terms[0]
    else:
        moved = [swept.specialization.moved for swept in sweeps]
        captured = map(zip, moved, terms)
        given = [given_terms(call, swept) for swept in sweeps]
        pairs = [*added_up(chain.from_iterable((*captured, *given)))]
        leaves, sums = [leaf for leaf, _ in pairs], array("d", [term for _, term in pairs])
    with graph_lock:
        add_gradients(leaves, sums)
