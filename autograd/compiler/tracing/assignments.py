"""Assignments in a trace: what an assigned leaf stands for, from which moment on.

A node carries the time at which it was recorded, so a graph tells by itself which of its nodes
read a leaf before it became another number, and which after.  To these the leaf is its new number
plus an *echo*, a leaf of −0: that changes no number, and takes up the gradient that is the leaf's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd.core.clock import clock
from autograd.primitives import add
from autograd.value import Value

__all__ = ["Versions"]


class Versions:
    """The leaves that became something while a function was traced.

    Attributes:
        begun: when the trace began: leaves made later are the function's own.
        final: what each was in the end.
        echoes: the echo of each that was there before.
    """

    def __init__(self) -> None:
        self.begun = clock.tick()
        self.before: dict[Value, tuple[float, int]] = {}  # what to put back
        self.after: dict[Value, list[tuple[int, Value]]] = {}  # since when, what
        self.final: dict[Value, Value] = {}
        self.echoes: dict[Value, Value] = {}

    def add(self, leaf: Value, new: Value) -> None:
        """Let a leaf stand for the number of another one from now on."""
        _, made = self.before.setdefault(leaf, (leaf._data, leaf._stamp))
        leaf._data, leaf._stamp = new._data, clock.tick()
        self.final[leaf] = new
        if made < self.begun:
            echo = self.echoes.setdefault(leaf, Value(-0.0, label=leaf.label and f"{leaf.label}'"))
            new = add(new, echo)
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

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo it after a block; twice, for an interrupt may come in between."""
        try:
            try:
                yield
            finally:
                self.put_back()
        finally:
            self.put_back()

    def put_back(self) -> None:
        """Undo it: only a replay counts."""
        for leaf, (data, stamp) in self.before.items():
            leaf._data, leaf._stamp = data, stamp
