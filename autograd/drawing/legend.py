"""The legend: the scale of the colours, and what a reader must know before trusting a picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.drawing.colors import Theme, fill
from autograd.drawing.formatting import number, plain, signed
from autograd.drawing.options import Options
from autograd.drawing.svg_elements import Element, add, text_element
from autograd.drawing.text_width import shortened, text_width
from autograd.drawing.view import View

__all__ = ["Legend", "legend"]

SIZE, LEADING = 9.5, 15.0
SWATCHES, SWATCH = 21, 5.0
GAP = 6.0
# Notes longer than the picture are wrapped; a small picture grows up to this for them.
WIDEST = 420.0


@dataclass(frozen=True)
class Legend:
    """What stands below a picture.

    Attributes:
        largest: the end of the scale; 0 when there is no scale to show.
        norm: of the scale.
        notes: lines of text.
        width: the room that it takes.
        height: the same.
    """

    largest: float
    norm: str
    notes: tuple[str, ...]
    width: float
    height: float

    def draw(self, into: Element, x: float, y: float, theme: Theme, fmt: str) -> None:
        """Draw it with its corner at x, y."""
        rows = 0
        if self.largest:
            self.scale(into, x, y + LEADING / 2.0, theme, fmt)
            rows = 1
        for row, words in enumerate(self.notes, start=rows):
            text_element(
                into, words, x, y + (row + 0.5) * LEADING, SIZE, class_="note", fill=theme.muted
            )

    def scale(self, into: Element, x: float, middle: float, theme: Theme, fmt: str) -> None:
        """Draw the scale of the colours with its ends."""
        words = f"grad {number(-self.largest, fmt)}"
        text_element(into, words, x, middle, SIZE, class_="low", fill=theme.muted)
        x += text_width(words, SIZE) + GAP
        for i in range(SWATCHES):
            grad = self.largest * (2 * i - SWATCHES + 1) / (SWATCHES - 1)
            color = fill(grad, self.largest, self.norm)
            add(into, "rect", x=x, y=middle - 4.5, width=SWATCH + 0.2, height=9, fill=color)
            x += SWATCH
        words = f"{signed(self.largest, fmt)}   ({self.norm} scale)"
        text_element(into, words, x + GAP, middle, SIZE, class_="high", fill=theme.muted)


def legend(view: View, options: Options, width: float) -> Legend:
    """Return the caption of a view.

    Args:
        view: what is drawn.
        options: norm, fmt and color.
        width: of the picture.
    """
    largest = largest_grad(view) if options.color == "grad" else 0.0
    ends = (
        f"grad {number(-largest, options.fmt)}{signed(largest, options.fmt)}({options.norm} scale)"
    )
    scale = text_width(ends, SIZE) + SWATCHES * SWATCH + 5 * GAP if largest else 0.0
    wanted = max((text_width(words, SIZE) for words in remarks(view)), default=0.0)
    room = max(width, scale, min(wanted, WIDEST))
    notes = tuple(wrapped(remarks(view), room))
    rows = len(notes) + bool(largest)
    return Legend(largest, options.norm, notes, max(scale, room if notes else 0.0), rows * LEADING)


def remarks(view: View) -> list[str]:
    """Return what must be said, in the order of its weight."""
    boxes = view.boxes.values()
    found = ["stale: call refresh()"] if any(box.stale for box in boxes) else []
    if boxes and all(box.grad is None for box in boxes):
        found.append("backward not run")
    return [*found, *(plain(note, 300) for note in view.notes)]


def wrapped(words: Sequence[str], room: float) -> list[str]:
    """Return remarks as lines that fit, several on a line where they do."""
    lines: list[str] = []
    for remark in words:
        joined = f"{lines[-1]} · {remark}" if lines else remark
        if lines and text_width(joined, SIZE) <= room:
            lines[-1] = joined
        else:
            lines.append(remark)
    return [shortened(line, room, SIZE) for line in lines]


def largest_grad(view: View) -> float:
    """Return the largest finite gradient by size, which takes the strongest colour."""
    grads = (box.grad for box in view.boxes.values() if box.grad is not None)
    return max((abs(grad) for grad in grads if math.isfinite(grad)), default=0.0)
