"""The groups drawn open, as a tree, and which columns each of them spans."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.drawing.group_paths import parent
from autograd.drawing.view import View

__all__ = ["Groups", "group_tree", "spans"]


@dataclass
class Groups:
    """The open groups as a tree; 0 is the whole picture.

    Attributes:
        paths: such as "mlp.layer0"; "" for the whole.
        parents: of each group, the one around it.
        lineages: of each group, all around it and itself, without the whole.
        spans: of each group, its first and last column.
    """

    paths: list[str] = field(default_factory=lambda: [""])
    parents: list[int] = field(default_factory=lambda: [0])
    lineages: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    spans: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])


def group_tree(view: View) -> Groups:
    """Return the tree of the groups drawn open."""
    groups = Groups()
    index = {"": 0}
    for path in view.groups():
        around = index[parent(path)]
        index[path] = len(groups.paths)
        groups.paths.append(path)
        groups.parents.append(around)
        groups.lineages.append((*groups.lineages[around], index[path]))
    return groups


def spans(groups: Groups, homes: Sequence[int], columns: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last column of each group."""
    found = {0: (0, max(columns, default=0))}
    for home, column in zip(homes, columns, strict=True):
        for group in groups.lineages[home]:
            low, high = found.get(group, (column, column))
            found[group] = min(low, column), max(high, column)
    return [found[group] for group in range(len(groups.paths))]
