"""Edge renderer: a line's two flows, grey forward and coloured backward, with its label."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.drawing.box_content import LABEL_LEADING, LABEL_SIZE, label_lines
from autograd.drawing.colors import Theme, ink, width
from autograd.drawing.edge_paths import arrowhead, path, trimmed
from autograd.drawing.layout import Point, Rect
from autograd.drawing.options import Options
from autograd.drawing.svg_elements import Element, add, text_element
from autograd.drawing.view import Line

__all__ = ["EdgeRenderer"]

# Between the two strokes, in pixels.
GAP = 0.5


@dataclass(frozen=True)
class EdgeRenderer:
    """Draws lines.

    Args:
        options: flow, norm and color.
        theme: the colours.
        largest: the largest contribution in the picture, by size.
    """

    options: Options
    theme: Theme
    largest: float

    def draw(self, into: Element, line: Line, points: Sequence[Point]) -> None:
        """Draw a line with the arrowheads of the flows that there are."""
        backward = self.options.flow != "forward" and line.contribution is not None
        forward = self.options.flow != "backward" or not backward
        thick = width(line.contribution, self.largest) if backward else 1.0
        length, half = 6.0 + 0.8 * thick, 2.3 + 0.75 * thick
        shaft = trimmed(points, backward * (length - 1.0), forward * (length - 1.0))
        aside = (thick + GAP) / 2.0 if backward and forward else 0.0
        if forward:
            color = self.theme.forward
            self.stroke(into, "forward", path(shaft, aside), color, thick)
            head = arrowhead(points, length, half, at_end=True)
            add(into, "polygon", class_="forward", points=head, fill=color, stroke="none")
        if backward:
            color = self.color(line)
            self.stroke(into, "backward", path(shaft, -aside), color, thick)
            head = arrowhead(points, length, half, at_end=False)
            add(into, "polygon", class_="backward", points=head, fill=color, stroke="none")

    def stroke(self, into: Element, flow: str, data: str, color: str, thick: float) -> None:
        """Draw one of the two strokes."""
        add(into, "path", class_=flow, d=data, fill="none", stroke=color, stroke_width=thick)

    def color(self, line: Line) -> str:
        """Return the colour of the backward arrow."""
        if self.options.color == "none":
            return self.theme.forward
        return ink(line.contribution, self.largest, self.options.norm)

    def label(self, into: Element, line: Line, room: Rect) -> None:
        """Write a line's label in its room."""
        centred = self.options.direction == "LR"
        x = room.x + room.width / 2.0 if centred else room.x + 2.0
        anchor = "middle" if centred else "start"
        for row, (kind, words) in enumerate(label_lines(line, self.options).items()):
            middle = room.y + 1.0 + (row + 0.5) * LABEL_LEADING
            text_element(
                into, words, x, middle, LABEL_SIZE,
                class_=kind, text_anchor=anchor, fill=self.theme.muted,
            )  # fmt: skip
