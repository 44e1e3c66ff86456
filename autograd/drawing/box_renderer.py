"""Box renderer: how a box looks, from its content: cells, text, the colour of its gradient."""

from dataclasses import dataclass

from autograd.drawing.box_content import (
    HEADER,
    KEY_WIDTH,
    ROW,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    BoxContent,
)  # fmt: skip
from autograd.drawing.colors import MAGENTA, ROLES, Theme, fill
from autograd.drawing.options import Options
from autograd.drawing.svg_elements import Element, add, text_element
from autograd.drawing.text_width import text_width
from autograd.drawing.view import Box

__all__ = ["BoxRenderer"]

INK, KEY_INK = "#1a1a1a", "#5f6368"
COMPACT_HEADER = HEADER - 3.0
PAD = 6.0


@dataclass(frozen=True)
class BoxRenderer:
    """Draws boxes.

    Args:
        options: norm and color decide the fill of gradients.
        theme: the colours.
        largest: the largest gradient in the picture, by size.
        hatch: the fill of what was not computed.
    """

    options: Options
    theme: Theme
    largest: float
    hatch: str

    def draw(self, into: Element, box: Box, card: BoxContent) -> None:
        """Draw a box with its corner at 0, 0."""
        drawn = {"full": self.full, "compact": self.compact, "tiny": self.tiny, "group": self.group}
        drawn[card.kind](into, box, card)

    def full(self, into: Element, box: Box, card: BoxContent) -> None:
        """Draw a header over a row for the number and one for the gradient."""
        self.header(into, box, card, HEADER)
        right = card.width - PAD
        for row, (key, words) in enumerate((("data", card.data), ("grad", card.grad))):
            top = HEADER + row * ROW
            if key == "grad":
                self.grad_cell(into, box, KEY_WIDTH, top, card.width - KEY_WIDTH, ROW)
            text_element(into, key, PAD, top + ROW / 2.0, SMALL_SIZE, fill=KEY_INK)
            self.number(into, key, words, right, top + ROW / 2.0, card.width - KEY_WIDTH - 8.0)
            self.rule(into, f"M0,{top:g}H{card.width:g}")
        self.rule(into, f"M{KEY_WIDTH:g},{HEADER:g}V{card.height:g}")
        self.outline(into, box, card)

    def compact(self, into: Element, box: Box, card: BoxContent) -> None:
        """Draw a header over one row of the number and the gradient."""
        self.header(into, box, card, COMPACT_HEADER)
        widths = text_width(card.data, TEXT_SIZE), text_width(card.grad, TEXT_SIZE)
        spare = (card.width - sum(widths)) / 2.0
        split = round(widths[0] + spare)
        row = card.height - COMPACT_HEADER
        self.grad_cell(into, box, split, COMPACT_HEADER, card.width - split, row)
        middle = COMPACT_HEADER + row / 2.0
        self.number(into, "data", card.data, split - 5.0, middle, split - 6.0)
        self.number(into, "grad", card.grad, card.width - 5.0, middle, card.width - split - 6.0)
        self.rule(into, f"M0,{COMPACT_HEADER:g}H{card.width:g}")
        self.rule(into, f"M{split:g},{COMPACT_HEADER:g}V{card.height:g}")
        self.outline(into, box, card)

    def tiny(self, into: Element, box: Box, card: BoxContent) -> None:
        """Draw a dot in the colour of the gradient; squares are leaves and groups."""
        edges = self.edges(box, card)
        corner = card.width / 2.0 if box.role == "operation" else 2.5
        add(
            into, "rect", class_="outline grad-cell", width=card.width, height=card.height,
            rx=corner, fill=self.grad_fill(box), **edges,
        )  # fmt: skip

    def group(self, into: Element, box: Box, card: BoxContent) -> None:
        """Draw a closed group: name, contents, numbers, norm."""
        add(into, "rect", width=card.width, height=card.height, rx=9, fill=ROLES["group"])
        centre = card.width / 2.0
        self.title(into, card, 15.0)
        text_element(into, card.note, centre, 31.0, SMALL_SIZE, text_anchor="middle", fill=KEY_INK)
        room = text_width("grad " + card.grad, TEXT_SIZE) + 12.0
        left = card.width - room - 1.0
        self.grad_cell(into, box, left, 41.0, room, 19.0)
        settings: dict[str, str | float] = {"font_size": TEXT_SIZE, "fill": INK}
        for x, key, words in ((9.0, "data", card.data), (left + PAD, "grad", card.grad)):
            line = add(into, "text", "out " if key == "data" else "grad ", x=x, y=54.5, **settings)
            add(line, "tspan", words, class_=key)
        if card.norm:
            line = add(into, "text", "‖∂params‖ ", x=9.0, y=75.0, **settings)
            add(line, "tspan", card.norm, class_="norm")
        self.outline(into, box, card, corner=9.0)

    # -- parts ------------------------------------------------------------------------------------

    def header(self, into: Element, box: Box, card: BoxContent, height: float) -> None:
        """Draw the ground of a box, and its title on the colour of its role."""
        add(into, "rect", width=card.width, height=card.height, rx=2, fill=ROLES["operation"])
        add(into, "rect", width=card.width, height=height, rx=2, fill=ROLES[box.role])
        self.title(into, card, height / 2.0)

    def title(self, into: Element, card: BoxContent, middle: float) -> None:
        """Write a box's title."""
        text_element(
            into, card.title, card.width / 2.0, middle, TITLE_SIZE,
            text_anchor="middle", font_weight="bold", fill=INK,
        )  # fmt: skip

    def number(
        self, into: Element, kind: str, words: str, right: float, middle: float, room: float
    ) -> None:
        """Write a number that ends at the right."""
        text_element(
            into, words, right, middle, TEXT_SIZE,
            class_=kind, text_anchor="end", fill=INK, data_room=room,
        )  # fmt: skip

    def grad_cell(
        self, into: Element, box: Box, x: float, y: float, width: float, height: float
    ) -> None:
        """Draw the ground of a gradient."""
        add(
            into, "rect", class_="grad-cell", x=x, y=y, width=width, height=height,
            fill=self.grad_fill(box),
        )  # fmt: skip

    def grad_fill(self, box: Box) -> str:
        """Return the fill of a gradient; hatched when it was not computed."""
        if box.grad is None:
            return self.hatch
        if self.options.color == "none":
            return ROLES["operation"]
        return fill(box.grad, self.largest, self.options.norm)

    def rule(self, into: Element, path: str) -> None:
        """Draw a thin line between cells."""
        add(into, "path", d=path, stroke=self.theme.stroke, stroke_width=0.6, fill="none")

    def edges(self, box: Box, card: BoxContent) -> dict[str, str | float]:
        """Return how a box is outlined: magenta when not finite, dashed when stale."""
        color = self.theme.stroke if card.finite else MAGENTA
        dashes: dict[str, str | float] = {"stroke_dasharray": "4 2.5"} if box.stale else {}
        return {"stroke": color, "stroke_width": 1.0 if card.finite else 2.2, **dashes}

    def outline(self, into: Element, box: Box, card: BoxContent, corner: float = 2.0) -> None:
        """Draw the outline of a box over all else."""
        add(
            into, "rect", class_="outline", width=card.width, height=card.height, rx=corner,
            fill="none", **self.edges(box, card),
        )  # fmt: skip
