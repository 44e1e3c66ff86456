"""Counts of verdicts, and how the tables are printed."""

from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["VERDICTS", "counted", "decade", "show"]

VERDICTS = ("PASS", "INCONCLUSIVE", "FAIL")


def decade(number: float) -> str:
    """Return the decade a positive number is in: "1e-05..1e-04"."""
    high = next(power for power in range(-20, 20) if number < 10.0**power)
    return f"1e{high - 1:+03}..1e{high:+03}"


def show(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; its first column is text, the others are numbers."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for first, *others in cells:
        numbers = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ", first.ljust(widths[0]), "  ".join(["", *numbers]), flush=True)


def counted(counts: Counter[tuple[str, str]]) -> list[list[object]]:
    """Return a row for every place: how many, and how many of each verdict, then their sum."""
    places = [*sorted({place for place, _ in counts})]
    rows = [[place, *(counts[place, verdict] for verdict in VERDICTS)] for place in places]
    rows.append(["all", *(sum(row[k] for row in rows) for k in (1, 2, 3))])  # type: ignore[misc]
    return [with_share(row) for row in rows]


def with_share(row: list[object]) -> list[object]:
    place, *numbers = row
    total = sum(numbers)  # type: ignore[arg-type]
    share = 100.0 * numbers[1] / total if total else 0.0  # type: ignore[operator]
    return [place, total, *numbers, f"{share:.2f}"]
