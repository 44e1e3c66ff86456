"""Branches: the traces of a function for one shape of arguments, and which row takes which.

A row goes to the first trace whose guards it fulfils; for a row that fulfils none, the function
is traced once more.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from autograd import errors
from autograd.compiler.branch import Batch, Branch, Swept
from autograd.compiler.program import SIGNS
from autograd.compiler.tape import Reference
from autograd.compiler.trace import Trace

__all__ = ["MOST", "Branches"]

# How many ways through its comparisons a function may take, for one shape of its arguments.
MOST = 64


@dataclass
class Branches:
    """All branches for one shape of the arguments.

    Args:
        name: of the function, for messages.
        retrace: traces the function on a row.
        watched: the key of the function's watch.

    Attributes:
        replays: the short ways of calls like these, by what is asked for: see replay.py.
    """

    name: str
    retrace: Callable[[Batch, int], Trace]
    watched: int
    found: list[Branch] = field(default_factory=list)
    replays: dict[Any, Any] = field(default_factory=dict)
    once: bool = False  # whether they hold for one call only
    lock: Any = field(default_factory=RLock)  # of what is found

    def sweep(self, batch: Batch, work: Callable[..., Swept]) -> list[Swept]:
        """What each branch made of the rows that took it.

        No generator: those turn a StopIteration of the function's own into another error.

        Args:
            batch: all rows.
            work: (branch, batch, kind of tape) -> what it made of them.
        """
        made: list[Swept] = []
        place, lone = 0, batch.rows == 1
        while batch.rows:
            kind, part = None, batch
            if place < len(self.found):
                branch = self.found[place]
            else:
                branch, kind = self.branch_for(batch)
                part = batch if kind is None else batch.pick([0])
            swept = work(branch, part, kind)
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
            self.once |= branch.trace.once
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
