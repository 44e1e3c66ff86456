"""In place: whether a function changed the lists and dicts that it was given.

The arguments of a trace are grown anew, so what a function does to them in place would reach
neither the caller's list nor another argument that is the same list: such a function is refused.
"""

from collections.abc import Iterable, Iterator
from operator import is_
from typing import Any

__all__ = ["Snapshot"]


class Snapshot:
    """What the lists and dicts among some arguments hold.

    Args:
        arguments: trees.
    """

    def __init__(self, arguments: Iterable[Any]) -> None:
        trees = enumerate(arguments)
        self.held = [(i, x, contents(x)) for i, tree in trees for x in mutable(tree)]

    def changed(self) -> int | None:
        """Which argument does not hold any more what it held; None when each does."""
        for i, x, before in self.held:
            now = contents(x)
            if len(now) != len(before) or not all(map(is_, now, before)):
                return i
        return None


def mutable(tree: Any) -> Iterator[Any]:
    """Yield the lists and dicts in a tree."""
    if isinstance(tree, list | dict):
        yield tree
    if isinstance(tree, list | dict | tuple):
        for below in tree.values() if isinstance(tree, dict) else tree:
            yield from mutable(below)


def contents(x: Any) -> list[Any]:
    return [*x, *x.values()] if isinstance(x, dict) else [*x]
