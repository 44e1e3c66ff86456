"""Compiled: a function that is traced once and then replayed on numbers, row by row if asked."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial, update_wrapper
from itertools import chain, count
from typing import Any, Literal

from autograd import errors
from autograd.compiler.arguments import (
    Column,
    Leaf,
    columns_of,
    grow,
    interleave,
    numbers_of,
    shaped,
    size,
)
from autograd.compiler.branches import Batch, Branch, Branches, Swept, rebuilt
from autograd.compiler.program import Program
from autograd.compiler.trace import Trace, trace, tracing
from autograd.compiler.watch import Watch
from autograd.primitives import total
from autograd.reals import as_float
from autograd.state import graph_lock
from autograd.trees import flatten, rebuild
from autograd.value import Value

__all__ = ["Compiled", "compile"]

Axes = int | None | Sequence[int | None]
Reduce = Literal["mean", "sum"] | None
# How many shapes of its arguments a compiled function keeps traces for.
SHAPES = 256


class Call:
    """The arguments of one call, read.

    Args:
        args: the positional arguments.
        axes: 0 for each that has rows, None for each that is the same for all rows.
    """

    def __init__(self, args: Sequence[Any], axes: Sequence[int | None]) -> None:
        self.axes = axes
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


class Compiled:
    """A function as it is traced and replayed; `compile` makes it.

    Args:
        f: the function.
        in_axes: which arguments have rows.
        reduce: what to make of the rows' results.
    """

    def __init__(self, f: Callable[..., Any], in_axes: Axes, reduce: Reduce) -> None:
        update_wrapper(self, f)
        self.f = f
        self.name = getattr(f, "__name__", repr(f))
        self.in_axes = in_axes
        self.reduce = reduce
        self.shapes: dict[Any, Branches] = {}
        self.watch = Watch(f)
        self.latest: Branch | None = None
        if reduce not in ("mean", "sum", None):
            raise ValueError(f'expected reduce to be "mean", "sum" or None, got {reduce!r}')
        if reduce is not None and in_axes is None:
            raise ValueError(
                "reduce joins the results of rows: say which arguments have rows, in_axes=..."
            )

    # -- what it is called with ------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return f(*args, **kwargs): floats; Values where Values are given, or inside a trace."""
        call = None if tracing() else self.read(args)
        if call is None or call.leaves:
            return self.eager(args, kwargs)
        results: list[Any] = [None] * call.batch.rows
        for swept in self.branches(call, kwargs).sweep(call.batch, Branch.evaluate):
            self.latest = swept.branch
            for place, result in zip(swept.batch.places, results_of(swept), strict=True):
                results[place] = result
        return self.reduced(results) if self.has_rows else results[0]

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0, **kwargs: Any) -> Any:
        """Return the value, and its gradient by an argument, as autograd.value_and_grad does.

        Args:
            args: f's arguments.
            argnums: which of them to differentiate by: a position, or several.
            kwargs: f's keyword arguments.

        Raises:
            TypeError: when f returns anything but one number.
            ValueError: for rows without `reduce`, or when there is no argument at a position.

        >>> compile(lambda x, y: x * y ** 2).value_and_grad(3.0, 2.0, argnums=(0, 1))
        (12.0, (4.0, 12.0))
        """
        call = self.read(args)
        chosen = positions(argnums, len(args), self.name)
        sums = [array("d", bytes(8 * self.extent(call, i))) for i in chosen]

        def wanted(branch: Branch) -> tuple[int, ...]:
            return tuple(chain.from_iterable(call.places(branch, i) for i in chosen))

        values: list[float] = [0.0] * call.batch.rows
        for swept in self.gradients(call, kwargs, wanted, values):
            for i, into in zip(chosen, sums, strict=True):
                self.collect(call, i, swept, into)
        found = [self.gradient(call, i, into) for i, into in zip(chosen, sums, strict=True)]
        return self.reduced(values), found[0] if isinstance(argnums, int) else tuple(found)

    def backward(self, *args: Any, **kwargs: Any) -> float:
        """Add the gradient to the `grad` of the leaves f captured, and of those in the arguments.

        Args:
            args: f's arguments, with leaf Values among them or without.
            kwargs: f's keyword arguments.

        Returns:
            What f returned.

        Raises:
            TypeError: when f returns anything but one number.
            ValueError: for rows without `reduce`, or a computed Value among the arguments.

        >>> w = Value(3.0)
        >>> loss = compile(lambda x: (w * x - 1.0) ** 2)
        >>> loss.backward(2.0), w.grad
        (25.0, 20.0)
        """
        call = self.read(args)
        if any(leaf.value.operands for _, leaf in call.leaves):
            raise ValueError(
                f"expected numbers or leaf Values as arguments of {self.name}.backward, got a "
                "computed Value: call the function itself, and backward of its result"
            )

        def wanted(branch: Branch) -> tuple[int, ...]:
            given = {i for i, _ in call.leaves}
            places = chain.from_iterable(call.places(branch, i) for i in sorted(given))
            return (*branch.captured_places, *places)

        values: list[float] = [0.0] * call.batch.rows
        sums: dict[int, list[Any]] = {}
        for swept in self.gradients(call, kwargs, wanted, values):
            for leaf, term in self.contributions(call, swept):
                entry = sums.setdefault(id(leaf), [leaf, 0.0])
                entry[1] += term
        hand_over(sums.values())
        return self.reduced(values)  # type: ignore[no-any-return]

    # -- what is inside --------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The program that ran last: a listing, when printed."""
        return self.ran().program(())

    @property
    def programs(self) -> list[Program]:
        """One program for each way through the function that was taken so far."""
        return [each.program(()) for found in self.shapes.values() for each in found.found]

    def draw(self, **options: Any) -> Any:
        """Draw the program that ran last, with the numbers that it was traced on.

        Args:
            options: those of autograd.draw.
        """
        from autograd.drawing.draw import draw  # noqa: PLC0415 - pictures are imported when needed

        outputs, _ = rebuilt(self.ran(), ())
        root = outputs[0] if len(outputs) == 1 else total([x for x in outputs])
        return draw(root if isinstance(root, Value) else Value(root), **options)

    def ran(self) -> Branch:
        if self.latest is None:
            raise RuntimeError(f"{self.name} has no program yet: call it first")
        return self.latest

    # -- how it works ----------------------------------------------------------------------------

    @property
    def has_rows(self) -> bool:
        return self.in_axes is not None

    def axes(self, args: Sequence[Any]) -> list[int | None]:
        """0 or None for each argument.

        Raises:
            ValueError: when in_axes does not fit the arguments.
        """
        axes = self.in_axes
        found = [axes] * len(args) if axes is None or isinstance(axes, int) else list(axes)
        if len(found) != len(args) or any(axis not in (0, None) for axis in found):
            raise ValueError(
                f"expected in_axes to be 0 or None for each of {len(args)} arguments, got {axes!r}"
            )
        if self.has_rows and all(axis is None for axis in found):
            raise ValueError(f"expected in_axes to be 0 for one argument at least, got {axes!r}")
        return found

    def read(self, args: Sequence[Any]) -> Call:
        return Call(args, self.axes(args))

    def eager(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Run f itself, on each row."""
        axes = self.axes(args)
        if not self.has_rows:
            return self.f(*args, **kwargs)
        split = [
            None if axis is None else split_rows(x) for x, axis in zip(args, axes, strict=True)
        ]
        results = []
        for i in range(len(next(s for s in split if s is not None))):
            row = [x if s is None else s[i] for x, s in zip(args, split, strict=True)]
            results.append(self.f(*row, **kwargs))
        return self.reduced(results)

    def reduced(self, results: Sequence[Any]) -> Any:
        """Join the results of the rows."""
        if not self.has_rows:
            return results[0]
        if self.reduce is None:
            return results
        rows = [flatten(each) for each in results]
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(f"expected {self.name} to return as many numbers for every row")
        sums = [total(column) for column in zip(*rows, strict=True)]
        if self.reduce == "mean":
            sums = [x / len(rows) for x in sums]
        return rebuild(results[0], sums)

    def branches(self, call: Call, kwargs: dict[str, Any]) -> Branches:
        """The traces for arguments like these."""
        key = (call.key, frozen(kwargs), self.watch.key())
        if key not in self.shapes:
            if len(self.shapes) >= SHAPES:
                self.shapes.pop(next(iter(self.shapes)))
            self.shapes[key] = Branches(self.name, partial(self.retrace, call, kwargs))
        return self.shapes[key]

    def retrace(self, call: Call, kwargs: dict[str, Any], batch: Batch, row: int) -> Trace:
        """Trace f on one row."""
        names = argument_names(self.f, len(call.shapes))
        given = (iter(batch.uniforms), iter(batch.row(row)))
        leaves: tuple[list[Value], list[Value]] = ([], [])
        args = []
        for name, shape, axis in zip(names, call.shapes, call.axes, strict=True):
            side = int(axis is not None)
            fresh = [Value(next(given[side]), label=label) for label in labels(name, shape)]
            leaves[side].extend(fresh)
            args.append(grow(shape, iter(fresh)))
        return trace(self.f, args, kwargs, *leaves)

    def gradients(
        self, call: Call, kwargs: dict[str, Any], wanted: Callable[[Branch], tuple[int, ...]],
        values: list[float],
    ) -> Iterator[Swept]:  # fmt: skip
        """Yield what each branch made of its rows, and put the rows' results into `values`."""
        if self.has_rows and self.reduce is None:
            raise ValueError(
                f'a gradient of {self.name} needs one number: compile(..., reduce="mean") or "sum"'
            )
        seed = 1.0 / call.batch.rows if self.reduce == "mean" else 1.0

        def work(branch: Branch, batch: Batch, kind: Any) -> Swept:
            one_number(branch, self.name)
            return branch.differentiate(batch, wanted(branch), seed, kind)

        for swept in self.branches(call, kwargs).sweep(call.batch, work):
            self.latest = swept.branch
            for place, value in zip(swept.batch.places, swept.outputs, strict=True):
                values[place] = value
            yield swept

    def extent(self, call: Call, argument: int) -> int:
        """How many numbers the gradient by an argument has."""
        rows = 1 if call.axes[argument] is None else call.batch.rows
        return rows * size(call.shapes[argument])

    def collect(self, call: Call, argument: int, swept: Swept, into: "array[float]") -> None:
        """Add what some rows contribute to the gradient by an argument."""
        start, width = call.starts[argument], size(call.shapes[argument])
        if call.axes[argument] is None:
            for j in range(width):
                into[j] += swept.by_uniforms[start + j]
        elif swept.by_columns is not None:
            for i, place in enumerate(swept.batch.places):
                row = i * call.width + start
                into[place * width : (place + 1) * width] = swept.by_columns[row : row + width]

    def gradient(self, call: Call, argument: int, numbers: "array[float]") -> Any:
        """The gradient by an argument, nested like it."""
        shape, leaves = call.shapes[argument], iter(numbers)
        if call.axes[argument] is None:
            return grow(shape, leaves, shaped)
        return grow_rows(shape, call.batch.rows, leaves)

    def contributions(self, call: Call, swept: Swept) -> Iterator[tuple[Value, float]]:
        """Yield every leaf that backward reaches, with what some rows add to its gradient."""
        branch = swept.branch
        for i, leaf in zip(branch.captured_places, branch.trace.captured, strict=True):
            if i in branch.reached:
                yield leaf, swept.by_uniforms[i]
        for argument, (place, value) in call.leaves:
            if call.axes[argument] is None:
                yield value, swept.by_uniforms[place]
            elif swept.by_columns is not None:
                row, column = divmod(place, size(call.shapes[argument]))
                if row in swept.batch.places:
                    at = swept.batch.places.index(row) * call.width
                    yield value, swept.by_columns[at + call.starts[argument] + column]


def results_of(swept: Swept) -> Iterator[Any]:
    """What f returns for each row, as floats."""
    shape, numbers = swept.branch.trace.result, swept.outputs.tolist()
    width = swept.branch.width()
    if not isinstance(shape, list | tuple | dict):
        return iter(numbers)
    return (
        rebuild(shape, numbers[i : i + width]) for i in range(0, swept.batch.rows * width, width)
    )


def grow_rows(shape: Any, rows: int, leaves: Iterator[Any]) -> Any:
    """The gradient by an argument with rows."""
    if shape is float:
        return list(leaves)
    kind, below = shape[0], shape[1]
    if kind is not dict and not issubclass(kind, list | tuple):
        return shaped(kind, (rows, *below), leaves)
    return [grow(shape, leaves, shaped) for _ in range(rows)]


def one_number(branch: Branch, name: str) -> None:
    kind = type(branch.trace.result)
    if kind in (list, tuple, dict) or branch.width() != 1:
        raise TypeError(
            f"a gradient needs a function that returns one number, {name} returned a {kind.__name__}"
        )


def hand_over(sums: Any) -> None:
    """Add gradients to those of the leaves, as `backward()` does."""
    with graph_lock:
        for leaf, term in sums:
            before = leaf._grad
            leaf._grad = term if before is None else before + term


def positions(argnums: int | Sequence[int], many: int, name: str) -> list[int]:
    """The positions of the arguments to differentiate by, counted from 0."""
    wanted = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in wanted:
        if not -many <= i < many:
            raise ValueError(f"argnums={argnums!r}: {name} was called with {many} arguments")
    return [i % many for i in wanted]


def split_rows(x: Any) -> list[Any]:
    """The rows of an argument, for f itself."""
    if isinstance(x, dict):
        columns = [split_rows(each) for each in x.values()]
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
            f"keyword arguments are constants of the trace: expected hashable ones, got {kwargs!r}; "
            "pass numbers by position"
        ) from None
    return key


def argument_names(f: Any, many: int) -> list[str]:
    """What f calls its positional arguments."""
    code = getattr(f, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code else []
    names = names[1:] if hasattr(f, "__self__") else names
    return [*names[:many], *(f"x{i}" for i in range(len(names[:many]), many))]


def labels(name: str, shape: Any) -> Iterator[str]:
    """A name for every number of an argument: x, or x[0], x[1], ..."""
    if shape is float:
        return iter([name])
    return (f"{name}[{i}]" for i, _ in zip(count(), range(size(shape)), strict=False))


def compile(f: Callable[..., Any], in_axes: Axes = None, reduce: Reduce = None) -> Compiled:
    """Return a function that traces f once and then replays it.

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them; leaves that it
            captures, as a module's parameters, stay inputs.
        in_axes: 0 for every argument that has rows, None for every other; an integer for all.
        reduce: "mean" or "sum" over the rows, or None for a list of their results.

    Raises:
        ValueError: for another `in_axes` or `reduce`.
        TraceError: at the first call, when f does what cannot be replayed.

    >>> fast = compile(lambda x: x * x + 1.0 if x > 0.0 else -x)
    >>> fast(3.0), fast(-2.0), fast.value_and_grad(3.0)
    (10.0, 2.0, (10.0, 6.0))
    >>> compile(lambda x, y: x * y, in_axes=0, reduce="mean")([1.0, 2.0], [3.0, 4.0])
    5.5
    """
    return Compiled(f, in_axes, reduce)
