"""Group layering: a group stands as a whole behind what feeds it, where that makes no cycle."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["GroupLayers", "group_layers"]

Pair = tuple[int, int]
# Each group costs a walk over the graph; beyond this many steps of them, groups may overlap.
EFFORT = 2_000_000


@dataclass(frozen=True)
class GroupLayers:
    """Further vertices for the ranks, one before each group.

    Attributes:
        count: of all vertices, those of the graph included.
        entries: pairs from what feeds a group to the group's vertex, which may share its rank.
        members: pairs from the group's vertex to the first things in it.
    """

    count: int
    entries: list[Pair]
    members: list[Pair]


def group_layers(
    homes: Sequence[int], lineages: Sequence[tuple[int, ...]], pairs: Sequence[Pair]
) -> GroupLayers:
    """Return the stages of an acyclic graph.

    Args:
        homes: of each vertex, its innermost group; 0 is the whole.
        lineages: of each group, all around it and itself, without the whole.
        pairs: from the earlier vertex to the later one.

    >>> group_layers([0, 1, 1, 0], [(), (1,)], [(0, 2), (1, 2), (2, 3)])
    GroupLayers(count=5, entries=[(0, 4)], members=[(4, 1)])
    """
    count, groups = len(homes), range(1, len(lineages))
    found = GroupLayers(count + len(groups), [], [])
    if len(groups) * len(pairs) > EFFORT:
        return found
    members: list[list[int]] = [[] for _ in lineages]
    for vertex, home in enumerate(homes):
        for group in lineages[home]:
            members[group].append(vertex)
    after: list[list[int]] = [[] for _ in range(found.count)]
    for source, target in pairs:
        after[source].append(target)
    feeding = feeders(homes, lineages, pairs)
    for group in groups:
        vertex = count + group - 1
        inside = set(members[group])
        entered = {b for a, b in pairs if a in inside and b in inside}
        first = [v for v in members[group] if v not in entered]
        reached = reachable(after, first)
        for feeder in feeding[group]:
            them = members[-feeder] if feeder < 0 else [feeder]
            if not reached.intersection(them):
                found.entries.extend((v, vertex) for v in them)
                for v in them:
                    after[v].append(vertex)
        found.members.extend((vertex, v) for v in first)
        after[vertex] += first
    return found


def feeders(
    homes: Sequence[int], lineages: Sequence[tuple[int, ...]], pairs: Sequence[Pair]
) -> list[list[int]]:
    """Return of each group the vertices, and minus the groups, beside it that feed it."""
    found: list[dict[int, None]] = [{} for _ in lineages]
    for source, target in pairs:
        here, there = lineages[homes[source]], lineages[homes[target]]
        shared = sum(a == b for a, b in zip(here, there, strict=False))
        if len(there) > shared:
            found[there[shared]][-here[shared] if len(here) > shared else source] = None
    return [list(them) for them in found]


def reachable(after: Sequence[Sequence[int]], starts: Sequence[int]) -> set[int]:
    """Return the vertices that some lead to, themselves included."""
    found = set(starts)
    waiting = list(starts)
    while waiting:
        for vertex in after[waiting.pop()]:
            if vertex not in found:
                found.add(vertex)
                waiting.append(vertex)
    return found
