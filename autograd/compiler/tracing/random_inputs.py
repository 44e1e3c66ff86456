"""Random inputs: what draws numbers at random in a trace, and what branches rest on them."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.value import Value

__all__ = ["Chance", "Draws", "branches_on"]

# What draws numbers at random, and how many at a time.
Chance = tuple[Callable[[int], Sequence[float]], int]


class Draws:
    """Draws the random inputs for one row after the other.

    The first row gets those that the trace was made with: so a generator stands, after as many
    rows, where it would without a compiler.

    Args:
        chance: what draws them, in order.
        traced: what it drew for the trace.
    """

    def __init__(self, chance: Sequence[Chance], traced: Sequence[float]) -> None:
        self.chance, self.traced = chance, array("d", traced)
        self.fresh = False

    def __bool__(self) -> bool:
        return bool(self.chance)

    def row(self) -> "array[float]":
        """Return the numbers of another row."""
        if not self.fresh:
            self.fresh = True
            return self.traced
        found = array("d")
        for draw, count in self.chance:
            found.extend(draw(count))
        return found


def branches_on(
    fresh: Iterable[Value],
    nodes: Iterable[tuple[Value, Sequence[Any]]],
    comparisons: Iterable[Any],
) -> list[Any]:
    """Return the comparisons that rest on random inputs.

    A row would have to draw until it meets its own branch: that is another distribution.

    Args:
        fresh: the leaves that were drawn.
        nodes: every node with its operands, each after them.
        comparisons: with a `left` and a `right` side.
    """
    resting = set(fresh)
    if not resting:
        return []
    for node, operands in nodes:
        if any(type(x) is not float and x in resting for x in operands):
            resting.add(node)
    return [
        c
        for c in comparisons
        if any(isinstance(x, Value) and x in resting for x in (c.left, c.right))
    ]
