"""Call: what one call gives a compiled function, read into numbers and shapes."""

import inspect
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from autograd.compiler.arguments import Leaf, grow, numbers_of, size
from autograd.compiler.branch import Batch, Branch
from autograd.compiler.rows import Column, columns_of, interleave
from autograd.compiler.trace import Trace, trace
from autograd.value import Value

__all__ = ["Call", "axes_of", "frozen", "positions", "rows_in", "split_rows", "trace_row"]


class Call:
    """The arguments of one call, read.

    Args:
        args: the positional arguments.
        axes: 0 for each that has rows, None for each that is the same for all rows.
    """

    def __init__(self, args: Sequence[Any], axes: Sequence[int | None]) -> None:
        self.axes = axes
        self.kinds = [*map(type, args)]
        self.uniforms: array[float] = array("d")
        self.shapes: list[Any] = []
        self.starts: list[int] = []  # where each argument begins, among uniforms or columns
        self.leaves: list[tuple[int, Leaf]] = []  # with the argument they belong to
        columns: list[Column] = []
        self.width = 0
        for i, (x, axis) in enumerate(zip(args, axes, strict=True)):
            found: list[Leaf] = []
            if axis is None:
                self.starts.append(len(self.uniforms))
                self.shapes.append(numbers_of(x, self.uniforms, found))
            else:
                columns.append(columns_of(x, f"argument {i}"))
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
        return tuple(zip(self.shapes, self.axes, strict=True))

    def places(self, branch: Branch, argument: int) -> range:
        """Which inputs of a branch an argument is."""
        start = self.starts[argument]
        if self.axes[argument] is not None:
            start += branch.trace.program.uniforms
        return range(start, start + size(self.shapes[argument]))

    def require_leaves(self, name: str) -> None:
        """Raise ValueError when one of the Values among the arguments is computed."""
        if any(leaf.value.operands for _, leaf in self.leaves):
            raise ValueError(
                f"expected numbers or leaf Values as arguments of {name}.backward, got a computed "
                "Value: call the function itself, and backward of its result"
            )


def trace_row(
    shapes: Sequence[Any],
    axes: Sequence[int | None],
    f: Callable[..., Any],
    kwargs: dict[str, Any],
    batch: Batch,
    row: int,
) -> Trace:
    """Trace a function on one row of a batch of arguments of these shapes."""
    names = argument_names(f, len(shapes))
    given = (iter(batch.uniforms), iter(batch.row(row)))
    leaves: tuple[list[Value], list[Value]] = ([], [])
    args = []
    for name, shape, axis in zip(names, shapes, axes, strict=True):
        side = int(axis is not None)
        fresh = [Value(next(given[side]), label=label) for label in labels(name, shape)]
        leaves[side].extend(fresh)
        args.append(grow(shape, iter(fresh)))
    return trace(f, args, kwargs, *leaves)


def axes_of(axes: int | None | Sequence[int | None], many: int) -> list[int | None]:
    """0 or None for each argument.

    Raises:
        ValueError: when in_axes does not fit the arguments.
    """
    found = [axes] * many if axes is None or isinstance(axes, int) else list(axes)
    if len(found) != many or any(axis not in (0, None) for axis in found):
        raise ValueError(
            f"expected in_axes to be 0 or None for each of {many} arguments, got {axes!r}"
        )
    if axes is not None and all(axis is None for axis in found):
        raise ValueError(f"expected in_axes to be 0 for one argument at least, got {axes!r}")
    return found


def positions(argnums: int | Sequence[int], many: int, name: str) -> tuple[int, ...]:
    """The positions of the arguments to differentiate by, counted from 0."""
    wanted = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in wanted:
        if not -many <= i < many:
            raise ValueError(f"argnums={argnums!r}: {name} was called with {many} arguments")
    return tuple([i % many for i in wanted])


def split_rows(args: Sequence[Any], axes: Sequence[int | None]) -> list[list[Any]]:
    """The arguments of every row, for f itself."""
    split = [None if axis is None else rows_in(x) for x, axis in zip(args, axes, strict=True)]
    count = len(next(rows for rows in split if rows is not None))
    pairs = [*zip(args, split, strict=True)]
    return [[x if rows is None else rows[i] for x, rows in pairs] for i in range(count)]


def rows_in(x: Any) -> list[Any]:
    """The rows of an argument."""
    if isinstance(x, dict):
        columns = [rows_in(each) for each in x.values()]
        return [dict(zip(x, row, strict=True)) for row in zip(*columns, strict=True)]
    return x.tolist() if hasattr(x, "tolist") else list(x)


def frozen(kwargs: dict[str, Any]) -> Any:
    """Keyword arguments as a key.

    Raises:
        TypeError: when one is not hashable.
    """
    key = tuple(sorted(kwargs.items()))
    try:
        hash(key)
    except TypeError:
        raise TypeError(
            f"keyword arguments are constants of the trace: expected hashable ones, "
            f"got {kwargs!r}; pass numbers by position"
        ) from None
    return key


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
