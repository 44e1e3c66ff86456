"""Nested lists, tuples and dicts of numbers: taken apart and put together again."""

from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["flatten", "rebuild", "tree_map"]


def flatten(tree: Any) -> list[Any]:
    """Return the leaves of a tree, left to right, dicts in their own order.

    >>> flatten({"w": [1.0, (2.0, 3.0)], "b": 4.0})
    [1.0, 2.0, 3.0, 4.0]
    """
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in flatten(branch)]
    if isinstance(tree, list | tuple):
        return [leaf for branch in tree for leaf in flatten(branch)]
    return [tree]


def rebuild(tree: Any, leaves: Sequence[Any]) -> Any:
    """Return a tree shaped like `tree` with other leaves.

    Raises:
        ValueError: when there are not as many leaves as the tree has.

    >>> rebuild([0, (0, 0)], [1.0, 2.0, 3.0])
    [1.0, (2.0, 3.0)]
    """
    count = len(flatten(tree))
    if count != len(leaves):
        raise ValueError(f"expected {count} numbers for a tree of that shape, got {len(leaves)}")
    return regrow(tree, iter(leaves))


def regrow(tree: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: regrow(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        branches = [regrow(branch, leaves) for branch in tree]
        if hasattr(tree, "_fields"):  # a namedtuple takes its fields one by one
            return type(tree)(*branches)
        return tuple(branches) if isinstance(tree, tuple) else branches
    return next(leaves)


def tree_map(function: Any, tree: Any) -> Any:
    """Return the tree with `function` applied to every leaf."""
    return rebuild(tree, [function(leaf) for leaf in flatten(tree)])


def same_shape(tree: Any, other: Any) -> bool:
    """Whether two trees nest alike."""
    if isinstance(tree, dict):
        return (
            isinstance(other, dict)
            and tree.keys() == other.keys()
            and all(same_shape(tree[key], other[key]) for key in tree)
        )
    if isinstance(tree, list | tuple):
        return (
            isinstance(other, list | tuple)
            and len(tree) == len(other)
            and all(same_shape(x, y) for x, y in zip(tree, other, strict=True))
        )
    return not isinstance(other, list | tuple | dict)
