"""One derivative on trial: the estimates that are made of it until there is a verdict."""

import math
from dataclasses import replace

from autograd.checking.evaluation import Local, Probing
from autograd.checking.finite_differences import EPSILON, Estimate, Sample, central, one_sided
from autograd.checking.noise import ORDINARY
from autograd.checking.report import FAIL, INCONCLUSIVE, PASS, PartialCheck
from autograd.checking.verdicts import ROOM, UNRESOLVED, VAGUE, Case, between_slopes, judge

__all__ = ["REACH", "Draw", "Trial"]

# How far the longest step goes, relative to max(1, |x|).
REACH = 0.25
# Where one-sided slopes stay apart, f is looked at from ever closer by.
CLOSER = (2.0**-16, 2.0**-22)
# Who asks for no more than this resolution says that f is made of steps, as in float32.
COARSE = 1e-5
# From here on functions are met that turn within the distance of two floats; and sawteeth whose
# teeth fall between all floats.
FAR, FURTHER = 2.0**10, 2.0**20
# What turns within so many floats is seen as scatter only.
SEEN = 2.0**6
# A slope that changes f so much from float to float, relative to max(1, |f|), shows in none.
LEAP = 2.0**-12
STEPS = "f is made of steps: they are round-off, or its slope is 0"
HIDDEN = "a kink that the graph does not show: the gradient may be the slope on one side of it"


class Draw:
    """Numbers spread evenly over an interval, without importing `random`.

    Source: H. Weyl, "Über die Gleichverteilung von Zahlen mod. Eins", Math. Ann. 77 (1916).
    """

    def __init__(self, seed: int) -> None:
        self.state = (0.618033988749895 * (1.0 + seed)) % 1.0

    def uniform(self, low: float, high: float) -> float:
        """Return the next number between low and high."""
        self.state = (self.state + 0.7548776662466927) % 1.0
        return low + (high - low) * self.state


class Trial:
    """The estimates for one derivative, until there is a verdict."""

    def __init__(
        self, probing: Probing, row: int, name: str, local: Local, resolution: float
    ) -> None:
        self.probing = probing
        self.row = row
        self.name = name
        self.local = local
        self.resolution = resolution
        self.reach = REACH * max(1.0, abs(probing.x))
        self.step = self.reach  # of the latest estimate: other slopes from there cost few calls

    def probe(self, number: float, off: float) -> Sample:
        """Evaluate f."""
        return self.probing.probe(self.row, number, off)

    def verdict(self, draw: Draw) -> PartialCheck:
        """Return the verdict; where f is rougher close by than closer still, by both views."""
        checked = self.once(draw)
        if self.too_fast(checked):
            return replace(checked, verdict=INCONCLUSIVE, reason=UNRESOLVED)
        if not self.local.opaque or not math.isfinite(self.local.sample.value):
            return checked
        scatter = self.probing.scatter(self.row)
        if scatter.fine == scatter.coarse or (scatter.stepped and self.resolution >= COARSE):
            return checked
        self.probing.fine = True
        closer = self.once(draw)
        self.probing.fine = False
        if closer.verdict == checked.verdict or (closer.verdict == PASS and not scatter.stepped):
            return closer
        return replace(
            checked, verdict=INCONCLUSIVE, reason=STEPS if scatter.stepped else UNRESOLVED
        )

    def too_fast(self, checked: PartialCheck) -> bool:
        """Whether f may turn between two floats: at a point far out it well might.

        Then its round-off is more than that of its result, or of its argument, explains; or the
        gradient's difference from the slope that shows is large for a change of one float.
        """
        x, here = abs(self.probing.x), abs(self.local.sample.value)
        if not (math.isfinite(x) and math.isfinite(here)):
            return False
        noise, unseen = self.noise(checked), abs(checked.gradient - checked.reference) * math.ulp(x)
        vague = checked.bound > abs(checked.reference) and noise > 0.0
        leaps = vague or 0.0 < noise < SEEN * unseen or unseen > LEAP * max(1.0, here)
        if checked.verdict == FAIL and leaps and self.local.opaque:
            return True
        if x >= FAR and noise > max(ORDINARY * here, 16.0 * EPSILON * x * abs(checked.reference)):
            return True
        hidden = unseen > 2.0**10 * EPSILON * here and x >= FURTHER and self.local.opaque
        return hidden and checked.verdict == FAIL

    def noise(self, checked: PartialCheck) -> float:
        """Return the round-off in f at the point, where it is more than that of any function.

        A graph shows it all, unless f uses its input outside too: nothing else is slower to FAIL.
        """
        shown = 0.0 if self.local.opaque else self.local.sample.noise
        if not (self.local.opaque or checked.verdict == FAIL):
            return shown
        scatter = self.probing.scatter(self.row)
        return max(shown, scatter.fine) if scatter.wild else shown

    def once(self, draw: Draw) -> PartialCheck:
        """Return the verdict; a FAIL only when a second estimate, with other steps, agrees."""
        if not (math.isfinite(self.local.sample.value) and math.isfinite(self.probing.x)):
            return judge(self.case(Estimate()))
        if self.local.nearest.distance == 0.0 and self.local.nearest.kind in ("kink", "jump"):
            return self.at_kink(draw)
        first = self.case(self.estimate(draw))
        checked = judge(first)
        if checked.verdict != FAIL or first.estimate.flat:
            return checked
        second = judge(self.case(self.estimate(draw)))
        return self.without_hidden_kink(second) if second.verdict == FAIL else second

    def without_hidden_kink(self, checked: PartialCheck) -> PartialCheck:
        """Return the FAIL, unless the gradient could be the slope on one side of a hidden kink."""
        sides = self.sides(self.step, 1)  # two central differences agree already
        lowest = min(side.derivative - ROOM * side.error for side in sides)
        highest = max(side.derivative + ROOM * side.error for side in sides)
        margin = VAGUE * (highest - lowest)  # slopes that a kink parts are not known to a hair
        outside = not lowest - margin <= checked.gradient <= highest + margin
        known = all(math.isfinite(side.error) for side in sides)
        if known and outside:
            return checked
        return replace(checked, verdict=INCONCLUSIVE, reason=HIDDEN)

    def sides(self, step: float, witnesses: int = 2) -> tuple[Estimate, ...]:
        """Return the slopes on the left and on the right."""
        base, x = self.probing.base(self.row), self.probing.x
        left = one_sided(self.probe, x, base, -step, witnesses)
        return left, one_sided(self.probe, x, base, step, witnesses)

    def case(self, estimate: Estimate) -> Case:
        """Return all there is to judge by, given an estimate."""
        return Case(self.name, self.local, estimate, self.resolution, self.reach)

    def first_step(self, draw: Draw) -> float:
        """Return the longest step: a quarter of max(1, |x|) or less, short of the next kink."""
        step = self.reach * draw.uniform(0.8, 1.0)
        near = self.local.nearest
        margin = 0.9 if near.kind in ("kink", "jump") else 0.5
        return min(step, margin * near.distance) if near.distance else step

    def estimate(self, draw: Draw) -> Estimate:
        """Return the central difference; where slopes stay apart, one from closer by."""
        base, x = self.probing.base(self.row), self.probing.x
        self.step = step = self.first_step(draw)
        found = central(self.probe, x, base, step)
        for nearer in CLOSER:
            if not found.problem or not math.isfinite(found.error):
                break
            closer = central(self.probe, x, base, nearer * step)
            if closer.error < found.error:
                found = closer
        return found

    def at_kink(self, draw: Draw) -> PartialCheck:
        """Return the verdict where the point is on a kink."""
        left, right = self.sides(self.reach * draw.uniform(0.8, 1.0))
        return between_slopes(self.case(right), left, right)
