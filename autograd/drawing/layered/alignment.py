"""Alignment: which items stand exactly in line, and where on a box's side each line ends."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.drawing.layered.grid import BOX, MARGINS, Grid

__all__ = ["Runs", "runs"]

# How far apart lines end on a side, and from its corners.
PORT_GAP, PORT_INSET = 12.0, 7.0


@dataclass
class Runs:
    """Items in runs that move as one.

    Attributes:
        run: of each item, the number of its run.
        shifts: of each item, where it stands within the run.
        tails: of each step, where it leaves its first item, from the item's middle.
        heads: of each step, where it enters its second.
        straight: of each step, whether it lies within a run.
        count: how many runs there are.
    """

    run: list[int]
    shifts: list[float]
    tails: list[float]
    heads: list[float]
    straight: list[bool]
    count: int


def runs(grid: Grid) -> Runs:
    """Return the runs: long lines, chains of boxes, and each box with the middle of its lines."""
    index = positions(grid)
    for item, kind in enumerate(grid.kinds):
        if kind == BOX:
            grid.left[item].sort(key=lambda s: (index[grid.steps[s][0]], s))
            grid.right[item].sort(key=lambda s: (index[grid.steps[s][1]], s))
    straight = aligned(grid, index)
    tails, heads = [0.0] * len(grid.steps), [0.0] * len(grid.steps)
    for item, kind in enumerate(grid.kinds):
        if kind == BOX:
            half = grid.before[item] - MARGINS[BOX]
            spread_ports(grid.left[item], straight, half, heads)
            spread_ports(grid.right[item], straight, half, tails)
    return joined(grid, straight, tails, heads)


def positions(grid: Grid) -> list[int]:
    """Return where each item stands in its column, counted from 0."""
    index = [0] * len(grid.kinds)
    for column in grid.order:
        for position, item in enumerate(column):
            index[item] = position
    return index


def spread_ports(
    steps: Sequence[int], straight: Sequence[bool], half: float, into: list[float]
) -> None:
    """Set where lines end on one side of a box: the straight one in the middle, else evenly."""
    last = len(steps) - 1
    centre = next((float(i) for i, s in enumerate(steps) if straight[s]), last / 2.0)
    reach = max(centre, last - centre)
    gap = min(PORT_GAP, max(half - PORT_INSET, 1.0) / reach) if reach else 0.0
    for i, step in enumerate(steps):
        into[step] = (i - centre) * gap


def aligned(grid: Grid, index: Sequence[int]) -> list[bool]:
    """Return which steps to draw straight; no two of them cross, nor the side of a group."""
    wished = wishes(grid)
    straight = [False] * len(grid.steps)
    borders = group_sides(grid, index)
    for number, column in enumerate(grid.order):
        taken = sorted(borders.get(number, ()))
        steps = [s for item in column for s in grid.right[item] if wished[s]]
        for step in sorted(steps, key=lambda s: wished[s]):
            first, second = grid.steps[step]
            pair = (float(index[first]), float(index[second]))
            at = bisect_left(taken, pair)
            above = at == 0 or (taken[at - 1][0] < pair[0] and taken[at - 1][1] < pair[1])
            below = at == len(taken) or (taken[at][0] > pair[0] and taken[at][1] > pair[1])
            if above and below:
                taken.insert(at, pair)
                straight[step] = True
    return straight


def wishes(grid: Grid) -> list[int]:
    """Return of each step how soon it is to be made straight: 1 first, 2 later, 0 never."""
    entering = [anchor(grid, item) for item in range(len(grid.kinds))]
    leaving = [middle(grid.right[item]) for item in range(len(grid.kinds))]
    wished = [0] * len(grid.steps)
    for step, (first, second) in enumerate(grid.steps):
        if BOX not in (grid.kinds[first], grid.kinds[second]):
            wished[step] = 1
        elif entering[second] == step == leaving[first]:
            wished[step] = 2
    return wished


def middle(steps: Sequence[int]) -> int:
    """Return the middle one; -1 when there is none."""
    return steps[len(steps) // 2] if len(steps) % 2 else -1


def anchor(grid: Grid, item: int) -> int:
    """Return the step that an item is to be in line with: the one from no leaf, or the middle."""
    steps = grid.left[item]
    if len(steps) > 1:
        grown = [s for s in steps if grid.left[origin(grid, s)]]
        if len(grown) == 1:
            return grown[0]
    return middle(steps)


def origin(grid: Grid, step: int) -> int:
    """Return the box that a step's line comes from."""
    item = grid.steps[step][0]
    while grid.kinds[item] != BOX:
        item = grid.steps[grid.left[item][0]][0]
    return item


def group_sides(grid: Grid, index: Sequence[int]) -> dict[int, list[tuple[float, float]]]:
    """Return, by column, both long sides of the groups that go on to the next column."""
    bounds: dict[tuple[int, int], tuple[int, int]] = {}
    for item, home in enumerate(grid.homes):
        for group in grid.groups.lineages[home]:
            key = group, grid.columns[item]
            low, high = bounds.get(key, (index[item], index[item]))
            bounds[key] = min(low, index[item]), max(high, index[item])
    sides: dict[int, list[tuple[float, float]]] = {}
    for (group, column), (low, high) in bounds.items():
        if (group, column + 1) in bounds:
            next_low, next_high = bounds[group, column + 1]
            sides.setdefault(column, []).append((low - 0.5, next_low - 0.5))
            sides[column].append((high + 0.5, next_high + 0.5))
    return sides


def joined(grid: Grid, straight: list[bool], tails: list[float], heads: list[float]) -> Runs:
    """Return the runs that straight steps make."""
    run, shifts, count = [-1] * len(grid.kinds), [0.0] * len(grid.kinds), 0
    for column in grid.order:
        for item in column:
            if run[item] < 0:
                run[item], count = count, count + 1
            for step in grid.right[item]:
                if straight[step]:
                    second = grid.steps[step][1]
                    run[second] = run[item]
                    shifts[second] = shifts[item] + tails[step] - heads[step]
    return Runs(run, shifts, tails, heads, straight, count)
