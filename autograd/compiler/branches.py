"""Branches: the traces of a function for one shape of arguments, and which row takes which.

A row goes to the first trace whose guards it fulfils; for a row that fulfils none, the function
is traced once more.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.leaves import read_leaves
from autograd.compiler.passes import optimise
from autograd.compiler.program import SIGNS, Program, reaching, run
from autograd.compiler.tape import Reference, tape_of
from autograd.compiler.trace import Trace
from autograd.value import Value

__all__ = ["MOST", "Batch", "Branch", "Branches"]

# How many ways through its comparisons a function may take, for one shape of its arguments.
MOST = 64


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

    branch: "Branch"
    batch: Batch
    outputs: "array[float]"
    failed: bytearray
    by_uniforms: "array[float]"
    by_columns: "array[float] | None"


class Branch:
    """One trace, and the tapes made of it.

    Attributes:
        reached: which inputs the results rest on.
        moved: the captured leaves among them.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.programs: dict[tuple[int, ...], Program] = {}
        self.tapes: dict[Any, Any] = {}
        inputs = trace.program.inputs
        self.first = inputs.start
        self.own = trace.program.uniforms - len(trace.captured)
        reached = reaching(trace.program)
        self.reached = {x - inputs.start for x in inputs if x in reached}
        self.moved_places = [i for i in self.captured_places if i in self.reached]
        self.moved = [trace.captured[i - self.own] for i in self.moved_places]

    @property
    def captured_places(self) -> range:
        """Which inputs are the leaves that the function reached by itself."""
        return range(self.own, self.own + len(self.trace.captured))

    def program(self, wanted: tuple[int, ...]) -> Program:
        """The program after the passes, for the gradient by these inputs, counted from 0."""
        if wanted not in self.programs:
            registers = tuple([self.first + i for i in wanted])
            self.programs[wanted] = optimise(replace(self.trace.program, wanted=registers))
        return self.programs[wanted]

    def tape(self, wanted: tuple[int, ...], kind: Any) -> Any:
        """The tape for the gradient by these inputs, of the kind asked for."""
        if (wanted, kind) not in self.tapes:
            self.tapes[wanted, kind] = tape_of(self.program(wanted), kind)
        return self.tapes[wanted, kind]

    def uniforms(self, batch: Batch) -> "array[float]":
        """The numbers of the uniforms: those given, then those of the captured leaves."""
        captured = array("d", bytes(8 * len(self.trace.captured)))
        read_leaves(self.trace.captured, captured)
        return batch.uniforms + captured

    def width(self) -> int:
        """How many numbers a row's result has."""
        return len(self.trace.program.outputs)

    def evaluate(self, batch: Batch, kind: Any = None) -> Swept:
        """Compute the results of a batch."""
        outputs = array("d", bytes(8 * batch.rows * self.width()))
        failed = bytearray(batch.rows)
        self.tape((), kind).evaluate(
            self.uniforms(batch), batch.columns, batch.rows, outputs, failed
        )
        return Swept(self, batch, outputs, failed, array("d"), None)

    def differentiate(
        self, batch: Batch, wanted: tuple[int, ...], seed: float, kind: Any = None
    ) -> Swept:
        """Compute the one result of each row, and the gradient of their sum times the seed."""
        outputs = array("d", bytes(8 * batch.rows))
        failed = bytearray(batch.rows)
        uniforms = self.uniforms(batch)
        by_uniforms = array("d", bytes(8 * len(uniforms)))
        columns = max(wanted, default=-1) >= len(uniforms)
        by_columns = array("d", bytes(8 * batch.rows * batch.width)) if columns else None
        seeds = array("d", [seed]) * batch.rows
        self.tape(wanted, kind).differentiate(
            uniforms, batch.columns, batch.rows, seeds, outputs, failed, by_uniforms, by_columns
        )
        return Swept(self, batch, outputs, failed, by_uniforms, by_columns)

    def failure(self, batch: Batch, i: int) -> int | None:
        """Which guard a row does not fulfil, by the reference."""
        program = self.trace.program
        tape = tape_of(program, Reference)
        return tape.first_failure(tape.forward(self.uniforms(batch), batch.row(i), 0))  # type: ignore[no-any-return]


@dataclass
class Branches:
    """All branches for one shape of the arguments.

    Args:
        name: of the function, for messages.
        retrace: traces the function on a row.
    """

    name: str
    retrace: Callable[[Batch, int], Trace]
    found: list[Branch] = field(default_factory=list)
    lock: Any = field(default_factory=RLock)  # of what is found

    def sweep(self, batch: Batch, work: Callable[..., Swept]) -> Iterator[Swept]:
        """Yield what each branch made of the rows that took it.

        Args:
            batch: all rows.
            work: (branch, batch, kind of tape) -> what it made of them.
        """
        place, lone = 0, batch.rows == 1
        while batch.rows:
            kind, part = None, batch
            if place < len(self.found):
                branch = self.found[place]
            else:
                branch, kind = self.branch_for(batch)
                part = batch if kind is None else batch.pick([0])
            swept = work(branch, part, kind)
            if not any(swept.failed):
                yield swept
                if lone:
                    self.prefer(place)
                if part is batch:
                    return
            elif kind is None and swept.failed.count(0):
                yield kept(swept)
            lost = [i for i, flag in enumerate(swept.failed) if flag]
            batch = batch.pick(lost if kind is None else range(1, batch.rows))
            place += 1

    def prefer(self, place: int) -> None:
        """Try first, next time, what a lone row took."""
        if 0 < place < len(self.found):
            with self.lock:
                self.found.insert(0, self.found.pop(place))

    def branch_for(self, batch: Batch) -> tuple[Branch, Any]:
        """The branch that the first row takes, and the tape to use: the reference for a row whose
        comparison the accelerator's rounding turned over."""
        with self.lock:
            for branch in self.found:
                if branch.failure(batch, 0) is None:
                    return branch, Reference
            if len(self.found) >= MOST:
                flips = self.flips(batch)
                raise errors.TraceError(errors.too_many_branches(self.name, MOST, flips))
            branch = Branch(self.retrace(batch, 0))
            self.found.append(branch)
        return branch, None

    def flips(self, batch: Batch) -> str:
        """Which comparison most branches part at."""
        lines: Counter[str] = Counter()
        for branch in self.found:
            place = branch.failure(batch, 0)
            if place is not None:
                guard = branch.trace.program.guards[place]
                lines[f"{SIGNS[guard.kind]} at {branch.trace.sources[place]}"] += 1
        return lines.most_common(1)[0][0] if lines else "nothing"


def kept(swept: Swept) -> Swept:
    """What a tape made of the rows that did not fail."""
    branch, batch = swept.branch, swept.batch
    passed = [i for i, flag in enumerate(swept.failed) if not flag]
    outputs = pick_rows(swept.outputs, passed, branch.width())
    by_columns = swept.by_columns and pick_rows(swept.by_columns, passed, batch.width)
    failed = bytearray(len(passed))
    return Swept(branch, batch.pick(passed), outputs, failed, swept.by_uniforms, by_columns)


def pick_rows(numbers: "array[float]", rows: Sequence[int], width: int) -> "array[float]":
    return array("d", [x for i in rows for x in numbers[i * width : (i + 1) * width]])


def rebuilt(branch: Branch) -> list[Any]:
    """The outputs of a branch's program run on labelled Values."""
    program = branch.program(())
    names = program.input_names()
    leaves = [Value(x, label=name) for x, name in zip(branch.trace.numbers, names, strict=True)]
    registers = run(program, leaves)
    return [registers[x] for x in program.outputs]
