"""Inspection: calls in `debug()`, in which each row is traced anew and every adjoint looked at.

A trace runs the function on Values, which name the first result that is inf or nan.  The way back
then takes the recorded program as it is, without passes, so that each step has its line.  What
draws numbers, or lets leaves become some, does so once, as in any call.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import isfinite
from operator import is_
from typing import Any

from autograd.compiler.branch import Batch, Branch, Swept, Wanted
from autograd.compiler.branches import Branches
from autograd.compiler.tape import Reference, tape_of
from autograd.debugging import Step
from autograd.primitives import add
from autograd.source import user_line
from autograd.walks import compute, handed_down, plain

__all__ = ["Inspection"]


class Inspection(Branches):
    """A branch for every row, forgotten after the call.

    Args:
        branches: the traces that would be taken outside `debug()`.
        joined: whether the rows' results will be added up.
    """

    def __init__(self, branches: Branches, joined: bool) -> None:
        super().__init__(branches.name, branches.retrace, branches.watched)
        self.joined = joined

    def sweep(self, batch: Batch, work: Callable[..., Swept]) -> Iterator[Swept]:
        """Yield what was made of each row, in their order."""
        sums: dict[Any, float] = {}
        kept: Branch | None = None
        for i in range(batch.rows):
            swept = work(Inspected(self.retrace(batch, i)), batch.pick([i]), Reference)
            add_up(sums, terms(swept, self.joined))
            kept = kept if kept and alike(kept, swept.branch) else swept.branch
            yield swept._replace(branch=kept)


class Inspected(Branch):
    """A branch whose tapes look at every adjoint."""

    def tape(self, wanted: Wanted, kind: Any = None) -> Any:
        """The tape of the program as it was recorded."""
        return tape_of(self.program(wanted, ()), partial(Watchful, self.trace.lines))


class Watchful(Reference):
    """The reference, but it raises NonFiniteError where finite numbers make an adjoint inf or nan.

    Args:
        lines: that of each instruction.
        program: what the reference takes.
    """

    def __init__(self, lines: Sequence[str | None], *program: Any) -> None:
        super().__init__(*program)
        self.lines = lines

    def backward(self, registers: Sequence[float], seeds: Iterable[float]) -> list[float]:
        """Return every register's adjoint, as the reference does."""
        adjoints = [0.0] * len(registers)
        for register, seed in zip(self.outputs, seeds, strict=True):
            adjoints[register] += seed
        for register, rule, operands, flows in self.flows:
            if adjoint := adjoints[register]:
                z, xs = registers[register], [registers[x] for x in operands]
                step = Step(rule.name, z, xs, self.lines[register - self.start])
                partials = rule.partials_at(z, xs, flows)
                for x, slope, flow in zip(operands, partials, flows, strict=True):
                    if flow:
                        adjoints[x] = handed_down(step, adjoint, plain(slope), adjoints[x])
        return adjoints


def alike(branch: Branch, other: Branch) -> bool:
    """Whether two branches took the same way, so that one of them will do."""
    ours, theirs = branch.trace, other.trace
    same_leaves = len(ours.captured) == len(theirs.captured) and all(
        map(is_, ours.captured, theirs.captured)
    )
    return same_leaves and ours.program == theirs.program and branch.shape == other.shape


def terms(swept: Swept, joined: bool) -> Iterator[tuple[Any, float]]:
    """Yield what a row adds to sums over the rows, each with a key."""
    branch, grads = swept.branch, swept.by_uniforms
    if joined:
        yield from enumerate(swept.outputs)
    if grads:
        yield from ((("argument", i), grads[i]) for i in range(branch.own))
        yield from zip(branch.moved, [grads[i] for i in branch.moved_places], strict=True)


def add_up(sums: dict[Any, float], terms: Iterable[tuple[Any, float]]) -> None:
    """Add terms to sums; raise NonFiniteError where finite numbers make one inf or nan."""
    for key, term in terms:
        before = sums.get(key, 0.0)
        sums[key] = before + term
        if not isfinite(sums[key]):
            compute(add, (before, term), user_line())
