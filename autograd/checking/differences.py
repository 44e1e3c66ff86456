"""The derivative of a function by finite differences, with a bound on its own error.

Each evaluation comes with a bound on its round-off and the branch it was computed on; steps that
reach another branch, raise or are not finite are left out.  What is left is extrapolated to step 0.
"""

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from autograd.checking.branches import Signature
from autograd.checking.neville import Entry, Estimate, Table

__all__ = ["Estimate", "Sample", "central", "one_sided", "quiet", "rounded_step"]

NAN = math.nan
EPSILON = 2.0**-52
# Halvings of the step: 1 + 2 · 16 evaluations with a graph, 9 + 2 · 15 without one.
LEVELS = 16
# The shortest step, relative to max(1, |x|): below it round-off is all there is.
SHORTEST = 2.0**-34
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


def rounded_step(step: float) -> float:
    """Return a step of few bits, so that adding it to most numbers is exact."""
    fraction, exponent = math.frexp(step)
    return math.ldexp(max(math.floor(fraction * 4096.0), 1), exponent - 12)


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
        self.step = rounded_step(step)
        self.shortest = SHORTEST * unit_of(x)
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

    def finished(self, best: Estimate) -> Estimate:
        """Return the estimate with what is known of the walk."""
        usable = math.isfinite(best.error)
        return replace(
            best,
            slope=self.slope,
            evaluations=self.count,
            problem=best.problem or ("" if usable else self.problem),
            flat=self.flat,
        )


def central(probe: Probe, x: float, base: Sample, step: float, levels: int = LEVELS) -> Estimate:
    """Return df/dx at x by central differences, extrapolated to step 0.

    Args:
        probe: evaluates f at a number; is told how far rounding moved that number.
        x: the point.
        base: f at the point.
        step: the longest step.
        levels: how often the step is halved at most.

    >>> cube = lambda t, off: Sample(t ** 3, 2.0 ** -51 * abs(t) ** 3)
    >>> found = central(cube, 2.0, cube(2.0, 0.0), 0.25)
    >>> abs(found.derivative - 12.0) <= found.error < 1e-12, found.evaluations
    (True, 8)
    """
    walk, table = Walk(probe, x, base, step), Table(4.0)
    while table.lines < levels and walk.step >= walk.shortest and not table.settled:
        right = walk.at(walk.step, base.branch)
        left = right if right.problem else walk.at(-walk.step, base.branch)
        if right.problem or left.problem:
            table = Table(4.0)
            walk.step = rounded_step(walk.step * RETREAT)
        else:
            drift = one_sided_gap(right, base, left, walk.step)
            table.add(difference(right, left, 2.0 * walk.step), drift)
            walk.step /= 2.0
    return walk.finished(table.checked)


def difference(right: Sample, left: Sample, width: float) -> Entry:
    slope = (right.value - left.value) / width
    noise = abs((right.noise + left.noise) / width)
    return Entry(slope, noise + 2.0 * EPSILON * abs(slope))


def one_sided_gap(right: Sample, base: Sample, left: Sample, step: float) -> Entry:
    """Return the slope on the right less the slope on the left."""
    bend = (right.value - base.value) - (base.value - left.value)
    return Entry(bend / step, (right.noise + 2.0 * base.noise + left.noise) / step)


def one_sided(probe: Probe, x: float, base: Sample, step: float, levels: int = LEVELS) -> Estimate:
    """Return the derivative on one side of x: the right for a positive step, else the left.

    Args:
        probe: evaluates f at a number; is told how far rounding moved that number.
        x: the point; f must be continuous there.
        base: f at the point, on whatever branch.
        step: the longest step.
        levels: how often the step is halved at most.

    >>> size = lambda t, off: Sample(abs(t), 0.0, (t > 0.0,))
    >>> one_sided(size, 0.0, size(0.0, 0.0), -0.25).derivative
    -1.0
    """
    walk, table = Walk(probe, x, base, abs(step)), Table(2.0)
    direction = math.copysign(1.0, step)
    branch: Signature | None = None
    while table.lines < levels and walk.step >= walk.shortest and not table.settled:
        sample = walk.at(direction * walk.step, branch)
        if sample.problem:
            table, branch = Table(2.0), None
            walk.step = rounded_step(walk.step * RETREAT)
        else:
            branch = sample.branch
            slope = difference(sample, base, direction * walk.step)
            table.add(slope, drift_from(table, slope))
            walk.step /= 2.0
    return walk.finished(table.checked)


def drift_from(table: Table, slope: Entry) -> Entry:
    """Return how far a one-sided slope is from that of the step before."""
    before = table.line[0] if table.line else slope
    return Entry(slope.value - before.value, slope.noise + before.noise)


# -- functions without a graph -----------------------------------------------------------------

# Where round-off is sampled, relative to max(1, |x|): close by, and at no regular distances, since
# rounding may repeat itself at such.
OFFSETS = tuple(
    2.0**-36 * t for t in (-4.309, -3.143, -2.236, -1.207, 0.0, 0.939, 1.862, 3.317, 4.123)
)


ENDS = (OFFSETS[0], OFFSETS[-1])
# Where f is one number there, it may be made of steps, as in float32: up to so many times further
# away it may leave that number on both sides, which beside a kink it does not.
WIDEST = 8.0**8


def quiet(f: Callable[[float], float], x: float) -> tuple[float, int]:
    """Return the size of the round-off in f near x, and how often f was called.

    Over so short a stretch f is a straight line but for its round-off, so what a number is off the
    line between its neighbours shows nothing else.

    Source: J. J. Moré and S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33
    (2011), in its simplest form.

    >>> noise, calls = quiet(lambda t: 3.0 * t, 1.0)
    >>> noise < 1e-14, calls
    (True, 9)
    """
    points = sampled(f, x, OFFSETS)
    calls, scale, values = len(points), 1.0, {value for _, value in points}
    while len(values) == 1 and scale < WIDEST:
        scale, calls = 8.0 * scale, calls + 2
        if values.isdisjoint(value for _, value in sampled(f, x, ENDS, scale)):
            points, values = sampled(f, x, OFFSETS, scale), set()
            calls += len(points)
    bends = map(off_line, points, points[1:], points[2:])
    return max(filter(math.isfinite, bends), default=0.0), calls


def sampled(
    f: Callable[[float], float], x: float, offsets: Iterable[float], scale: float = 1.0
) -> list[tuple[float, float]]:
    """Return points around x, and f there: nan where it raises, as a user's function may."""
    points = [(x + unit_of(x) * scale * offset, NAN) for offset in offsets]
    for i, (number, _) in enumerate(points):
        with suppress(Exception):
            points[i] = (number, f(number))
    return points


def off_line(*points: tuple[float, float]) -> float:
    """Return twice the distance of the middle one of three points from the line of the others."""
    (a, f), (b, g), (c, h) = points
    return 2.0 * abs((g - f) - (h - f) * ((b - a) / (c - a)))
