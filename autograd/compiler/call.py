"""Call: what one call gives a compiled function, read into numbers and shapes."""

import inspect
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from autograd import errors
from autograd.compiler.runtime.batch import Column, columns_of, interleave
from autograd.compiler.runtime.in_axes import Layout
from autograd.compiler.runtime.signature import Leaf, grow, named_numbers, size
from autograd.compiler.specialization import Batch, Specialization
from autograd.compiler.tracing.captures import Captures
from autograd.compiler.tracing.inplace import Snapshot
from autograd.compiler.tracing.keys import constant
from autograd.compiler.tracing.trace import Trace, trace
from autograd.core.caller import defined_at
from autograd.value import Value

__all__ = ["Call", "frozen", "trace_row"]


class Call:
    """The arguments of one call, read part by part; mostly, each is one part.

    Args:
        parts: the positional arguments as in_axes takes them apart.
        layout: their axes, and how the arguments are made of them.
    """

    def __init__(self, parts: Sequence[Any], layout: Layout) -> None:
        self.layout, self.axes = layout, layout.axes
        self.kinds = [*map(type, parts)]
        self.uniforms: array[float] = array("d")
        self.shapes: list[Any] = []
        self.starts: list[int] = []  # where each part begins, among uniforms or columns
        self.leaves: list[tuple[int, Leaf]] = []  # with the part they belong to
        columns: list[Column] = []
        self.width = 0
        named = zip(parts, self.axes, layout.titles, strict=True)
        for i, (x, axis, name) in enumerate(named):
            found: list[Leaf] = []
            if axis is None:
                self.starts.append(len(self.uniforms))
                self.shapes.append(named_numbers(x, self.uniforms, found, name))
            else:
                columns.append(columns_of(x, name))
                found = columns[-1].leaves
                self.starts.append(self.width)
                self.shapes.append(columns[-1].shape)
                self.width += columns[-1].width
            self.leaves += [(i, leaf) for leaf in found]
        numbers, rows, _ = interleave(columns, "the arguments") if columns else (array("d"), 1, 0)
        self.batch = Batch(self.uniforms, numbers, rows, self.width, range(rows))

    @property
    def key(self) -> Any:
        """What a trace depends on besides numbers."""
        return self.layout.nests, tuple(self.shapes)

    def places(self, specialization: Specialization, part: int) -> range:
        """Which inputs of a specialization a part is."""
        start = self.starts[part]
        if self.axes[part] is not None:
            start += specialization.trace.program.uniforms
        return range(start, start + size(self.shapes[part]))

    def require_leaves(self, name: str) -> None:
        """Raise ValueError when one of the Values among the arguments is computed."""
        if any(leaf.value.operands for _, leaf in self.leaves):
            raise ValueError(
                f"expected numbers or leaf Values as arguments of {name}.backward, got a computed "
                "Value: call the function itself, and backward of its result"
            )


def trace_row(
    shapes: Sequence[Any],
    layout: Layout,
    f: Callable[..., Any],
    kwargs: dict[str, Any],
    watch: Captures,
    batch: Batch,
    row: int,
) -> Trace:
    """Trace a function on one row of a batch of arguments with parts of these shapes."""
    names = layout.names(argument_names(f, len(layout.nests or shapes)))
    given = (iter(batch.uniforms), iter(batch.row(row)))
    leaves: tuple[list[Value], list[Value]] = ([], [])
    parts = []
    for name, shape, axis in zip(names, shapes, layout.axes, strict=True):
        side = int(axis is not None)
        fresh = [Value(next(given[side]), label=label) for label in labels(name, shape)]
        leaves[side].extend(fresh)
        parts.append(grow(shape, iter(fresh)))
    args = layout.joined(parts)
    given_as = Snapshot(args)
    made = trace(f, args, kwargs, *leaves, watch.begin())
    changed, name = given_as.changed(), getattr(f, "__name__", repr(f))
    if made.once and batch.rows > 1:
        raise errors.TraceError(changes_over_rows(name, defined_at(f)))
    if changed is not None:
        raise errors.TraceError(changes_argument(name, changed, defined_at(f)))
    return made


def frozen(kwargs: dict[str, Any]) -> Any:
    """Keyword arguments as a key.

    Raises:
        TypeError: when one is not hashable.
    """
    try:
        return tuple([(name, constant(kwargs[name])) for name in sorted(kwargs)])
    except TypeError:
        raise TypeError(
            f"keyword arguments are constants of the trace: expected hashable ones, "
            f"got {kwargs!r}; pass numbers by position"
        ) from None


def argument_names(f: Any, many: int) -> list[str]:
    """What f calls its positional arguments."""
    try:
        parameters = [*inspect.signature(f).parameters.values()]
    except (TypeError, ValueError):  # some functions in C tell nothing
        parameters = []
    names = [x.name for x in parameters if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]
    return [*names[:many], *(f"x{i}" for i in range(len(names), many))]


def labels(name: str, shape: Any) -> Iterator[str]:
    """A name for every number of an argument: x, or x[0], x[1], ..."""
    if shape is float:
        return iter([name])
    return (f"{name}[{i}]" for i, _ in zip(count(), range(size(shape)), strict=False))


def changes_over_rows(name: str, source: str) -> str:
    return (
        f"cannot compile {name} over rows: it changes what it reads itself, so that rows would "
        "differ by their order. Call it once before, if that is done only once; else compile a "
        f"function of all rows at once, without in_axes\n  at {source}"
    )


def changes_argument(name: str, place: int, source: str) -> str:
    return (
        f"cannot trace {name}: it changes its argument {place} in place, which the caller's would "
        f"not be. Change a copy: x = list(x)\n  at {source}"
    )
