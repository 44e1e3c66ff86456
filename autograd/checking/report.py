"""What a gradient check says: a verdict per partial derivative, and a table of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.errors import GradientCheckError

__all__ = ["FAIL", "INCONCLUSIVE", "PASS", "PartialCheck", "Report"]

HEAD = ("input", "verdict", "gradient", "finite difference", "± bound", "relative error")
PASS = "PASS"
FAIL = "FAIL"
INCONCLUSIVE = "INCONCLUSIVE"
LEFT = "text-align:left"  # Jupyter sets tables to the right
COLOURS = {PASS: "#1b7837", FAIL: "#b2182b", INCONCLUSIVE: "#8a6d00"}


@dataclass(frozen=True)
class PartialCheck:
    """One partial derivative: the engine's number beside the finite difference.

    Attributes:
        name: which input it is the derivative by; "x,y" for a second derivative.
        verdict: PASS, FAIL or INCONCLUSIVE.
        gradient: the derivative by the chain rule.
        reference: the derivative by finite differences.
        bound: how far a right gradient may be from the reference.
        scale: the size that errors are relative to.
        evaluations: how often the function was called.
        reason: why the verdict is INCONCLUSIVE; "" otherwise.
        blame: for a FAIL, the operation whose partial is wrong and its line; "" otherwise.
    """

    name: str
    verdict: str
    gradient: float
    reference: float
    bound: float
    scale: float
    evaluations: int
    reason: str = ""
    blame: str = ""

    @property
    def error(self) -> float:
        """The relative difference |gradient − reference| / scale; nan where there is none."""
        difference = abs(self.gradient - self.reference)
        return difference / self.scale if difference and self.scale else difference

    @property
    def remark(self) -> str:
        """The reason or the blame, whichever there is."""
        return "; ".join(text for text in (self.reason, self.blame) if text)


@dataclass(frozen=True, repr=False)
class Report:
    """The result of a check.  It is true when every partial passed."""

    partials: tuple[PartialCheck, ...]

    def __bool__(self) -> bool:
        return all(partial.verdict == PASS for partial in self.partials)

    def count(self, verdict: str) -> int:
        """Return how many partials got the verdict."""
        return sum(partial.verdict == verdict for partial in self.partials)

    @property
    def conclusive(self) -> bool:
        """Whether any partial passed or failed, or there was none to check."""
        return not self.partials or self.count(INCONCLUSIVE) < len(self.partials)

    @property
    def worst(self) -> PartialCheck | None:
        """The conclusive partial with the largest relative error; None when there is none."""
        conclusive = [p for p in self.partials if p.verdict != INCONCLUSIVE]
        return max(conclusive, key=lambda p: p.error, default=None)

    def raise_on_failure(self) -> None:
        """Raise GradientCheckError when a partial failed, or when nothing was conclusive."""
        if self.count(FAIL) or not self.conclusive:
            raise GradientCheckError(str(self))

    def summary(self) -> str:
        """Return the counts in words: "2 PASS, 1 FAIL"."""
        verdicts = ", ".join(
            f"{self.count(verdict)} {verdict}"
            for verdict in (PASS, FAIL, INCONCLUSIVE)
            if self.count(verdict)
        )
        return f"gradient check: {verdicts or 'nothing to check'}"

    def __str__(self) -> str:
        return "\n".join([self.summary(), *aligned([HEAD, *map(row, self.partials)])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return a table for Jupyter."""
        remarks = ("why",) if any(partial.remark for partial in self.partials) else ()
        head = "".join(html_cell("th", cell) for cell in (*HEAD, *remarks))
        body = "".join(html_row(partial, len(HEAD) + len(remarks)) for partial in self.partials)
        caption = f'<caption style="{LEFT}">{escaped(self.summary())}</caption>'
        return f"<table>{caption}<tr>{head}</tr>{body}</table>"


def row(p: PartialCheck) -> tuple[str, ...]:
    numbers = (f"{p.gradient:.10g}", f"{p.reference:.10g}", f"{p.bound:.1e}", f"{p.error:.1e}")
    return (p.name, p.verdict, *numbers, *((p.remark,) if p.remark else ()))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, columns padded to one width."""
    widths = [
        max(len(cell) for cell in column) for column in zip(*(r[:6] for r in rows), strict=True)
    ]
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(r, widths, strict=False)), *r[6:]]).rstrip()
        for r in rows
    ]


def html_row(p: PartialCheck, width: int) -> str:
    name, verdict, *rest = (*row(p), "")[:width]
    input = f'<td style="{LEFT}"><code>{escaped(name)}</code></td>'
    coloured = html_cell("td", verdict, f"color:{COLOURS[verdict]};font-weight:bold")
    numbers, remark = rest[: len(HEAD) - 2], rest[len(HEAD) - 2 :]
    cells = [html_cell("td", text) for text in numbers]
    cells += [f'<td style="{LEFT}">{escaped(text)}</td>' for text in remark]
    return f"<tr>{input}{coloured}{''.join(cells)}</tr>"


def html_cell(tag: str, text: str, style: str = "") -> str:
    return f'<{tag} style="{LEFT};white-space:nowrap;{style}">{escaped(text)}</{tag}>'


def escaped(text: str) -> str:
    import html  # noqa: PLC0415 - only Jupyter asks for it

    return html.escape(text)
