"""Specialization: one trace of a function, the tapes made of it, and what they make of rows."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite
from typing import Any, NamedTuple, NoReturn

from autograd import errors, toposort
from autograd.compiler.ir.passes import optimise, optimise_merging
from autograd.compiler.ir.program import Program, reaching
from autograd.compiler.runtime.batch import Column, interleave
from autograd.compiler.runtime.buffers import read_leaves, sum_of
from autograd.compiler.runtime.interpreter import Reference, kind_for, tape_of
from autograd.compiler.runtime.signature import shape_of
from autograd.compiler.tracing.random_inputs import Draws
from autograd.compiler.tracing.trace import Trace
from autograd.extend import assign_all

__all__ = ["NOTHING", "Batch", "Specialization", "Swept", "Wanted"]


@dataclass
class Batch:
    """The numbers of a call.

    Args:
        uniforms: those that are the same for all rows.
        columns: those that are not, row by row.
        rows: how many rows.
        width: how many columns.
        places: which of the caller's rows these are.
    """

    uniforms: "array[float]"
    columns: Any
    rows: int
    width: int
    places: Sequence[int]

    def pick(self, chosen: Sequence[int]) -> "Batch":
        """Some of the rows."""
        columns: array[float] = array("d")
        if self.width:
            view, step = memoryview(self.columns).cast("B"), 8 * self.width
            columns.frombytes(b"".join([view[i * step : (i + 1) * step] for i in chosen]))
        places = [self.places[i] for i in chosen]
        return replace(self, columns=columns, rows=len(chosen), places=places)

    def row(self, i: int) -> "array[float]":
        """The numbers of one row."""
        return self.pick([i]).columns  # type: ignore[no-any-return]


class Swept(NamedTuple):
    """What a tape made of a batch: its rows, results, gradients, and who failed."""

    specialization: "Specialization"
    batch: Batch
    outputs: "array[float]"
    failed: bytearray
    by_uniforms: "array[float]"
    by_columns: "array[float] | None"


@dataclass(eq=False)
class Wanted:
    """Which inputs a gradient is by.

    Args:
        places: of the inputs, counted from 0.
        columns: whether one of them differs from row to row.
    """

    places: tuple[int, ...]
    columns: bool


NOTHING = Wanted((), False)


class Specialization:
    """One trace, and the tapes made of it.

    Attributes:
        shape: of what the function returns.
        reached: which inputs the results rest on.
        moved: the captured leaves among them, which come twice where they became something.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.shape = shape_of(trace.result)
        self.programs: dict[Any, Program] = {}
        self.wanted: dict[Any, Wanted] = {}
        self.tapes: dict[Any, Any] = {}
        self.draws = Draws(trace.chance, trace.numbers[len(trace.numbers) - trace.drawn :])
        inputs = trace.program.inputs
        self.first = inputs.start
        self.own = trace.program.uniforms - len(trace.captured)
        reached = reaching(trace.program)
        self.reached = {x - inputs.start for x in inputs if x in reached}
        self.moved_places = [i for i in self.captured_places if i in self.reached]
        moved = [trace.captured[i - self.own] for i in self.moved_places]
        self.moved = [trace.echoes.get(x, x) for x in moved]

    @property
    def has_side_effects(self) -> bool:
        """Whether it must run once only: it draws numbers, or lets leaves become some."""
        return bool(self.draws or self.trace.written)

    @property
    def captured_places(self) -> range:
        """Which inputs are the leaves that the function reached by itself."""
        return range(self.own, self.own + len(self.trace.captured))

    def asked(self, wanted: Wanted) -> Program:
        """The program before the passes, for the gradient by these inputs."""
        registers = tuple([self.first + i for i in wanted.places])
        return replace(self.trace.program, wanted=registers)

    def program(self, wanted: Wanted) -> Program:
        """The program after the passes, for the gradient by these inputs."""
        if wanted not in self.programs:
            self.programs[wanted] = optimise(self.asked(wanted))
        return self.programs[wanted]

    def tape(self, wanted: Wanted, kind: Any = None) -> Any:
        """The tape for the gradient by these inputs, of the kind asked for."""
        if (wanted, kind) not in self.tapes:
            self.tapes[wanted, kind] = tape_of(self.program(wanted), kind)
        return self.tapes[wanted, kind]

    def merged(self, wanted: Wanted) -> Any:
        """The accelerator's tape for a gradient, whose sums may round otherwise than eager's.

        Where these sums may be other numbers, a guard of it fails: then it is for `tape`.
        """
        if (wanted, "merged") not in self.tapes:
            joined = False
            if not self.has_side_effects and kind_for(self.trace.program) is not Reference:
                program, joined = optimise_merging(self.asked(wanted))
                if not joined:
                    self.programs.setdefault(wanted, program)
            self.tapes[wanted, "merged"] = tape_of(program) if joined else self.tape(wanted)
        return self.tapes[wanted, "merged"]

    def uniforms(self, batch: Batch) -> "array[float]":
        """The numbers of the uniforms: those given, then those of the captured leaves."""
        captured = array("d", bytes(8 * len(self.trace.captured)))
        read_leaves(self.trace.captured, captured)
        return batch.uniforms + captured

    def columns(self, batch: Batch) -> Any:
        """The numbers of the columns, row by row: those given, then those drawn at random."""
        if not self.draws:
            return batch.columns
        drawn = array("d")
        for _ in range(batch.rows):
            drawn += self.draws.row()
        given = Column(None, batch.rows, batch.columns, batch.width, [])
        fresh = Column(None, batch.rows, drawn, len(drawn) // batch.rows, [])
        return interleave([given, fresh], "a batch")[0]

    def width(self) -> int:
        """How many numbers a row's result has."""
        return len(self.trace.program.outputs) - len(self.trace.written)

    def outputs(self, batch: Batch) -> "array[float]":
        """Room for a tape's outputs, those included that leaves become."""
        return array("d", bytes(8 * batch.rows * len(self.trace.program.outputs)))

    def refuse_rows(self) -> NoReturn:
        """Raise TraceError: a leaf becomes something."""
        leaf, line = toposort.describe(self.trace.written[0]), self.trace.writers[0]
        raise errors.TraceError(errors.assigned_over_rows(leaf, line))

    def results(self, batch: Batch, outputs: "array[float]", failed: bytearray) -> "array[float]":
        """The results among the outputs; what leaves became is written, unless a guard failed.

        Raises:
            TraceError: when a leaf becomes something, and there are rows.
        """
        if not self.trace.written:
            return outputs
        width = self.width()
        if 0 in failed:
            if batch.rows > 1 or batch.width:
                self.refuse_rows()
            assign_all(self.trace.written, outputs[width:])
        return outputs[:width]

    def judge(self, batch: Batch, kind: Any = None) -> Swept:
        """Find out which rows take this branch, and write nothing."""
        outputs = self.outputs(batch)
        failed = bytearray(batch.rows)
        self.tape(NOTHING, kind).evaluate(
            self.uniforms(batch), self.columns(batch), batch.rows, outputs, failed
        )
        return Swept(self, batch, outputs, failed, array("d"), None)

    def evaluate(self, batch: Batch, kind: Any = None) -> Swept:
        """Compute the results of a batch."""
        found = self.judge(batch, kind)
        return found._replace(outputs=self.results(batch, found.outputs, found.failed))

    def differentiate(self, batch: Batch, wanted: Wanted, seed: float, kind: Any = None) -> Swept:
        """Compute the one result of each row, and the gradient of their sum times the seed."""
        if kind is None:
            merged = self.merged(wanted)
            swept = self.sweep(merged, batch, wanted, seed)
            if merged is self.tapes.get((wanted, None)) or self.holds(swept):
                return swept
        return self.sweep(self.tape(wanted, kind), batch, wanted, seed)

    def holds(self, swept: Swept) -> bool:
        """Whether what a merged program made of a batch is the gradient, but for rounding."""
        lost = [i for i, flag in enumerate(swept.failed) if flag]
        ours = lost and 0 in self.judge(swept.batch.pick(lost)).failed
        return not ours and isfinite(sum_of(swept.outputs))

    def sweep(self, tape: Any, batch: Batch, wanted: Wanted, seed: float) -> Swept:
        """Let a tape compute results and a gradient."""
        outputs = self.outputs(batch)
        failed = bytearray(batch.rows)
        uniforms = self.uniforms(batch)
        by_uniforms = array("d", bytes(8 * len(uniforms)))
        width = self.trace.program.columns
        by_columns = array("d", bytes(8 * batch.rows * width)) if wanted.columns else None
        seeds = array("d", [seed, *[0.0] * len(self.trace.written)]) * batch.rows
        tape.differentiate(
            uniforms, self.columns(batch), batch.rows, seeds, outputs, failed, by_uniforms,
            by_columns,
        )  # fmt: skip
        if by_columns and width > batch.width:  # nobody wants the gradient by what was drawn
            starts = range(0, len(by_columns), width)
            rows = [by_columns[start : start + batch.width] for start in starts]
            by_columns = array("d", chain.from_iterable(rows))
        results = self.results(batch, outputs, failed)
        return Swept(self, batch, results, failed, by_uniforms, by_columns)

    def failure(self, batch: Batch, i: int) -> int | None:
        """Which guard a row does not fulfil, by the reference."""
        program = self.trace.program
        tape = tape_of(program, Reference)
        columns = batch.row(i) + self.draws.traced  # no guard rests on what is drawn
        registers = tape.forward(self.uniforms(batch), columns, 0)
        return tape.first_failure(registers)  # type: ignore[no-any-return]
