"""Coordinates across the lines: aligned, neighbours and groups apart, the rest short."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograd.drawing.layered.alignment import Runs
from autograd.drawing.layered.crossings import places
from autograd.drawing.layered.grid import BOX, Grid
from autograd.drawing.layered.vpsc import Bound, solve_constraints, topological

__all__ = ["GROUP_PAD", "Placement", "assign_coordinates"]

GROUP_PAD = 8.0
GROUP_GAP = 8.0
EFFORT, MOST_ROUNDS = 60_000, 80
# How far a round moves things towards where they are pulled; less than all, or pairs would swing.
PACE = 0.6
# Lines between boxes may slant; long ones should not.
STEP_WEIGHTS = (1.0, 2.0, 6.0)


@dataclass(frozen=True)
class Placement:
    """Where everything stands across the direction of the lines.

    Attributes:
        items: of each item, the line through it.
        groups: of each group, its two sides.
    """

    items: list[float]
    groups: list[tuple[float, float]]


def assign_coordinates(grid: Grid, runs: Runs, title: float) -> Placement:
    """Return where items and groups stand.

    Args:
        grid: with its columns in order.
        runs: what must stay in line.
        title: the room for a group's name at its first side.
    """
    bounds = Bounds(grid, runs, title)
    position = solved(grid, runs, bounds)
    groups = range(1, len(grid.groups.paths))
    return Placement(
        [position[run] + shift for run, shift in zip(runs.run, runs.shifts, strict=True)],
        [(0.0, 0.0), *((position[bounds.side(g, 0)], position[bounds.side(g, 1)]) for g in groups)],
    )


class Bounds:
    """What keeps runs and the sides of groups apart.

    Variables are the runs, then two sides of each group but the whole.

    Args:
        grid: with its columns in order.
        runs: what moves as one.
        title: the room for a group's name.
    """

    def __init__(self, grid: Grid, runs: Runs, title: float) -> None:
        self.grid, self.runs, self.title = grid, runs, title
        self.count = runs.count + 2 * (len(grid.groups.paths) - 1)
        self.first = range(runs.count, self.count, 2)
        self.last = range(runs.count + 1, self.count, 2)
        gaps: dict[tuple[int, int], float] = {}
        for column in grid.order:
            for one, next_ in pairwise([-1, *column, -1]):
                for u, v, gap in self.between(one, next_):
                    gaps[u, v] = max(gap, gaps.get((u, v), gap))
        self.lower: list[list[Bound]] = [[] for _ in range(self.count)]
        self.upper: list[list[Bound]] = [[] for _ in range(self.count)]
        for (u, v), gap in gaps.items():
            self.lower[v].append((u, gap))
            self.upper[u].append((v, gap))

    def side(self, group: int, which: int) -> int:
        """Return the variable of a group's first (0) or second (1) side."""
        return self.runs.count + 2 * (group - 1) + which

    def between(self, one: int, next_: int) -> list[tuple[int, int, float]]:
        """Return the bounds between neighbours in a column; -1 is the column's end."""
        lineages = self.grid.groups.lineages
        closing = lineages[self.grid.homes[one]] if one >= 0 else ()
        opening = lineages[self.grid.homes[next_]] if next_ >= 0 else ()
        shared = sum(a == b for a, b in zip(closing, opening, strict=False))
        stops: list[tuple[int, float, float]] = []  # variable, extent before it, extent behind it
        if one >= 0:
            stops.append(self.stop(one))
        stops += [(self.side(g, 1), GROUP_PAD, 0.0) for g in reversed(closing[shared:])]
        stops += [(self.side(g, 0), 0.0, GROUP_PAD + self.title) for g in opening[shared:]]
        if next_ >= 0:
            stops.append(self.stop(next_))
        return [
            (u, v, behind + before + (GROUP_GAP if u in self.last and v in self.first else 0.0))
            for (u, _, behind), (v, before, _) in pairwise(stops)
        ]

    def stop(self, item: int) -> tuple[int, float, float]:
        """Return an item's run, and its extents as seen from there."""
        shift = self.runs.shifts[item]
        return (
            self.runs.run[item],
            self.grid.before[item] - shift,
            self.grid.after[item] + shift,
        )


Pull = tuple[int, float, float]


def pulls(grid: Grid, runs: Runs, count: int) -> list[list[Pull]]:
    """Return what each variable is pulled to: another one, how far from it, how strongly."""
    found: list[list[Pull]] = [[] for _ in range(count)]
    for step, (first, second) in enumerate(grid.steps):
        if not runs.straight[step]:
            u, v = runs.run[first], runs.run[second]
            away = runs.shifts[first] + runs.tails[step] - runs.shifts[second] - runs.heads[step]
            weight = STEP_WEIGHTS[(grid.kinds[first] != BOX) + (grid.kinds[second] != BOX)]
            if u != v:
                found[v].append((u, away, weight))
                found[u].append((v, -away, weight))
    return found


def solved(grid: Grid, runs: Runs, bounds: Bounds) -> list[float]:
    """Return the variables after rounds of moving where they are pulled and separating them."""
    order, pulled = topological(bounds.lower), pulls(grid, runs, bounds.count)
    weights = [sum(weight for _, _, weight in them) or 0.05 for them in pulled]
    position = beginning(grid, runs, bounds)
    rounds = max(2, min(MOST_ROUNDS, EFFORT // (bounds.count + 1)))
    for _ in range(rounds):
        position = solve_constraints(position, weights, bounds.lower, order)
        hug(position, bounds)
        position = [
            x + PACE * (target(them, position) / weight - x) if them else x
            for x, them, weight in zip(position, pulled, weights, strict=True)
        ]
    position = solve_constraints(position, weights, bounds.lower, order)
    hug(position, bounds)
    return position


def hug(position: list[float], bounds: Bounds) -> None:
    """Draw the sides of groups close around what is in them, inner groups first."""
    for first in reversed(bounds.first):
        position[first] = min(position[w] - gap for w, gap in bounds.upper[first])
        position[first + 1] = max(position[u] + gap for u, gap in bounds.lower[first + 1])


def target(them: Sequence[Pull], position: Sequence[float]) -> float:
    """Return the weighted sum of where a variable is pulled to."""
    return sum(weight * (position[other] + away) for other, away, weight in them)


def beginning(grid: Grid, runs: Runs, bounds: Bounds) -> list[float]:
    """Return the means of the places that runs have when columns are stacked."""
    stacked = places(grid)
    sums, counts = [0.0] * bounds.count, [0] * bounds.count
    for item, run in enumerate(runs.run):
        sums[run] += stacked[item] - runs.shifts[item]
        counts[run] += 1
    return [s / max(c, 1) for s, c in zip(sums, counts, strict=True)]
