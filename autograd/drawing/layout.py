"""The built-in layout: where boxes, labels, lines and groups stand when there is no Graphviz.

In layers, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures", 1981.  A label is an item of its own column, so nothing can be drawn over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograd.drawing import box_content
from autograd.drawing.layered.alignment import Runs, runs
from autograd.drawing.layered.column_positions import Columns, columns
from autograd.drawing.layered.coordinates import Placement, assign_coordinates
from autograd.drawing.layered.crossings import order
from autograd.drawing.layered.grid import BOX, LABEL, MARGINS, Chain, Grid, build
from autograd.drawing.options import Options
from autograd.drawing.view import View

__all__ = ["GROUP_TITLE", "Layout", "Point", "Rect", "layout"]

Point = tuple[float, float]

GROUP_TITLE = 15.0
# Lines leave and enter boxes straight, for as long as an arrowhead.
LEAD = 9.0
LEVEL = 0.01


@dataclass(frozen=True)
class Rect:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Where everything stands; y grows downwards, and everything is within the size.

    Attributes:
        width: of all.
        height: of all.
        boxes: by the box's id.
        labels: by the line's id, the room of its label.
        curves: by the line's id, from source to target: a start, then three points for each cubic
            Bezier curve.
        groups: by the group's path, outer ones first.
    """

    width: float
    height: float
    boxes: dict[str, Rect]
    labels: dict[str, Rect]
    curves: dict[str, tuple[Point, ...]]
    groups: dict[str, Rect]


def layout(view: View, options: Options = Options(), *, labels: bool | None = None) -> Layout:  # noqa: B008 - frozen
    """Return where a view's boxes, lines and groups stand; the same view gives the same layout.

    Args:
        view: what to draw.
        options: form, fmt and flow decide how large boxes and labels are.
        labels: whether lines have labels; None where there are few enough.

    >>> from autograd import Value
    >>> from autograd.drawing.snapshot import take
    >>> from autograd.drawing.view import collapsed_view
    >>> found = layout(collapsed_view(take(-Value(2.0, label="x"))))
    >>> found.boxes["n0"].x < found.labels["e1_0"].x < found.boxes["n1"].x
    True
    """
    form = box_content.form_of(view, options)
    made = {box.id: box_content.box_content(box, form, options.fmt) for box in view.boxes.values()}
    sizes = {name: (card.width, card.height) for name, card in made.items()}
    shown = box_content.labelled(view, options) if labels is None else labels
    label_sizes = {line.id: box_content.label_size(line, options) for line in view.lines if shown}
    across = options.direction == "LR"
    grid = build(view, sizes, label_sizes, across)
    order(grid)
    found = runs(grid)
    placement = assign_coordinates(grid, found, GROUP_TITLE if across else 0.0)
    along = columns(grid, found, placement, LEAD, 0.0 if across else GROUP_TITLE)
    return Drawing(grid, found, placement, along, across).layout(label_sizes)


@dataclass(frozen=True)
class Drawing:
    """The parts of a layout, still along and across the lines rather than in x and y."""

    grid: Grid
    runs: Runs
    placement: Placement
    along: Columns
    across: bool

    def layout(self, labels: dict[str, tuple[float, float]]) -> Layout:
        """Return the layout, moved so that it begins at 0, 0."""
        grid = self.grid
        boxes = {n: self.box(i) for i, n in enumerate(grid.names) if grid.kinds[i] == BOX}
        rooms = {
            n: self.label(i, labels[n]) for i, n in enumerate(grid.names) if grid.kinds[i] == LABEL
        }
        groups = {path: self.group(g) for g, path in enumerate(grid.groups.paths) if g}
        curves = {chain.line: self.curve(chain) for chain in grid.chains}
        return shifted(boxes, rooms, curves, groups)

    def rect(self, along: float, length: float, across: float, breadth: float) -> Rect:
        """Return a rectangle in x and y."""
        if self.across:
            return Rect(along, across, length, breadth)
        return Rect(across, along, breadth, length)

    def box(self, item: int) -> Rect:
        """Return where a box stands: in the middle of its column."""
        length, half = self.grid.sizes[item], self.grid.before[item] - MARGINS[BOX]
        start = self.along.middle(self.grid.columns[item]) - length / 2.0
        return self.rect(start, length, self.placement.items[item] - half, 2.0 * half)

    def label(self, item: int, size: tuple[float, float]) -> Rect:
        """Return the room of a label, beside its line."""
        length, middle = self.grid.sizes[item], self.along.middle(self.grid.columns[item])
        line = self.placement.items[item]
        if self.across:
            return Rect(middle - length / 2.0, line - 1.0 - size[1], *size)
        return Rect(line + 3.0, middle - length / 2.0, *size)

    def group(self, group: int) -> Rect:
        """Return where a group stands."""
        start, end = self.along.groups[group]
        first, last = self.placement.groups[group]
        return self.rect(start, end - start, first, last - first)

    def curve(self, chain: Chain) -> tuple[Point, ...]:
        """Return the line's curves from source to target."""
        knots = list(self.knots(chain))
        points = smooth(knots[::-1] if chain.turned else knots)
        return points if self.across else tuple((y, x) for x, y in points)

    def knots(self, chain: Chain) -> list[Point]:
        """Return the points between which a line runs straight or in one bend."""
        starts, ends, columns = self.along.starts, self.along.ends, self.grid.columns
        first, last = chain.items[0], chain.items[-1]
        begin = self.along.middle(columns[first]) + self.grid.sizes[first] / 2.0
        end = self.along.middle(columns[last]) - self.grid.sizes[last] / 2.0
        tail, head = self.placement.items[first], self.placement.items[last]
        if chain.ends[0] >= 0:
            tail += self.runs.tails[chain.ends[0]]
            head += self.runs.heads[chain.ends[1]]
        knots = [(begin, tail), (ends[columns[first]] + LEAD, tail)]
        for item in chain.items[1:-1]:
            line = self.placement.items[item]
            knots += [(starts[columns[item]], line), (ends[columns[item]], line)]
        return [*knots, (starts[columns[last]] - LEAD, head), (end, head)]


def smooth(knots: Sequence[Point]) -> tuple[Point, ...]:
    """Return cubic Bezier curves through knots, level at each; level pieces are joined."""
    kept = [knots[0]]
    for knot, following in zip(knots[1:], [*knots[2:], None], strict=True):
        level = abs(knot[1] - kept[-1][1]) < LEVEL
        if not (level and following and abs(following[1] - knot[1]) < LEVEL):
            kept.append(knot)
    points = [kept[0]]
    for (x, y), (x1, y1) in pairwise(kept):
        half = (x + x1) / 2.0
        points += [(half, y), (half, y1), (x1, y1)]
    return tuple(points)


def shifted(
    boxes: dict[str, Rect],
    labels: dict[str, Rect],
    curves: dict[str, tuple[Point, ...]],
    groups: dict[str, Rect],
) -> Layout:
    """Return the layout that begins at 0, 0, in steps of a hundredth."""
    rects = [*boxes.values(), *labels.values(), *groups.values()]
    xs = [rect.x for rect in rects] + [x for points in curves.values() for x, _ in points]
    ys = [rect.y for rect in rects] + [y for points in curves.values() for _, y in points]
    left, top = min(xs, default=0.0), min(ys, default=0.0)
    right = max([rect.x + rect.width for rect in rects] + xs, default=0.0)
    bottom = max([rect.y + rect.height for rect in rects] + ys, default=0.0)

    def moved(them: dict[str, Rect]) -> dict[str, Rect]:
        return {
            name: Rect(round(r.x - left, 2), round(r.y - top, 2), r.width, round(r.height, 2))
            for name, r in them.items()
        }

    paths = {
        line: tuple((round(x - left, 2), round(y - top, 2)) for x, y in points)
        for line, points in curves.items()
    }
    size = round(right - left, 2), round(bottom - top, 2)
    return Layout(*size, moved(boxes), moved(labels), paths, moved(groups))
