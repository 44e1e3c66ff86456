"""Layering: in which column each box stands, so that lines run one way and are short."""

from collections.abc import Sequence

from autograd.drawing.layered.group_layering import GroupLayers

__all__ = ["acyclic", "assign_layers"]

Pair = tuple[int, int]


def acyclic(count: int, pairs: Sequence[Pair]) -> list[bool]:
    """Return which pairs to turn round so that no cycle is left.

    Only groups drawn as one box can depend on each other in a cycle.

    Args:
        count: of the vertices, which are 0, 1, ...
        pairs: from the earlier vertex to the later one.

    >>> acyclic(2, [(0, 1), (1, 0)])
    [False, True]
    """
    leaving = adjacency(count, pairs)
    entered = [False] * count
    for _, target in pairs:
        entered[target] = True
    turned = [False] * len(pairs)
    done, open_ = bytearray(count), bytearray(count)
    for start in sorted(range(count), key=lambda v: (entered[v], v)):
        if done[start]:
            continue
        open_[start] = 1
        path = [(start, iter(leaving[start]))]
        while path:
            vertex, rest = path[-1]
            pair = next(rest, None)
            if pair is None:
                path.pop()
                open_[vertex], done[vertex] = 0, 1
            elif open_[pairs[pair][1]]:
                turned[pair] = True
            elif not done[pairs[pair][1]]:
                target = pairs[pair][1]
                open_[target] = 1
                path.append((target, iter(leaving[target])))
    return turned


def adjacency(count: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Return, for each vertex, the indices of the pairs that leave it."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for index, (source, _) in enumerate(pairs):
        leaving[source].append(index)
    return leaving


def assign_layers(
    count: int, pairs: Sequence[Pair], stages: GroupLayers | None = None
) -> list[int]:
    """Return the rank of each vertex of an acyclic graph, from 0.

    Everything stands as close to its first consumer as it can, leaves above all; then what has more
    operands than consumers moves towards its operands, since that shortens more lines than it
    lengthens.

    Args:
        count: of the vertices.
        pairs: from the earlier vertex to the later one.
        stages: further vertices that keep groups behind what feeds them.

    >>> assign_layers(4, [(0, 2), (1, 3), (2, 3)])
    [0, 1, 1, 2]
    """
    total = max(count, stages.count if stages else 0)
    after: list[list[Pair]] = [[] for _ in range(total)]
    before: list[list[Pair]] = [[] for _ in range(total)]
    kinds = [(pairs, 1), (stages.entries, 0), (stages.members, 1)] if stages else [(pairs, 1)]
    for them, length in kinds:
        for source, target in them:
            after[source].append((target, length))
            before[target].append((source, length))
    surplus = [0] * total
    for source, target in pairs:
        surplus[source] -= 1
        surplus[target] += 1
    order = topological(before, after)
    rank = [0] * total
    for vertex in reversed(order):
        rank[vertex] = min((rank[v] - length for v, length in after[vertex]), default=0)
    for vertex in order:
        if surplus[vertex] > 0:
            rank[vertex] = max(rank[v] + length for v, length in before[vertex])
    for vertex in reversed(order):
        if surplus[vertex] < 0:
            rank[vertex] = min(rank[v] - length for v, length in after[vertex])
    return numbered(rank[:count])


def numbered(rank: Sequence[int]) -> list[int]:
    """Return ranks without those that nothing has, from 0."""
    numbers = {r: i for i, r in enumerate(sorted(set(rank)))}
    return [numbers[r] for r in rank]


def topological(before: Sequence[Sequence[Pair]], after: Sequence[Sequence[Pair]]) -> list[int]:
    """Return the vertices, each after those before it."""
    missing = [len(them) for them in before]
    order = [v for v, count in enumerate(missing) if not count]
    for vertex in order:
        for target, _ in after[vertex]:
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    return order
