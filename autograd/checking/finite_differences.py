"""The derivative of a function by finite differences, with a bound on its own error.

Each evaluation comes with a bound on its round-off and the branch it was computed on; steps that
reach another branch, raise or are not finite are left out.  What is left is extrapolated to step 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from autograd.checking.neville import Entry, Estimate, Table
from autograd.checking.singularities import Signature

__all__ = ["Estimate", "Sample", "central", "one_sided", "rounded_step", "unit_of"]

EPSILON = 2.0**-52
# How much shorter each step is than the one before: no ratio that a period of f could share, as
# powers of two do, nor one whose powers come close to whole numbers, as the golden section's do.
SHORTER = math.exp(-math.e / 4.0)
# The shortest step: so many units in the last place of x; never below the second number.
SHORTEST, LEAST = 16.0, 2.0**-100
# How much shorter a step gets when one was not usable.
RETREAT = 0.25


@dataclass(frozen=True)
class Sample:
    """One evaluation of f.

    Attributes:
        value: the number.
        noise: a bound on its round-off.
        branch: the signature of the piece of f it was computed on.
        problem: why it is of no use; "" when it is.
    """

    value: float
    noise: float = 0.0
    branch: Signature = ()
    problem: str = ""


# Takes the input, and by how much rounding moved it from where it was meant to be.
Probe = Callable[[float, float], Sample]


def unit_of(x: float) -> float:
    """The largest power of two that is not above max(1, |x|)."""
    return 2.0 ** math.floor(math.log2(max(1.0, abs(x))))


def rounded_step(x: float, step: float) -> float:
    """Return a step next to the one given that x can be moved by exactly, unless x is tiny."""
    grain = math.ulp(abs(x) + abs(step))
    return max(round(step / grain), 1) * grain


def displaced(x: float, step: float) -> tuple[float, float]:
    """Return x + step rounded, and how far that is from x + step, exactly.

    Source: D. E. Knuth, "The Art of Computer Programming" 2, section 4.2.2, Theorem B.
    """
    total = x + step
    other = total - x
    return total, (x - (total - other)) + (step - other)


class Walk:
    """Evaluations of f around x, at steps that halve.

    Args:
        probe: evaluates f.
        x: the point.
        base: f at the point.
        step: the longest step.
    """

    def __init__(self, probe: Probe, x: float, base: Sample, step: float) -> None:
        self.probe = probe
        self.x = x
        self.base = base
        self.step = step
        self.shortest = max(SHORTEST * math.ulp(x), LEAST)
        self.count = 0
        self.slope = 0.0
        self.flat = True
        self.problem = ""

    def at(self, step: float, branch: Signature | None) -> Sample:
        """Evaluate f at x + step; note what is wrong with it."""
        number, off = displaced(self.x, step)
        sample = self.probe(number, abs(off))
        self.count += 1
        self.flat = self.flat and sample.value == self.base.value
        if not sample.problem and not math.isfinite(sample.value):
            sample = replace(sample, problem=f"f is {sample.value!r} nearby")
        if not sample.problem and not math.isfinite(sample.noise):
            sample = replace(sample, problem="the round-off in f has no bound nearby")
        if not sample.problem and branch is not None and sample.branch != branch:
            sample = replace(sample, problem="a kink or a jump nearby")
        self.problem = sample.problem or self.problem
        if not sample.problem:
            steepness = abs(sample.value - self.base.value) / abs(step)
            self.slope = self.slope or steepness
        return sample

    def finished(self, table: Table) -> Estimate:
        """Return the estimate with what is known of the walk."""
        best = table.checked
        usable = math.isfinite(best.error)
        return replace(
            best,
            slope=self.slope,
            evaluations=self.count,
            problem=best.problem or ("" if usable else self.problem),
            flat=self.flat,
        )


def central(probe: Probe, x: float, base: Sample, step: float) -> Estimate:
    """Return df/dx at x by central differences, extrapolated to step 0.

    Args:
        probe: evaluates f at a number; is told how far rounding moved that number.
        x: the point.
        base: f at the point.
        step: the longest step.

    >>> cube = lambda t, off: Sample(t ** 3, 2.0 ** -51 * abs(t) ** 3)
    >>> found = central(cube, 2.0, cube(2.0, 0.0), 0.25)
    >>> abs(found.derivative - 12.0) <= found.error < 1e-12, found.evaluations
    (True, 10)
    """
    walk, table = Walk(probe, x, base, step), Table(2)
    while walk.step >= walk.shortest and not table.settled:
        step = rounded_step(x, walk.step)
        right = walk.at(step, base.branch)
        left = right if right.problem else walk.at(-step, base.branch)
        if right.problem or left.problem:
            table = Table(2)
            walk.step *= RETREAT
        else:
            drift = one_sided_gap(right, base, left, step)
            table.add(difference(right, left, 2.0 * step), drift, step)
            walk.step *= SHORTER
    return walk.finished(table)


def difference(right: Sample, left: Sample, width: float) -> Entry:
    slope = (right.value - left.value) / width
    noise = abs((right.noise + left.noise) / width)
    return Entry(slope, noise + 2.0 * EPSILON * abs(slope))


def one_sided_gap(right: Sample, base: Sample, left: Sample, step: float) -> Entry:
    """Return the slope on the right less the slope on the left."""
    bend = (right.value - base.value) - (base.value - left.value)
    return Entry(bend / step, (right.noise + 2.0 * base.noise + left.noise) / step)


def one_sided(probe: Probe, x: float, base: Sample, step: float, witnesses: int = 2) -> Estimate:
    """Return the derivative on one side of x: the right for a positive step, else the left.

    Args:
        probe: evaluates f at a number; is told how far rounding moved that number.
        x: the point; f must be continuous there.
        base: f at the point, on whatever branch.
        step: the longest step.
        witnesses: how many shorter steps must bear out the slope.

    >>> size = lambda t, off: Sample(abs(t), 0.0, (t > 0.0,))
    >>> one_sided(size, 0.0, size(0.0, 0.0), -0.25).derivative
    -1.0
    """
    walk, table = Walk(probe, x, base, abs(step)), Table(1, witnesses)
    direction = math.copysign(1.0, step)
    branch: Signature | None = None
    while walk.step >= walk.shortest and not table.settled:
        size = rounded_step(x, walk.step)
        sample = walk.at(direction * size, branch)
        if sample.problem:
            table, branch = Table(1, witnesses), None
            walk.step *= RETREAT
        else:
            branch = sample.branch
            slope = difference(sample, base, direction * size)
            table.add(slope, drift_from(table, slope), size)
            walk.step *= SHORTER
    return walk.finished(table)


def drift_from(table: Table, slope: Entry) -> Entry:
    """Return how far a one-sided slope is from that of the step before."""
    before = table.line[0] if table.line else slope
    return Entry(slope.value - before.value, slope.noise + before.noise)
