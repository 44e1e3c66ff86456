"""VPSC: numbers as near as can be to wished ones, some at least so much below others.

Dwyer, Marriott, Stuckey: "Fast node overlap removal", Graph Drawing 2005, algorithm satisfy_VPSC.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush, heapreplace

__all__ = ["Bound", "solve_constraints", "topological"]

# (u, gap) among the bounds of v: v is at least u + gap.
Bound = tuple[int, float]
Entry = tuple[float, int, int, float]
TOLERANCE = 1e-7


def topological(bounds: Sequence[Sequence[Bound]]) -> list[int]:
    """Return the variables in an order in which each follows those that bound it.

    Raises:
        ValueError: when the bounds contradict each other.
    """
    followers: list[list[int]] = [[] for _ in bounds]
    missing = [len(them) for them in bounds]
    for v, them in enumerate(bounds):
        for u, _ in them:
            followers[u].append(v)
    order = [v for v, count in enumerate(missing) if not count]
    for u in order:
        for v in followers[u]:
            missing[v] -= 1
            if not missing[v]:
                order.append(v)
    if len(order) < len(bounds):
        raise ValueError("bounds contradict each other")
    return order


def solve_constraints(
    wished: Sequence[float],
    weights: Sequence[float],
    bounds: Sequence[Sequence[Bound]],
    order: Sequence[int],
) -> list[float]:
    """Return numbers that keep all bounds, near the wished ones by weighted squares.

    Args:
        wished: where each would be if it were alone.
        weights: how strongly.
        bounds: of each, the numbers that it stays above, and by how much.
        order: from `topological`.

    >>> solve_constraints([0.0, 0.0, 5.0], [1.0, 1.0, 1.0], [[], [(0, 2.0)], [(1, 2.0)]], [0, 1, 2])
    [-1.0, 1.0, 5.0]
    """
    heaps = Heaps(wished, weights, bounds)
    for v in order:
        heaps.place(v)
    found = [heaps.position(v) for v in range(len(wished))]
    for v in order:
        found[v] = max([found[v], *(found[u] + gap for u, gap in bounds[v])])
    return found


class Heaps:
    """Variables in clusters that move as one; each cluster keeps a heap of what bounds it.

    A heap's key is minus the least position of its cluster that the bound allows.  Clusters on the
    lower side only move down while others are placed, so an old key is never too weak.
    """

    def __init__(
        self,
        wished: Sequence[float],
        weights: Sequence[float],
        bounds: Sequence[Sequence[Bound]],
    ) -> None:
        self.bounds = bounds
        self.cluster = list(range(len(wished)))
        self.offset = [0.0] * len(wished)
        self.reference = list(wished)
        self.weight = list(weights)
        self.members = [[v] for v in range(len(wished))]
        self.entries: list[list[Entry]] = [[] for _ in wished]

    def position(self, v: int) -> float:
        """Return where a variable is."""
        return self.reference[self.cluster[v]] + self.offset[v]

    def place(self, v: int) -> None:
        """Merge a variable, the next in order, with clusters that it would be too near to."""
        entries = [(-(self.position(u) + gap), u, v, gap) for u, gap in self.bounds[v]]
        heapify(entries)
        self.entries[v] = entries
        cluster = v
        while (entry := self.tightest(cluster)) is not None:
            _, u, bounded, gap = entry
            cluster = self.merge(
                cluster, self.cluster[u], self.offset[bounded] - gap - self.offset[u]
            )

    def tightest(self, cluster: int) -> Entry | None:
        """Take from a cluster's heap the bound that it breaks most; None when it breaks none."""
        entries = self.entries[cluster]
        while entries:
            key, u, v, gap = entries[0]
            if self.cluster[u] == cluster:
                heappop(entries)
                continue
            now = -(self.position(u) + gap - self.offset[v])
            if now > key + TOLERANCE:
                heapreplace(entries, (now, u, v, gap))
            elif -now > self.reference[cluster] + TOLERANCE:
                return heappop(entries)
            else:
                return None
        return None

    def merge(self, upper: int, lower: int, shift: float) -> int:
        """Merge two clusters, whose offsets then differ by a shift; return the one that is left."""
        total = self.weight[upper] + self.weight[lower]
        pull = self.weight[upper] * self.reference[upper]
        pull += self.weight[lower] * (self.reference[lower] - shift)
        reference = pull / total
        kept, gone = upper, lower
        if len(self.members[lower]) > len(self.members[upper]):
            kept, gone, shift, reference = lower, upper, -shift, reference + shift
        for v in self.members[gone]:
            self.cluster[v] = kept
            self.offset[v] += shift
        for key, u, v, gap in self.entries[gone]:
            heappush(self.entries[kept], (key + shift, u, v, gap))
        self.members[kept] += self.members[gone]
        self.members[gone], self.entries[gone] = [], []
        self.reference[kept], self.weight[kept] = reference, total
        return kept
