"""How a gradient and a finite difference become a verdict: PASS, FAIL or INCONCLUSIVE.

PASS means |error| ≤ resolution × scale: the two agree within the tolerance, and the tolerance is
small enough to have shown an error of that size.  So noise can make a verdict INCONCLUSIVE, never
a PASS.  FAIL means that they differ by more than the tolerance, by two estimates of it.
"""

import math
from dataclasses import dataclass

from autograd.checking.evaluation import Local
from autograd.checking.finite_differences import EPSILON, Estimate
from autograd.checking.report import FAIL, INCONCLUSIVE, PASS, PartialCheck

__all__ = ["ROOM", "UNRESOLVED", "VAGUE", "Case", "between_slopes", "judge", "scale_of"]

# The estimates of error are just that: this is the room they are given.
ROOM = 4.0
# A reference vaguer than this, relative to its own size or to the slope nearby, decides nothing.
VAGUE = 0.05
# The share of a gradient's terms, all taken positive, below which errors are not looked for.
SHARE = 1e-3
# How much larger than f numbers inside it are believed to be, where nothing shows them.
INSIDE = 2.0**16


@dataclass(frozen=True)
class Case:
    """All there is to judge one derivative by.

    Attributes:
        name: what the report calls it.
        local: what the graph says.
        estimate: what finite differences say.
        resolution: the relative error that must be told from 0 for a PASS.
        reach: how far the longest step went.
    """

    name: str
    local: Local
    estimate: Estimate
    resolution: float
    reach: float

    @property
    def tolerance(self) -> float:
        """How far a right gradient may be from the reference."""
        return ROOM * (self.estimate.error + self.local.error)

    @property
    def gradient(self) -> float:
        """The number to judge: of two that should be equal, the one further from the reference."""
        reference = self.estimate.derivative
        return max(self.local.gradients, key=lambda g: (g != g, abs(g - reference)))


def scale_of(case: Case) -> float:
    """Return the size that errors are relative to.

    It is the derivative's own, or a thousandth of its terms' where they cancel.  A gradient of
    exactly 0 has no size of its own; there it is a thousandth of the mean slope nearby.
    """
    scale = max(abs(case.estimate.derivative), SHARE * case.local.size)
    if case.gradient == 0.0:
        scale = max(scale, SHARE * case.estimate.slope)
    return scale if math.isfinite(scale) else 0.0


def judge(case: Case) -> PartialCheck:
    """Return the verdict on one derivative."""
    flat = case.estimate.flat and math.isfinite(case.local.sample.value)
    if flat and not (case.local.recorded and case.local.size):
        return judge_flat(case)
    scale = scale_of(case)
    verdict = verdict_on(case, 0.5 * case.resolution * scale)
    why = reason(case, scale) if verdict == INCONCLUSIVE else ""
    return closed(case, verdict, scale, why)


def verdict_on(case: Case, small: float) -> str:
    """Return the verdict, given what difference is small enough for a PASS."""
    difference = abs(case.gradient - case.estimate.derivative)
    if not (math.isfinite(case.tolerance) and case.estimate.resolved):
        return INCONCLUSIVE
    if not case.local.recorded and difference + case.tolerance <= small:
        return PASS  # nothing shows the round-off in somebody else's gradient
    if not difference <= case.tolerance:
        return INCONCLUSIVE if vague(case.estimate) or swallowed(case) else FAIL
    return PASS if case.tolerance <= small else INCONCLUSIVE


def vague(estimate: Estimate) -> bool:
    """Whether a reference is too poor to convict: off by much, and by more than round-off."""
    size = max(abs(estimate.derivative), estimate.slope)
    return estimate.error > VAGUE * size and estimate.error > 10.0 * estimate.noise


def swallowed(case: Case) -> bool:
    """Whether round-off inside f may have swallowed the slope, so that f is flat nearby.

    Without a graph nobody can tell how large the numbers inside f are.
    """
    flat = case.estimate.derivative == 0.0 and not case.local.recorded
    return flat and abs(case.gradient) <= doubt(case)


def doubt(case: Case) -> float:
    """Return the largest slope that round-off inside a function without a graph may hide."""
    here = max(1.0, abs(case.local.sample.value))
    return EPSILON * INSIDE * here / case.reach


def judge_flat(case: Case) -> PartialCheck:
    """Return the verdict where f never changed by a bit.

    A graph in which no path carries anything proves that f is constant.  Without one, round-off
    inside f may hide a slope, and how much nobody can tell: only a gradient of 0 passes.
    """
    hidden = 0.0
    if not case.local.recorded:
        hidden = EPSILON * abs(case.local.sample.value) / case.reach
    numbers = (case.gradient, 0.0, hidden, 0.0, case.estimate.evaluations)
    if case.gradient and not swallowed(case):
        return PartialCheck(case.name, FAIL, *numbers)
    if case.gradient or hidden > case.resolution:
        why = f"f does not change by a bit; what its last bit may hide is {hidden:.1e} or more"
        return PartialCheck(case.name, INCONCLUSIVE, *numbers, why)
    return PartialCheck(case.name, PASS, *numbers)


def closed(case: Case, verdict: str, scale: float, why: str) -> PartialCheck:
    numbers = (case.gradient, case.estimate.derivative, case.tolerance, scale)
    return PartialCheck(case.name, verdict, *numbers, case.estimate.evaluations, why)


def reason(case: Case, scale: float) -> str:
    """Return why a derivative cannot be decided."""
    here, near = case.local.sample.value, case.local.nearest
    if not math.isfinite(here):
        return f"f is {here!r} at the point"
    unknown = not math.isfinite(case.estimate.error)
    if near.distance < (case.reach if unknown else 1e-3 * case.reach):
        return f"{near.kind} at {place(near.distance)}"
    if unknown or case.estimate.problem:
        return case.estimate.problem or UNSETTLED
    if not case.estimate.resolved:
        return UNRESOLVED
    return vagueness(case, scale)


def place(distance: float) -> str:
    return f"distance {distance:.1e}" if distance else "the point"


UNRESOLVED = "f oscillates faster than the steps that rounding allows"
UNSETTLED = "the differences do not settle: f turns too sharply, or changes by itself"
BOUNDLESS = "the round-off in the gradient has no bound: a branch hangs on it, or a pole is near"


def vagueness(case: Case, scale: float) -> str:
    """Return what makes the tolerance too large."""
    estimate, size = case.estimate, case.local.size
    if not math.isfinite(case.local.error):
        return BOUNDLESS
    cancelled = case.tolerance < size > abs(estimate.derivative) / SHARE
    if cancelled:
        return f"cancellation: terms of size {size:.1e} leave {estimate.derivative:.1e}"
    if case.local.error > estimate.error:
        return f"round-off in the gradient itself: up to {case.local.error:.1e}"
    if estimate.error > 10.0 * estimate.noise:
        return UNSETTLED
    return lost(case, scale)


def lost(case: Case, scale: float) -> str:
    """Return how much of the derivative round-off has left."""
    if not scale:
        return "round-off: the derivative cannot be told from 0"
    if case.tolerance < scale:
        return f"round-off: the difference is known to {case.tolerance / scale:.0e} relative only"
    slope = f"{abs(case.gradient):.1e}"
    return f"round-off: a slope of size {slope} is lost in the last digits of f"


def between_slopes(case: Case, left: Estimate, right: Estimate) -> PartialCheck:
    """Return the verdict at a kink, from the slopes on both sides.

    Where they are one, it is as good as smooth.  Where they differ, a right gradient lies between
    them: INCONCLUSIVE, since any such number is only a convention; outside, it is a FAIL.  Where
    several kinks meet, conventions that are right one by one may leave the interval together.

    Source: S. Kakade and J. D. Lee, "Provably correct automatic subdifferentiation for qualified
    programs", NeurIPS 2018.
    """
    errors, gap = ROOM * (left.error + right.error), abs(left.derivative - right.derivative)
    middle = 0.5 * (left.derivative + right.derivative)
    count = left.evaluations + right.evaluations
    near = case.local.nearest
    merged = Estimate(
        middle,
        max(left.error, right.error),
        0.0,
        max(left.slope, right.slope),
        count,
        resolved=left.resolved and right.resolved,
    )
    same = Case(case.name, case.local, merged, case.resolution, case.reach)
    if not (math.isfinite(errors) and math.isfinite(gap)):
        problem = left.problem or right.problem or "one-sided slopes do not settle"
        return closed(same, INCONCLUSIVE, 0.0, f"{near.kind} at the point: {problem}")
    if gap <= errors or not merged.resolved:
        return judge(same)
    bound = 0.5 * gap + errors + ROOM * case.local.error
    inside = abs(case.gradient - middle) <= bound
    slopes = f"slope {left.derivative:.6g} on the left, {right.derivative:.6g} on the right"
    verdict = INCONCLUSIVE if inside or near.count > 1 else FAIL
    numbers = (case.gradient, middle, bound, scale_of(same), count)
    where = "is between" if inside else "is not between"
    return PartialCheck(
        case.name,
        verdict,
        *numbers,
        f"{near.kind} at the point: {slopes}; the gradient {where}",
    )
