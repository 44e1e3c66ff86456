"""The grid: boxes, labels and the bends of long lines as items in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from autograd.drawing.layered.group_layering import group_layers
from autograd.drawing.layered.group_tree import Groups, group_tree, spans
from autograd.drawing.layered.layering import acyclic, assign_layers
from autograd.drawing.view import View

__all__ = ["BEND", "BOX", "FILLER", "LABEL", "Chain", "Grid", "build"]

BOX, LABEL, BEND, FILLER = range(4)
# How much room an item leaves on each side of itself, across the direction of the lines.
MARGINS = {BOX: 8.0, LABEL: 2.0, BEND: 5.0, FILLER: 2.0}
# So many bends are affordable; the longest lines of a picture with more have none.
MOST_BENDS = 40_000
# Boxes above each other are made equally wide when none grows by more than this.
FLUSH = 1.5

Size = tuple[float, float]
Size3 = tuple[float, float, float]


@dataclass(frozen=True)
class Chain:
    """A line of the view as the items it passes, by column.

    Attributes:
        line: its id.
        items: first and last its boxes.
        ends: its first and its last step; -1 for a line too long to be given bends.
        turned: whether it runs backwards.
    """

    line: str
    items: tuple[int, ...]
    ends: tuple[int, int]
    turned: bool


@dataclass
class Grid:
    """Items, numbered from 0, and the steps of lines between items of neighbouring columns.

    Attributes:
        groups: the open groups.
        kinds: of each item: BOX, LABEL, BEND or FILLER, which holds a group's place in a column.
        names: of each item, the id of its box, or of its line.
        columns: of each item, where it stands.
        sizes: of each item, its extent along the lines.
        before: of each item, its extent before the line through it, with a margin.
        after: the same behind the line.
        homes: of each item, the innermost group around it.
        steps: pairs of items.
        left: of each item, the steps that enter it.
        right: of each item, the steps that leave it.
        chains: all lines.
        order: the items of each column, in order.
    """

    groups: Groups
    kinds: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    steps: list[tuple[int, int]] = field(default_factory=list)
    left: list[list[int]] = field(default_factory=list)
    right: list[list[int]] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)

    def add(self, kind: int, name: str, column: int, home: int, size: Size3 = (0, 0, 0)) -> int:
        """Add an item; its size is along the lines, and across before and behind them."""
        margin = MARGINS[kind]
        self.kinds.append(kind)
        self.names.append(name)
        self.columns.append(column)
        self.homes.append(home)
        self.sizes.append(size[0])
        self.before.append(size[1] + margin)
        self.after.append(size[2] + margin)
        self.left.append([])
        self.right.append([])
        self.order[column].append(len(self.kinds) - 1)
        return len(self.kinds) - 1

    def connect(self, first: int, second: int) -> int:
        """Add a step."""
        step = len(self.steps)
        self.right[first].append(step)
        self.left[second].append(step)
        self.steps.append((first, second))
        return step


def build(view: View, boxes: Mapping[str, Size], labels: Mapping[str, Size], across: bool) -> Grid:
    """Return the items of a view in their columns, in no particular order.

    Args:
        view: what to draw.
        boxes: the width and height of each box.
        labels: those of the label of each line that has one.
        across: whether lines run from left to right; else from top to bottom.
    """
    index = {box: i for i, box in enumerate(view.boxes)}
    lines = [line for line in view.lines if line.source != line.target]
    pairs = [(index[line.source], index[line.target]) for line in lines]
    turned = acyclic(len(index), pairs)
    forward = [(b, a) if t else (a, b) for (a, b), t in zip(pairs, turned, strict=True)]
    groups = group_tree(view)
    paths = {path: i for i, path in enumerate(groups.paths)}
    homes = [paths[box.group] for box in view.boxes.values()]
    stride = 2 if labels else 1
    staged = group_layers(homes, groups.lineages, forward)
    columns = [stride * r for r in assign_layers(len(index), forward, staged)]
    groups.spans = spans(groups, homes, columns)
    grid = Grid(groups)
    grid.order = [[] for _ in range(max(columns, default=-1) + 1)]
    extents = [along_and_half(boxes[box], across) for box in view.boxes]
    lengths = flush(columns, [along for along, _ in extents]) if across else [a for a, _ in extents]
    for i, box in enumerate(view.boxes):
        half = extents[i][1]
        grid.add(BOX, box, columns[i], homes[i], (lengths[i], half, half))
    limit = longest_with_bends([columns[b] - columns[a] for a, b in forward])
    for line, ends, turn in zip(lines, forward, turned, strict=True):
        bent = columns[ends[1]] - columns[ends[0]] <= limit
        label = label_extent(labels[line.id], across) if line.id in labels else None
        items = thread(grid, line.id, ends, label) if bent else ends
        steps = [grid.connect(one, next_) for one, next_ in pairwise(items) if bent] or [-1]
        grid.chains.append(Chain(line.id, items, (steps[0], steps[-1]), turn))
    fill_groups(grid)
    return grid


def thread(grid: Grid, line: str, ends: tuple[int, int], label: Size3 | None) -> tuple[int, ...]:
    """Add a line's label and bends between its boxes; return the items that it passes."""
    first, last = ends
    begin, end = grid.columns[first], grid.columns[last]
    middle = label_column(begin, end) if label else -1
    items = [first]
    for column in range(begin + 1, end):
        home = passing(grid, first, last, column)
        if label and column == middle:
            items.append(grid.add(LABEL, line, column, home, label))
        else:
            items.append(grid.add(BEND, line, column, home))
    return (*items, last)


def along_and_half(size: Size, across: bool) -> Size:
    """Return a box's extent along the lines, and half of that across them."""
    width, height = size
    return (width, height / 2.0) if across else (height, width / 2.0)


def flush(columns: Sequence[int], lengths: Sequence[float]) -> list[float]:
    """Return lengths that are equal in a column, where that lengthens nothing too much."""
    longest: dict[int, float] = {}
    for column, length in zip(columns, lengths, strict=True):
        longest[column] = max(length, longest.get(column, 0.0))
    return [
        longest[column] if longest[column] <= FLUSH * length else length
        for column, length in zip(columns, lengths, strict=True)
    ]


def label_extent(size: Size, across: bool) -> Size3:
    """Return a label's extents: it stands above a line that runs to the right, else beside it."""
    width, height = size
    return (width, height + 1.0, 2.0) if across else (height, 3.0, width + 3.0)


def label_column(first: int, last: int) -> int:
    """Return the column between those of boxes that is nearest the middle of a line."""
    middle = (first + last) // 2
    return middle if middle % 2 else middle - 1


def longest_with_bends(lengths: Sequence[int]) -> int:
    """Return the length up to which lines can have bends without there being too many."""
    total = 0
    for length in sorted(lengths):
        total += length - 1
        if total > MOST_BENDS:
            return max(length - 1, 2)
    return max(lengths, default=0)


def passing(grid: Grid, first: int, last: int, column: int) -> int:
    """Return the group that a line between two boxes is in at a column between theirs.

    It is in a group of either end wherever that group reaches, so that lines cross the short sides
    of a group and not the long ones.
    """
    groups = grid.groups
    there, here = groups.lineages[grid.homes[last]], groups.lineages[grid.homes[first]]
    reaching = [
        [g for g in lineage if groups.spans[g][0] <= column <= groups.spans[g][1]]
        for lineage in (there, here)
    ]
    deepest = max(reaching, key=len)
    return deepest[-1] if deepest else 0


def fill_groups(grid: Grid) -> None:
    """Hold a place for each group in every column that it spans and has nothing in."""
    groups = grid.groups
    present = {
        (group, grid.columns[item])
        for item in range(len(grid.kinds))
        for group in groups.lineages[grid.homes[item]]
    }
    for group in range(len(groups.paths) - 1, 0, -1):
        low, high = groups.spans[group]
        for column in range(low, high + 1):
            if (group, column) not in present:
                grid.add(FILLER, groups.paths[group], column, group)
                present.update((g, column) for g in groups.lineages[group])
