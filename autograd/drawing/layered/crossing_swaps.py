"""Crossing swaps: neighbours in a column, or groups, change places where lines cross less."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from itertools import pairwise

from autograd.drawing.layered.grid import Grid

__all__ = ["CrossingSwaps"]

ROUNDS = 6


class CrossingSwaps:
    """Swaps over a grid's order.

    Args:
        grid: its order changes in place.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.index = [0] * len(grid.kinds)
        self.sides = (
            [[grid.steps[s][0] for s in steps] for steps in grid.left],
            [[grid.steps[s][1] for s in steps] for steps in grid.right],
        )

    def run(self) -> None:
        """Swap until nothing is gained."""
        for column in self.grid.order:
            self.renumber(column)
        for _ in range(ROUNDS):
            gained = [self.column(column) for column in self.grid.order]
            if not any(gained) | self.groups():
                break

    def renumber(self, column: Sequence[int]) -> None:
        """Note where the items of a column stand."""
        for position, item in enumerate(column):
            self.index[item] = position

    def column(self, column: list[int]) -> bool:
        """Swap neighbours within a column; return whether that gained anything."""
        gained, position = False, 0
        while position < len(column) - 1:
            start, middle, stop = self.blocks(column, position)
            if stop and self.gain(column[start:middle], column[middle:stop]) > 0:
                column[start:stop] = column[middle:stop] + column[start:middle]
                self.renumber(column)
                gained = True
            position += 1
        return gained

    def blocks(self, column: Sequence[int], position: int) -> tuple[int, int, int]:
        """Return the bounds of the two neighbours that meet behind a position.

        They are two items of one group, or one and all of a group beside it; three zeros when they
        must keep their order.
        """
        homes, lineages = self.grid.homes, self.grid.groups.lineages
        first, second = homes[column[position]], homes[column[position + 1]]
        start, stop = position, position + 2
        if first != second:
            depth = min(len(lineages[first]), len(lineages[second]))
            if lineages[first][:depth] != lineages[second][:depth]:
                return 0, 0, 0
            outer = len(lineages[first]) == depth
            inner = lineages[second if outer else first][depth]
            while outer and stop < len(column) and inner in lineages[homes[column[stop]]]:
                stop += 1
            while not outer and start and inner in lineages[homes[column[start - 1]]]:
                start -= 1
        return start, position + 1, stop

    def gain(self, upper: Sequence[int], lower: Sequence[int], moving: Container[int] = ()) -> int:
        """Return how many crossings fewer there are when two neighbouring blocks are swapped.

        Args:
            upper: the items of the first block.
            lower: those of the second.
            moving: items of other columns that are swapped along; their lines do not count.
        """
        gain = 0
        for side in self.sides:
            ends = sorted(self.index[n] for i in lower for n in side[i] if n not in moving)
            if ends:
                for item in upper:
                    for near in side[item]:
                        if near not in moving:
                            end = self.index[near]
                            gain += bisect_left(ends, end) + bisect_right(ends, end) - len(ends)
        return gain

    # -- groups ---------------------------------------------------------------------------------

    def groups(self) -> bool:
        """Swap neighbouring groups in all columns; return whether that gained anything."""
        grid, gained = self.grid, False
        inside: dict[int, list[int]] = {}
        for group in range(1, len(grid.groups.paths)):
            inside.setdefault(grid.groups.parents[group], []).append(group)
        for siblings in inside.values():
            if len(siblings) > 1:
                ranked = self.ranked(siblings)
                for at in range(len(ranked) - 1):
                    if self.swap_groups(ranked[at], ranked[at + 1]):
                        ranked[at], ranked[at + 1] = ranked[at + 1], ranked[at]
                        gained = True
        return gained

    def ranked(self, siblings: Sequence[int]) -> list[int]:
        """Return groups in an order that agrees with that in every column."""
        found: list[int] = []
        below: dict[int, set[int]] = {group: set() for group in siblings}
        for column in self.grid.order:
            met = self.met(column, below)
            for upper, lower in pairwise(met):
                below[lower].add(upper)
        waiting = list(siblings)
        while waiting:
            group = next(g for g in waiting if not below[g] & set(waiting))
            waiting.remove(group)
            found.append(group)
        return found

    def met(self, column: Sequence[int], siblings: dict[int, set[int]]) -> list[int]:
        """Return which of some groups a column passes, in order."""
        lineages, homes = self.grid.groups.lineages, self.grid.homes
        return list(dict.fromkeys(g for i in column for g in lineages[homes[i]] if g in siblings))

    def swap_groups(self, upper: int, lower: int) -> bool:
        """Swap two groups where they meet in every column that both are in, if that gains."""
        meetings = self.meetings(upper, lower)
        if meetings is None:
            return False
        moving = {i for column, start, _, stop in meetings for i in column[start:stop]}
        gain = sum(
            self.gain(column[start:middle], column[middle:stop], moving)
            for column, start, middle, stop in meetings
        )
        if gain <= 0:
            return False
        for column, start, middle, stop in meetings:
            column[start:stop] = column[middle:stop] + column[start:middle]
            self.renumber(column)
        return True

    def meetings(self, upper: int, lower: int) -> list[tuple[list[int], int, int, int]] | None:
        """Return the columns that both groups are in, with the bounds of each group.

        None when something stands between them.
        """
        spans, lineages, homes = self.grid.groups.spans, self.grid.groups.lineages, self.grid.homes
        first = max(spans[upper][0], spans[lower][0])
        last = min(spans[upper][1], spans[lower][1])
        found = []
        for column in self.grid.order[first : last + 1]:
            start = next(p for p, i in enumerate(column) if upper in lineages[homes[i]])
            middle = next(p for p, i in enumerate(column) if lower in lineages[homes[i]])
            if any(upper not in lineages[homes[i]] for i in column[start:middle]):
                return None
            stop = middle + sum(lower in lineages[homes[i]] for i in column)
            found.append((column, start, middle, stop))
        return found
