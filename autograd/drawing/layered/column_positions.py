"""Column positions along the lines, with room between them for bends and groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.drawing.layered.alignment import Runs
from autograd.drawing.layered.coordinates import GROUP_PAD, Placement
from autograd.drawing.layered.grid import BOX, Grid

__all__ = ["Columns", "columns"]

# A bend needs room in proportion to how far it goes across, within limits.
SLANT, NARROWEST, WIDEST = 0.5, 12.0, 110.0
BETWEEN_GROUPS = 10.0


@dataclass(frozen=True)
class Columns:
    """Where columns and groups begin and end along the lines.

    Attributes:
        starts: of each column.
        ends: of each column.
        groups: of each group, its beginning and its end.
    """

    starts: list[float]
    ends: list[float]
    groups: list[tuple[float, float]]

    def middle(self, column: int) -> float:
        """Return the middle of a column."""
        return (self.starts[column] + self.ends[column]) / 2.0


def columns(grid: Grid, runs: Runs, placement: Placement, lead: float, title: float) -> Columns:
    """Return where the columns of a grid stand.

    Args:
        grid: its items know their column and size.
        runs: where lines end on boxes.
        placement: where items stand across the lines.
        lead: the room beside boxes in which lines run straight.
        title: the room for a group's name at its beginning.
    """
    bends = [NARROWEST] * len(grid.order)
    for step, (first, second) in enumerate(grid.steps):
        away = placement.items[second] + runs.heads[step]
        away -= placement.items[first] + runs.tails[step]
        here = grid.columns[first]
        bends[here] = max(bends[here], min(SLANT * abs(away), WIDEST))
    opening, closing = nesting(grid, 0), nesting(grid, 1)
    opened, closed = deepest(grid, opening, 0), deepest(grid, closing, 1)
    pad = GROUP_PAD + title
    leads = [lead * any(grid.kinds[i] == BOX for i in column) for column in grid.order]
    starts: list[float] = []
    ends: list[float] = []
    for number, column in enumerate(grid.order):
        start = 0.0
        if number:
            sides = closed[number - 1] * GROUP_PAD + opened[number] * pad + BETWEEN_GROUPS
            bent = bends[number - 1] + leads[number - 1] + leads[number]
            start = ends[-1] + max(bent, sides)
        starts.append(start)
        ends.append(start + max((grid.sizes[i] for i in column), default=0.0))
    groups = [
        (starts[first] - pad * opening[group], ends[last] + GROUP_PAD * closing[group])
        for group, (first, last) in enumerate(grid.groups.spans)
        if grid.order
    ]
    return Columns(starts, ends, groups)


def nesting(grid: Grid, which: int) -> list[int]:
    """Return of each group how many levels, itself included, begin (0) or end (1) where it does."""
    groups = grid.groups
    levels = [1] * len(groups.paths)
    for group in range(len(groups.paths) - 1, 0, -1):
        parent = groups.parents[group]
        if groups.spans[parent][which] == groups.spans[group][which]:
            levels[parent] = max(levels[parent], levels[group] + 1)
    return levels


def deepest(grid: Grid, levels: Sequence[int], which: int) -> list[int]:
    """Return of each column how many levels of groups at most begin (0) or end (1) there."""
    found = [0] * len(grid.order)
    for group in range(1, len(levels)):
        column = grid.groups.spans[group][which]
        found[column] = max(found[column], levels[group])
    return found
