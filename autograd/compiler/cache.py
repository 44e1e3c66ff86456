"""The cache of a compiled function: its traces by what its arguments are like, and who runs them.

A row goes to the first trace whose guards it fulfils; for a row that fulfils none, the function
is traced once more.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import Any, Literal

from autograd import errors
from autograd.compiler.call import Call, frozen, trace_row
from autograd.compiler.fallback import Fallback
from autograd.compiler.gradients import By, wanted_of
from autograd.compiler.ir.program import SIGNS
from autograd.compiler.results import one_number, reduced, results_of
from autograd.compiler.runtime.in_axes import ArgumentSplitter, Axes
from autograd.compiler.runtime.interpreter import Reference
from autograd.compiler.specialization import Batch, Specialization, Swept
from autograd.compiler.tracing.captures import Captures
from autograd.compiler.tracing.keys import is_plain
from autograd.compiler.tracing.trace import Trace

__all__ = ["MOST", "CacheEntry", "Reduce", "Cache"]

Reduce = Literal["mean", "sum"] | None
# How many shapes of its arguments a compiled function keeps traces for.
SHAPES = 256
# How many ways through its comparisons a function may take, for one shape of its arguments.
MOST = 64


@dataclass
class CacheEntry:
    """The specializations for one signature of the arguments.

    Args:
        name: of the function, for messages.
        retrace: traces the function on a row.
        watched: the key of the function's watch.

    Attributes:
        replays: the short ways of calls like these, by what is asked for: see fast_path.py.
    """

    name: str
    retrace: Callable[[Batch, int], Trace]
    watched: int
    found: list[Specialization] = field(default_factory=list)
    fast_paths: dict[Any, Any] = field(default_factory=dict)
    once: bool = False  # whether they hold for one call only
    lock: Any = field(default_factory=RLock)  # of what is found

    def sweep(self, batch: Batch, work: Callable[..., Swept]) -> list[Swept]:
        """What each specialization made of the rows that took it.

        No generator: those turn a StopIteration of the function's own into another error.

        Args:
            batch: all rows.
            work: (specialization, batch, kind of tape) -> what it made of them.
        """
        made: list[Swept] = []
        place, lone = 0, batch.rows == 1
        while batch.rows:
            kind, part = None, batch
            if place < len(self.found):
                specialization = self.found[place]
            else:
                specialization, kind = self.specialization_for(batch)
                part = batch if kind is None else batch.pick([0])
            swept = work(specialization, part, kind)
            if 1 not in swept.failed:
                made.append(swept)
                if lone:
                    self.prefer(place)
                if part is batch:
                    break
            elif kind is None and swept.failed.count(0):
                made.append(kept(swept))
            lost = [i for i, flag in enumerate(swept.failed) if flag]
            batch = batch.pick(lost if kind is None else range(1, batch.rows))
            place += 1
        return made

    def prefer(self, place: int) -> None:
        """Try first, next time, what a lone row took."""
        if 0 < place < len(self.found):
            with self.lock:
                self.found.insert(0, self.found.pop(place))

    def specialization_for(self, batch: Batch) -> tuple[Specialization, Any]:
        """The specialization that the first row takes, and the tape to use.

        It is the reference for a row whose comparison the accelerator's rounding turned over.
        """
        with self.lock:
            for specialization in self.found:
                if specialization.failure(batch, 0) is None:
                    return specialization, Reference
            if len(self.found) >= MOST:
                flips = self.flips(batch)
                raise errors.TraceError(errors.too_many_branches(self.name, MOST, flips))
            specialization = Specialization(self.retrace(batch, 0))
            self.found.append(specialization)
            self.once |= specialization.trace.once
        return specialization, None

    def flips(self, batch: Batch) -> str:
        """The comparison at which most specializations part."""
        lines: Counter[str] = Counter()
        for specialization in self.found:
            place = specialization.failure(batch, 0)
            if place is not None:
                guard = specialization.trace.program.guards[place]
                lines[f"{SIGNS[guard.kind]} at {specialization.trace.sources[place]}"] += 1
        return lines.most_common(1)[0][0] if lines else "nothing"


def kept(swept: Swept) -> Swept:
    """What a tape made of the rows that did not fail."""
    specialization, batch = swept.specialization, swept.batch
    passed = [i for i, flag in enumerate(swept.failed) if not flag]
    outputs = pick_rows(swept.outputs, passed, specialization.width())
    by_columns = swept.by_columns and pick_rows(swept.by_columns, passed, batch.width)
    failed = bytearray(len(passed))
    return Swept(specialization, batch.pick(passed), outputs, failed, swept.by_uniforms, by_columns)


def pick_rows(numbers: "array[float]", rows: Sequence[int], width: int) -> "array[float]":
    return array("d", [x for i in rows for x in numbers[i * width : (i + 1) * width]])


class Cache:
    """The traces of a function, and how its rows run on them.

    Args:
        f: the function.
        in_axes: which arguments have rows.
        reduce: what to make of the rows' results.

    Attributes:
        latest: the specialization that was taken last.
    """

    def __init__(self, f: Callable[..., Any], in_axes: Axes, reduce: Reduce) -> None:
        self.f = f
        self.name = getattr(f, "__name__", repr(f))
        self.apart = ArgumentSplitter(in_axes)
        self.has_rows = in_axes is not None
        self.reduce = reduce
        self.shapes: dict[Any, CacheEntry] = {}
        self.watch = Captures(f)
        self.watches: dict[Any, Captures] = {}  # with keyword arguments that refer to others
        self.latest: Specialization | None = None
        self.fallback = Fallback(f, self.apart, self.joined, reduce == "mean")
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

    def entry(self, call: Call, kwargs: dict[str, Any]) -> CacheEntry:
        """The traces for arguments like these."""
        given = frozen(kwargs)
        watch = self.watch_of(given, kwargs)
        watched = watch.key()
        key = (call.key, given, watched)
        if key not in self.shapes or self.shapes[key].once:
            if len(self.shapes) >= SHAPES:
                self.shapes.pop(next(iter(self.shapes)))
            retrace = partial(trace_row, call.shapes, call.layout, self.f, kwargs, watch)
            self.shapes[key] = CacheEntry(self.name, retrace, watched)
        return self.shapes[key]

    def watch_of(self, given: Any, kwargs: dict[str, Any]) -> Captures:
        """What watches the function with keyword arguments like these."""
        if all(map(is_plain, kwargs.values())):
            return self.watch
        if len(self.watches) >= SHAPES:
            self.watches.pop(next(iter(self.watches)))
        return self.watches.setdefault(given, Captures(self.f, *kwargs.values()))

    def results(self, call: Call, entry: CacheEntry) -> Any:
        """What f returns for each row, joined."""
        sweeps = entry.sweep(call.batch, Specialization.evaluate)
        self.latest = sweeps[-1].specialization
        if self.reduce and all(swept.specialization.shape is float for swept in sweeps):
            return self.joined(values_of(sweeps, call.batch.rows))
        results: list[Any] = [None] * call.batch.rows
        for swept in sweeps:
            for place, result in zip(swept.batch.places, results_of(swept), strict=True):
                results[place] = result
        return self.joined(results)

    def gradients(self, call: Call, entry: CacheEntry, by: By) -> tuple[float, list[Swept]]:
        """What f returns for each row, joined, and what each specialization made of its rows."""
        if self.has_rows and self.reduce is None:
            raise ValueError(
                f'a gradient of {self.name} needs one number: compile(..., reduce="mean") or "sum"'
            )
        seed = 1.0 / call.batch.rows if self.reduce == "mean" else 1.0

        def work(specialization: Specialization, batch: Batch, kind: Any) -> Swept:
            if specialization.shape is not float:
                return specialization.judge(batch, kind)
            return specialization.differentiate(
                batch, wanted_of(call, specialization, by), seed, kind
            )

        sweeps = []
        for swept in entry.sweep(call.batch, work):
            one_number(swept.specialization, self.name)
            sweeps.append(swept)
        self.latest = sweeps[-1].specialization
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
