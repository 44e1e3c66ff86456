"""Neville's table: difference quotients at halving steps, extrapolated to 0, with their errors.

An error is how far an entry is from its neighbours, plus the round-off that got into it.
"""

import math
from dataclasses import dataclass, field, replace

__all__ = ["Entry", "Estimate", "Table"]

INF = math.inf
NAN = math.nan
# What falls like the step on a smooth function falls by less than this at a kink.
STAYS = 0.7
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
    """

    derivative: float = NAN
    error: float = INF
    noise: float = INF
    slope: float = 0.0
    evaluations: int = 0
    problem: str = ""
    flat: bool = False


@dataclass(frozen=True)
class Entry:
    """A number of Neville's table and the round-off that got into it."""

    value: float
    noise: float


@dataclass
class Table:
    """Neville's table: each line is the difference at half the step, extrapolated to step 0.

    Args:
        ratio: what the leading error falls by from line to line: 4 for central differences, 2 for
            one-sided ones.

    Attributes:
        best: the entry with the least error.
        drifts: for each line, what falls with the step where the function is smooth.

    Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
    Engineering Software 4 (1982), with the round-off term added.
    """

    ratio: float
    line: list[Entry] = field(default_factory=list)
    lines: int = 0
    best: Estimate = field(default_factory=Estimate)
    best_line: int = 0
    drifts: list[Entry] = field(default_factory=list)

    def add(self, first: Entry, drift: Entry) -> None:
        """Add a line; keep the entry with the least error that its neighbours bear out."""
        above, self.line = self.line, extrapolated(first, self.line, self.ratio)
        self.lines += 1
        self.drifts.append(drift)
        for k in range(1, len(self.line)):
            entry, left, diagonal = self.line[k], self.line[k - 1], above[k - 1]
            apart = max(abs(entry.value - left.value), abs(entry.value - diagonal.value))
            if self.lines >= 3 and apart + entry.noise < self.best.error:
                self.best_line = self.lines
                self.best = replace(
                    self.best,
                    derivative=entry.value,
                    error=apart + entry.noise,
                    noise=entry.noise,
                )

    @property
    def settled(self) -> bool:
        """Whether the best entry is as good as round-off lets it be."""
        return self.lines >= 4 and self.best.error <= 3.0 * self.best.noise

    @property
    def checked(self) -> Estimate:
        """The best entry; vaguer where the drift stays, so that f is not smooth after all."""
        triples = zip(self.drifts, self.drifts[1:], self.drifts[2:], strict=False)
        late = list(triples)[max(self.best_line - 3, 0) :]
        worst = max((abs(c.value) for a, b, c in late if stays(a, b, c)), default=0.0)
        if worst <= self.best.error:
            return self.best
        return replace(self.best, error=self.best.error + worst, problem=STAYING)


def stays(earlier: Entry, before: Entry, last: Entry) -> bool:
    """Whether the drift of three lines in turn is more than noise, and does not fall."""
    sizes = [abs(each.value) for each in (earlier, before, last)]
    falls = sizes[2] < STAYS * sizes[1] or sizes[1] < STAYS * sizes[0]
    return not falls and sizes[2] > 4.0 * last.noise


def extrapolated(first: Entry, above: list[Entry], ratio: float) -> list[Entry]:
    """Return the next line of Neville's table."""
    line, weight = [first], 1.0
    for entry in above:
        weight *= ratio
        last = line[-1]
        value = last.value + (last.value - entry.value) / (weight - 1.0)
        line.append(Entry(value, (weight * last.noise + entry.noise) / (weight - 1.0)))
    return line
