"""The order of items within columns: few crossings, each group in one piece, the same way up."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from autograd.drawing.layered.crossing_swaps import CrossingSwaps
from autograd.drawing.layered.grid import Grid

__all__ = ["count_crossings", "order"]

# Sweeps and swaps cost time in proportion to the steps; a small picture can have many.
EFFORT = 80_000
MOST_SWEEPS = 24
PATIENCE = 8
SWAPPED_ITEMS = 4_000


def order(grid: Grid) -> None:
    """Put the items of every column in the best order found; columns change in place.

    Barycentre sweeps to and fro, each followed by swaps of neighbours, from two beginnings: the
    order in which a walk from the results meets the items, and one from the leaves.  Items of one
    group stay together, and groups beside each other keep their order in all columns.
    """
    sweeps = max(2, min(MOST_SWEEPS, EFFORT // (len(grid.steps) + 1)))
    beginnings = (walk_from_results, walk_from_leaves) if sweeps > 8 else (walk_from_results,)
    best: list[list[int]] = grid.order
    fewest = -1
    for begin in beginnings:
        sort_columns(grid, begin(grid))
        found, crossings = improve(grid, sweeps)
        if fewest < 0 or crossings < fewest:
            best, fewest = found, crossings
        if not fewest:
            break
    grid.order = best


def improve(grid: Grid, sweeps: int) -> tuple[list[list[int]], int]:
    """Return the best order that sweeps find, and its number of crossings."""
    swaps = CrossingSwaps(grid) if len(grid.kinds) <= SWAPPED_ITEMS else None
    best, fewest, idle = copied(grid), count_crossings(grid), 0
    for turn in range(sweeps):
        sweep(grid, forward=turn % 2 == 0, flip=turn // 2 % 2 == 1)
        if swaps:
            swaps.run()
        crossings = count_crossings(grid)
        idle = 0 if crossings < fewest else idle + 1
        if crossings < fewest:
            best, fewest = copied(grid), crossings
        if not fewest or idle > PATIENCE:
            break
    return best, fewest


def copied(grid: Grid) -> list[list[int]]:
    """Return a copy of the order of the items in all columns."""
    return [column[:] for column in grid.order]


# -- beginnings ---------------------------------------------------------------------------------


def walk_from_results(grid: Grid) -> list[float]:
    """Return when each item is finished by a walk from the results against the lines."""
    starts = [i for i in range(len(grid.kinds)) if not grid.right[i]]
    return walk(grid, starts, lambda item: [grid.steps[s][0] for s in grid.left[item]])


def walk_from_leaves(grid: Grid) -> list[float]:
    """Return when each item is finished by a walk from the leaves along the lines."""
    starts = [i for i in range(len(grid.kinds)) if not grid.left[i]]
    return walk(grid, starts, lambda item: [grid.steps[s][1] for s in grid.right[item]])


def walk(grid: Grid, starts: Sequence[int], near: Callable[[int], list[int]]) -> list[float]:
    """Return the position of each item in a depth-first walk, each after all those it leads to."""
    when = [-1.0] * len(grid.kinds)
    met = bytearray(len(grid.kinds))
    clock = 0.0
    for start in starts:
        path = [] if met[start] else [(start, iter(near(start)))]
        met[start] = 1
        while path:
            item, rest = path[-1]
            following = next((i for i in rest if not met[i]), None)
            if following is None:
                path.pop()
                when[item], clock = clock, clock + 1.0
            else:
                met[following] = 1
                path.append((following, iter(near(following))))
    return when


# -- sweeps -------------------------------------------------------------------------------------


def sort_columns(grid: Grid, keys: Sequence[float]) -> None:
    """Sort every column by its items' keys, groups by the mean of theirs."""
    ahead = prefixes(grid, group_keys(grid, keys))
    for column in grid.order:
        column.sort(key=lambda i: (*ahead[grid.homes[i]], (keys[i], 0.0, i)))


def group_keys(grid: Grid, keys: Sequence[float]) -> list[float]:
    """Return the mean of the keys of each group's items."""
    sums, counts = [0.0] * len(grid.groups.paths), [0] * len(grid.groups.paths)
    for item, home in enumerate(grid.homes):
        if grid.left[item] or grid.right[item]:
            for group in grid.groups.lineages[home]:
                sums[group] += keys[item]
                counts[group] += 1
    return [s / max(c, 1) for s, c in zip(sums, counts, strict=True)]


Prefix = tuple[tuple[float, float, int], ...]


def prefixes(
    grid: Grid, wanted: Sequence[float], now: Sequence[float] | None = None
) -> list[Prefix]:
    """Return what sorts an item's groups before the item itself, one part per level."""
    ties = now or [0.0] * len(wanted)
    return [tuple((wanted[g], ties[g], -g) for g in lineage) for lineage in grid.groups.lineages]


def sweep(grid: Grid, forward: bool, flip: bool) -> None:
    """Sort each column by the mean place of what its items are connected to in the one before.

    Args:
        grid: its order changes in place.
        forward: whether to go along the lines.
        flip: whether items with equal means change places, which leads out of dead ends.
    """
    place = places(grid)
    ahead = prefixes(grid, group_targets(grid, place), group_keys(grid, place))
    columns = grid.order if forward else grid.order[::-1]
    near, far = (grid.left, grid.right) if forward else (grid.right, grid.left)
    ends = (0, 1) if forward else (1, 0)
    sign = -1.0 if flip else 1.0
    for column in columns:
        keys = {}
        for item in column:
            side = [place[grid.steps[s][ends[0]]] for s in near[item]] or [
                place[grid.steps[s][ends[1]]] for s in far[item]
            ]
            key = round(sum(side) / len(side), 6) if side else place[item]
            keys[item] = (*ahead[grid.homes[item]], (key, sign * place[item], item))
        column.sort(key=keys.__getitem__)
        stack(grid, column, place)


def places(grid: Grid) -> list[float]:
    """Return where the items stand when each column is stacked around the middle."""
    place = [0.0] * len(grid.kinds)
    for column in grid.order:
        stack(grid, column, place)
    return place


def stack(grid: Grid, column: Sequence[int], place: list[float]) -> None:
    """Write the places of one column's items."""
    reached = -sum(grid.before[i] + grid.after[i] for i in column) / 2.0
    for item in column:
        place[item] = reached + grid.before[item]
        reached += grid.before[item] + grid.after[item]


def group_targets(grid: Grid, place: Sequence[float]) -> list[float]:
    """Return the mean place of what each group is connected to outside itself."""
    groups = grid.groups
    sums, counts = [0.0] * len(groups.paths), [0] * len(groups.paths)
    for first, second in grid.steps:
        here, there = groups.lineages[grid.homes[first]], groups.lineages[grid.homes[second]]
        for inside, outside, other in ((here, there, second), (there, here, first)):
            for group in inside:
                if group not in outside:
                    sums[group] += place[other]
                    counts[group] += 1
    own = group_keys(grid, place)
    return [round(s / c, 6) if c else mean for s, c, mean in zip(sums, counts, own, strict=True)]


# -- counting -----------------------------------------------------------------------------------


def count_crossings(grid: Grid) -> int:
    """Return how often steps cross."""
    index = [0] * len(grid.kinds)
    for column in grid.order:
        for position, item in enumerate(column):
            index[item] = position
    return sum(
        inversions(
            [t for i in column for t in sorted(index[grid.steps[s][1]] for s in grid.right[i])]
        )
        for column in grid.order
    )


def inversions(numbers: Sequence[int]) -> int:
    """Return how many pairs of numbers stand in falling order.

    >>> inversions([2, 1, 1])
    2
    """
    seen: list[int] = []
    count = 0
    for number in numbers:
        at = bisect_right(seen, number)
        count += len(seen) - at
        seen.insert(bisect_left(seen, number, 0, at), number)
    return count
