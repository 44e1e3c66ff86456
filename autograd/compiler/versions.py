"""Versions: what a leaf that became another number stands for, from which moment of a trace on.

A node carries the time at which it was recorded, so a graph tells by itself which of its nodes
read a leaf before it became another number, and which after.
"""

from collections.abc import Iterator
from typing import Any

from autograd.state import clock
from autograd.value import Value

__all__ = ["Versions"]


class Versions:
    """The leaves that became something while a function was traced.

    Attributes:
        begun: when the trace began: leaves made later are the function's own.
    """

    def __init__(self) -> None:
        self.begun = clock.tick()
        self.before: dict[Value, tuple[float, int]] = {}  # what to put back
        self.after: dict[Value, list[tuple[int, Value]]] = {}  # since when, what

    def add(self, leaf: Value, new: Value) -> None:
        """Let a leaf stand for another one from now on."""
        self.before.setdefault(leaf, (leaf._data, leaf._stamp))
        leaf._data, leaf._stamp = new._data, clock.tick()
        self.after.setdefault(leaf, []).append((leaf._stamp, new))

    def now(self, x: Any) -> Any:
        """What a Value stands for at this moment."""
        return self.after[x][-1][1] if type(x) is not float and x in self.after else x

    def read_by(self, node: Value) -> tuple[Any, ...]:
        """The operands of a node, as they were when it was recorded."""
        found = node._operands
        if self.after.keys().isdisjoint(found):
            return found
        return tuple([self.at(x, node._stamp) for x in found])

    def at(self, x: Any, moment: int) -> Any:
        """What an operand stood for at some moment."""
        if type(x) is not float and x in self.after:
            for since, new in reversed(self.after[x]):
                if since <= moment:
                    return new
        return x

    def written(self) -> Iterator[Value]:
        """Yield the leaves that were there before: a replay writes them back."""
        for leaf, (_, stamp) in self.before.items():
            if stamp < self.begun:
                yield leaf

    def put_back(self) -> None:
        """Undo it: only a replay counts."""
        for leaf, (data, stamp) in self.before.items():
            leaf._data, leaf._stamp = data, stamp
