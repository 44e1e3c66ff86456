"""Compiled: a function that is traced once and then replayed on numbers, row by row if asked."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial, update_wrapper
from typing import Any, Literal

from autograd.compiler.branch import NOTHING, Batch, Branch, Swept, rebuilt
from autograd.compiler.branches import Branches
from autograd.compiler.call import Call, axes_of, frozen, positions, split_rows, trace_row
from autograd.compiler.descent import Descent, require_descent
from autograd.compiler.gradients import collect, extent, gradient, hand_over, wanted_of
from autograd.compiler.lots import Lots, first_lot
from autograd.compiler.program import Program
from autograd.compiler.results import one_number, reduced, results_of
from autograd.compiler.watch import Watch
from autograd.primitives import total
from autograd.state import modes, tracing
from autograd.transforms import value_and_grad
from autograd.value import Value

__all__ = ["Compiled", "compile"]

Axes = int | None | Sequence[int | None]
Reduce = Literal["mean", "sum"] | None
# How many shapes of its arguments a compiled function keeps traces for.
SHAPES = 256


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
        self.has_rows = in_axes is not None
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
        return self.joined(results)

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
        if tracing() or call.leaves:
            return value_and_grad(lambda *xs: self.eager(xs, kwargs), argnums)(*args)
        chosen = positions(argnums, len(args), self.name)
        sums = [array("d", bytes(8 * extent(call, i))) for i in chosen]

        values: list[float] = [0.0] * call.batch.rows
        for swept in self.gradients(call, kwargs, (False, tuple(chosen)), values):
            for i, into in zip(chosen, sums, strict=True):
                collect(call, i, swept, into)
        found = [gradient(call, i, into) for i, into in zip(chosen, sums, strict=True)]
        return self.joined(values), found[0] if isinstance(argnums, int) else tuple(found)

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
        if tracing():
            modes.tracer.read(self.name, "backward")
        call = self.read(args)
        call.require_leaves(self.name)

        given = tuple(sorted({i for i, _ in call.leaves}))
        values: list[float] = [0.0] * call.batch.rows
        hand_over(call, self.gradients(call, kwargs, (True, given), values))
        return self.joined(values)  # type: ignore[no-any-return]

    def descent(
        self, *args: Any, parameters: Sequence[Value], rate: Value, together: int = 1
    ) -> Descent:
        """Return gradient descent on the mean of the loss over rows, which runs below Python.

        Args:
            args: f's arguments: all rows.
            parameters: the leaves to move.
            rate: the leaf that holds the learning rate.
            together: how many rows f takes at once, as lists, where it is more than one.

        Raises:
            ValueError: unless `reduce` is "mean".
            RuntimeError: without the accelerator.
            TraceError: in `debug()`, which looks at every operation, and in `no_grad()`.
        """
        require_descent(self.reduce)
        call = self.read(args)
        lots = Lots(call, together)
        lot = call if together == 1 else self.read(first_lot(args, call.axes, together))
        return Descent(partial(self.branches, lot, {}), lot.batch, lots, parameters, rate)

    # -- what is inside --------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The program that ran last: a listing, when printed."""
        return self.ran().program(NOTHING)

    @property
    def programs(self) -> list[Program]:
        """One program for each way through the function that was taken so far."""
        return [each.program(NOTHING) for found in self.shapes.values() for each in found.found]

    def draw(self, **options: Any) -> Any:
        """Draw the program that ran last, with the numbers that it was traced on.

        Args:
            options: those of autograd.draw.
        """
        from autograd.drawing.draw import draw  # noqa: PLC0415 - pictures are imported when needed

        outputs = rebuilt(self.ran())
        root = outputs[0] if len(outputs) == 1 else total(outputs)
        return draw(root if isinstance(root, Value) else Value(root), **options)

    def ran(self) -> Branch:
        """The branch that was taken last."""
        if self.latest is None:
            raise RuntimeError(f"{self.name} has no program yet: call it first")
        return self.latest

    # -- how it works ----------------------------------------------------------------------------

    def read(self, args: Sequence[Any]) -> Call:
        """The numbers and shapes of some arguments."""
        return Call(args, axes_of(self.in_axes, len(args)))

    def eager(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Run f itself, on each row."""
        if not self.has_rows:
            return self.f(*args, **kwargs)
        rows = split_rows(args, axes_of(self.in_axes, len(args)))
        return self.joined([self.f(*row, **kwargs) for row in rows])

    def joined(self, results: Sequence[Any]) -> Any:
        """The results of the rows as one, if there are rows."""
        return reduced(self.name, self.reduce, results) if self.has_rows else results[0]

    def branches(self, call: Call, kwargs: dict[str, Any]) -> Branches:
        """The traces for arguments like these."""
        key = (call.key, frozen(kwargs), self.watch.key())
        if key not in self.shapes:
            if len(self.shapes) >= SHAPES:
                self.shapes.pop(next(iter(self.shapes)))
            retrace = partial(trace_row, call.shapes, call.axes, self.f, kwargs)
            self.shapes[key] = Branches(self.name, retrace)
        return self.shapes[key]

    def gradients(
        self, call: Call, kwargs: dict[str, Any], by: tuple[bool, tuple[int, ...]],
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
            return branch.differentiate(batch, wanted_of(call, branch, by), seed, kind)

        for swept in self.branches(call, kwargs).sweep(call.batch, work):
            self.latest = swept.branch
            for place, value in zip(swept.batch.places, swept.outputs, strict=True):
                values[place] = value
            yield swept


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
