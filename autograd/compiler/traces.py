"""Traces: all that was recorded of a function, by what its arguments are like, and who runs it."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from autograd.compiler.axes import Apart, Axes
from autograd.compiler.branch import Batch, Branch, Swept
from autograd.compiler.branches import Branches
from autograd.compiler.call import Call, frozen, trace_row
from autograd.compiler.constants import is_plain
from autograd.compiler.eager import Eager
from autograd.compiler.gradients import By, wanted_of
from autograd.compiler.results import one_number, reduced, results_of
from autograd.compiler.watch import Watch

__all__ = ["Reduce", "Traces"]

Reduce = Literal["mean", "sum"] | None
# How many shapes of its arguments a compiled function keeps traces for.
SHAPES = 256


class Traces:
    """The traces of a function, and how its rows run on them.

    Args:
        f: the function.
        in_axes: which arguments have rows.
        reduce: what to make of the rows' results.

    Attributes:
        latest: the branch that was taken last.
    """

    def __init__(self, f: Callable[..., Any], in_axes: Axes, reduce: Reduce) -> None:
        self.f = f
        self.name = getattr(f, "__name__", repr(f))
        self.apart = Apart(in_axes)
        self.has_rows = in_axes is not None
        self.reduce = reduce
        self.shapes: dict[Any, Branches] = {}
        self.watch = Watch(f)
        self.watches: dict[Any, Watch] = {}  # with keyword arguments that refer to others
        self.latest: Branch | None = None
        self.eager = Eager(f, self.apart, self.joined, reduce == "mean")
        if reduce not in ("mean", "sum", None):
            raise ValueError(f'expected reduce to be "mean", "sum" or None, got {reduce!r}')
        if reduce is not None and in_axes is None:
            raise ValueError(
                "reduce joins the results of rows: say which arguments have rows, in_axes=..."
            )

    def read(self, args: Sequence[Any]) -> Call:
        """The numbers and shapes of some arguments."""
        return Call(*self.apart(args))

    def joined(self, results: Sequence[Any]) -> Any:
        """The results of the rows as one, if there are rows."""
        return reduced(self.name, self.reduce, results) if self.has_rows else results[0]

    def branches(self, call: Call, kwargs: dict[str, Any]) -> Branches:
        """The traces for arguments like these."""
        given = frozen(kwargs)
        watch = self.watch_of(given, kwargs)
        watched = watch.key()
        key = (call.key, given, watched)
        if key not in self.shapes or self.shapes[key].once:
            if len(self.shapes) >= SHAPES:
                self.shapes.pop(next(iter(self.shapes)))
            retrace = partial(trace_row, call.shapes, call.layout, self.f, kwargs, watch)
            self.shapes[key] = Branches(self.name, retrace, watched)
        return self.shapes[key]

    def watch_of(self, given: Any, kwargs: dict[str, Any]) -> Watch:
        """What watches the function with keyword arguments like these."""
        if all(map(is_plain, kwargs.values())):
            return self.watch
        if len(self.watches) >= SHAPES:
            self.watches.pop(next(iter(self.watches)))
        return self.watches.setdefault(given, Watch(self.f, *kwargs.values()))

    def results(self, call: Call, branches: Branches) -> Any:
        """What f returns for each row, joined."""
        sweeps = branches.sweep(call.batch, Branch.evaluate)
        self.latest = sweeps[-1].branch
        if self.reduce and all(swept.branch.shape is float for swept in sweeps):
            return self.joined(values_of(sweeps, call.batch.rows))
        results: list[Any] = [None] * call.batch.rows
        for swept in sweeps:
            for place, result in zip(swept.batch.places, results_of(swept), strict=True):
                results[place] = result
        return self.joined(results)

    def gradients(self, call: Call, branches: Branches, by: By) -> tuple[float, list[Swept]]:
        """What f returns for each row, joined, and what each branch made of its rows."""
        if self.has_rows and self.reduce is None:
            raise ValueError(
                f'a gradient of {self.name} needs one number: compile(..., reduce="mean") or "sum"'
            )
        seed = 1.0 / call.batch.rows if self.reduce == "mean" else 1.0

        def work(branch: Branch, batch: Batch, kind: Any) -> Swept:
            if branch.shape is not float:
                return branch.judge(batch, kind)
            return branch.differentiate(batch, wanted_of(call, branch, by), seed, kind)

        sweeps = []
        for swept in branches.sweep(call.batch, work):
            one_number(swept.branch, self.name)
            sweeps.append(swept)
        self.latest = sweeps[-1].branch
        return self.joined(values_of(sweeps, call.batch.rows)), sweeps


def values_of(sweeps: Sequence[Swept], rows: int) -> "array[float]":
    """The one result of each row."""
    if len(sweeps) == 1:
        return sweeps[0].outputs
    values = array("d", bytes(8 * rows))
    for swept in sweeps:
        for place, value in zip(swept.batch.places, swept.outputs, strict=True):
            values[place] = value
    return values
