"""What a gradient check says: a verdict per partial derivative, and a table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.errors import GradientCheckError

__all__ = ["FAIL", "INCONCLUSIVE", "PASS", "PartialCheck", "Report"]

HEAD = ("input", "verdict", "gradient", "finite difference", "± bound", "relative error")
PASS = "PASS"
FAIL = "FAIL"
INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class PartialCheck:
    """One partial derivative: the engine's number beside the finite difference.

    Attributes:
        name: which input it is the derivative by.
        verdict: PASS, FAIL or INCONCLUSIVE.
        gradient: the derivative by the chain rule.
        reference: the derivative by finite differences.
        bound: how far the reference may be off.
        scale: the size that errors are relative to.
        evaluations: how often the function was called.
        reason: why the verdict is INCONCLUSIVE; "" otherwise.
    """

    name: str
    verdict: str
    gradient: float
    reference: float
    bound: float
    scale: float
    evaluations: int
    reason: str = ""

    @property
    def error(self) -> float:
        """The relative difference |gradient − reference| / scale; nan where there is none."""
        difference = abs(self.gradient - self.reference)
        return difference / self.scale if difference and self.scale else difference


@dataclass(frozen=True)
class Report:
    """The result of a check.  It is true when every partial passed."""

    partials: tuple[PartialCheck, ...]

    def __bool__(self) -> bool:
        return all(partial.verdict == PASS for partial in self.partials)

    def count(self, verdict: str) -> int:
        """Return how many partials got the verdict."""
        return sum(partial.verdict == verdict for partial in self.partials)

    @property
    def worst(self) -> PartialCheck | None:
        """The conclusive partial with the largest relative error; None when there is none."""
        conclusive = [p for p in self.partials if p.verdict != INCONCLUSIVE]
        return max(conclusive, key=lambda p: p.error, default=None)

    def raise_on_failure(self) -> None:
        """Raise GradientCheckError when a partial failed, or when nothing was conclusive."""
        nothing = self.partials and self.count(INCONCLUSIVE) == len(self.partials)
        if self.count(FAIL) or nothing:
            raise GradientCheckError(str(self))

    def __str__(self) -> str:
        rows = [HEAD, *map(row, self.partials)]
        verdicts = ", ".join(
            f"{self.count(verdict)} {verdict}"
            for verdict in (PASS, FAIL, INCONCLUSIVE)
            if self.count(verdict)
        )
        return "\n".join([f"gradient check: {verdicts or 'nothing to check'}", *aligned(rows)])


def row(p: PartialCheck) -> tuple[str, ...]:
    numbers = (f"{p.gradient:.10g}", f"{p.reference:.10g}", f"{p.bound:.1e}", f"{p.error:.1e}")
    return (p.name, p.verdict, *numbers, *((p.reason,) if p.reason else ()))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, columns padded to one width."""
    widths = [
        max(len(cell) for cell in column) for column in zip(*(r[:6] for r in rows), strict=True)
    ]
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(r, widths, strict=False)), *r[6:]]).rstrip()
        for r in rows
    ]
