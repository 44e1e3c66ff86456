"""Neville's table: differences at ever shorter steps, extrapolated to 0, with their errors.

An error is how far an entry is from its neighbours, plus the round-off that got into it.  Where the
function has a part that turns faster than the steps, neighbours agree by chance only, and those of
the steps that follow do not: an entry counts when they bear it out, to round-off.
"""

import math
from dataclasses import dataclass, field, replace

__all__ = ["Entry", "Estimate", "Table"]

INF = math.inf
NAN = math.nan
# What falls like the step on a smooth function falls by less than this at a kink.
STAYS = 0.7
# So many columns are enough for any function that is worth extrapolating.
MOST = 16
STAYING = "one-sided slopes stay apart: a kink or a jump"


@dataclass(frozen=True)
class Estimate:
    """A derivative, how far it may be off, and what it cost.

    Attributes:
        derivative: the extrapolated difference; nan where there is none.
        error: how far it may be off, by the disagreement of its neighbours and by round-off.
        noise: the part of it that is round-off.
        slope: the mean slope of f over the longest step.
        evaluations: how often f was called.
        problem: what was in the way: a kink, a jump, an exception, numbers that are not finite.
        flat: whether f was the same to the last bit everywhere.
        step: the shortest step that it rests on.
        resolved: whether f agrees, to round-off, at steps that no period has in common.
    """

    derivative: float = NAN
    error: float = INF
    noise: float = INF
    slope: float = 0.0
    evaluations: int = 0
    problem: str = ""
    flat: bool = False
    step: float = 0.0
    resolved: bool = False


@dataclass(frozen=True)
class Entry:
    """A number of Neville's table and the round-off that got into it."""

    value: float
    noise: float


@dataclass
class Table:
    """Neville's table: each line is the difference at a shorter step, extrapolated to step 0.

    Args:
        power: of the step, in the leading error: 2 for central differences, 1 for one-sided ones.
        needed: how many further lines must agree with an entry.

    Attributes:
        best: the entry with the least error.
        drifts: for each line, what falls with the step where the function is smooth.
        witnesses: how many lines in turn have borne out the entry that is as good as round-off
            lets it be; the next may be the last of them.

    Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
    Engineering Software 4 (1982), with the round-off term added.
    """

    power: int
    needed: int = 2
    line: list[Entry] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    best: Estimate = field(default_factory=Estimate)
    best_line: int = 0
    drifts: list[Entry] = field(default_factory=list)
    witnesses: int = 0
    column: int = 0
    claim: Estimate = field(default_factory=Estimate)
    claim_line: int = 0

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self.steps)

    @property
    def settled(self) -> bool:
        """Whether an entry is as good as round-off lets it be, and has been borne out."""
        return self.witnesses >= self.needed

    def add(self, first: Entry, drift: Entry, step: float) -> None:
        """Add a line; keep the entry with the least error that its neighbours bear out."""
        above = self.line
        self.line = extrapolated(first, above, self.ratios(step))
        self.steps.append(step)
        self.drifts.append(drift)
        if self.lines >= 3:
            column, found = self.least(above)
            if found.error < self.best.error:
                self.best, self.best_line = found, self.lines
            self.hear(column, found)

    def ratios(self, step: float) -> list[float]:
        """Return what the leading error falls by, from each earlier step, the latest first."""
        return [(earlier / step) ** self.power for earlier in self.steps[-1 : -MOST - 1 : -1]]

    def least(self, above: list[Entry]) -> tuple[int, Estimate]:
        """Return the entry of the latest line with the least error, and its column."""
        column, found = 0, Estimate()
        for k in range(1, len(self.line)):
            entry, left, diagonal = self.line[k], self.line[k - 1], above[k - 1]
            apart = max(abs(entry.value - left.value), abs(entry.value - diagonal.value))
            if apart + entry.noise < found.error:
                column = k
                found = Estimate(entry.value, apart + entry.noise, entry.noise, step=self.steps[-1])
        return column, found

    def hear(self, column: int, found: Estimate) -> None:
        """Take the latest line as a witness for or against the entry that was claimed."""
        if math.isfinite(self.claim.error):
            entry = self.line[min(self.column, len(self.line) - 1)]
            if abs(entry.value - self.claim.derivative) <= 2.0 * (entry.noise + self.claim.error):
                self.witnesses += 1
                return
            self.refute()
        if found.error <= 3.0 * found.noise:
            self.column, self.claim, self.claim_line = column, found, self.lines

    def refute(self) -> None:
        """Forget the entries so far: they agreed by chance."""
        self.claim, self.witnesses = Estimate(), 0
        self.best, self.best_line = Estimate(), self.lines

    def refined(self) -> Estimate:
        """Return the entry borne out, or one from longer steps that it bears out itself."""
        apart = abs(self.best.derivative - self.claim.derivative)
        if not (apart <= self.claim.error and self.best.error < self.claim.error):
            return self.claim
        return replace(self.best, error=max(self.best.error, 0.5 * self.claim.error))

    @property
    def checked(self) -> Estimate:
        """The entry borne out, else the best; vaguer where the drift stays, at a kink."""
        best, line = (self.best, self.best_line)
        if self.settled:
            best, line = replace(self.refined(), resolved=True), self.claim_line
        triples = zip(self.drifts, self.drifts[1:], self.drifts[2:], strict=False)
        late = list(triples)[max(line - 3, 0) :]
        worst = max((abs(c.value) for a, b, c in late if stays(a, b, c)), default=0.0)
        if worst <= best.error:
            return best
        return replace(best, error=best.error + worst, problem=STAYING)


def stays(earlier: Entry, before: Entry, last: Entry) -> bool:
    """Whether the drift of three lines in turn is more than noise, and does not fall."""
    sizes = [abs(each.value) for each in (earlier, before, last)]
    falls = sizes[2] < STAYS * sizes[1] or sizes[1] < STAYS * sizes[0]
    return not falls and sizes[2] > 4.0 * last.noise


def extrapolated(first: Entry, above: list[Entry], ratios: list[float]) -> list[Entry]:
    """Return the next line of Neville's table.

    Args:
        first: the difference at the new step.
        above: the line before.
        ratios: what the leading error falls by from the step of each earlier line, latest first.
    """
    line = [first]
    for entry, weight in zip(above, ratios, strict=False):
        last = line[-1]
        value = last.value + (last.value - entry.value) / (weight - 1.0)
        line.append(Entry(value, (weight * last.noise + entry.noise) / (weight - 1.0)))
    return line
