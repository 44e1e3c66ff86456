"""Tracer: what the engine tells of a function that is being traced, and what it refuses.

It is told of every comparison, which becomes a guard, of what is drawn at random, of leaves that
become a computed number, and of every number that is read out of a Value, which is refused:
nothing that is computed from a Value may be frozen without a word.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.ir.program import DETACH, KINDS
from autograd.compiler.tracing.assignments import Versions
from autograd.compiler.tracing.random_inputs import Chance
from autograd.core.caller import user_line
from autograd.core.ieee754 import as_float
from autograd.core.precomputed import Precomputed
from autograd.toposort import describe
from autograd.value import Value

__all__ = ["Comparison", "Tracer"]


class Comparison(NamedTuple):
    """A comparison that the function made, and where."""

    kind: int
    left: Any
    right: Any
    outcome: bool
    source: str


class Tracer:
    """What the engine tells of a trace that is being made in this thread.

    Args:
        name: of the function, for messages.
        given: the leaves in its arguments.
    """

    def __init__(self, name: str, given: Sequence[Value]) -> None:
        self.name, self.given = name, given
        self.comparisons: list[Comparison] = []
        self.versions = Versions()
        self.writers: dict[Value, str] = {}  # which line let a leaf become something
        self.origin: dict[Value, Any] = {}  # of what was detached
        self.refused: errors.TraceError | None = None  # the first of it
        self.chance: list[Chance] = []
        self.fresh: list[Value] = []  # the numbers that were drawn

    def guard(self, kind: str, left: Any, right: Any, outcome: bool) -> None:
        """Note a comparison of a Value with a Value or a number."""
        source = user_line()
        if not isinstance(right, Value):
            right = self.exactly(right, source)
        left, right = self.versions.now(left), self.versions.now(right)
        self.comparisons.append(Comparison(KINDS.index(kind), left, right, outcome, source))

    def exactly(self, number: Any, source: str) -> float:
        """Return a number that a Value is compared with as a float."""
        as_double = as_float(number)
        if isinstance(number, int) and as_double != number:
            raise errors.TraceError(errors.no_double(self.name, number, source))
        return as_double

    def read(self, node: Any, what: str) -> None:
        """Refuse what would freeze a number, or happen at the trace alone.

        Text is refused when the function returns, since it may be that of an error of its own;
        so is what the function tried.

        Args:
            node: the Value that it is done with, or a name.
            what: a key of errors.UNTRACEABLE.
        """
        subject = describe(node) if isinstance(node, Value) else str(node)
        problem = errors.TraceError(errors.untraceable(self.name, what, subject, user_line()))
        self.refused = self.refused or problem
        if what != "text":
            raise problem

    def end(self, seen: Any) -> None:
        """Raise what was refused; look once more at what the function reaches."""
        if self.refused:
            raise self.refused
        if seen is not None:
            seen.end()

    def detached(self, node: Value) -> Value:
        """Return a leaf that stands for the number of a Value."""
        leaf = Value(node._data)
        self.origin[leaf] = self.versions.now(node)
        return leaf

    def become(self, leaf: Value, new: Any) -> None:
        """Let a leaf stand for a computed number from now on; a replay writes it back."""
        if leaf._operands:
            raise AttributeError(errors.interior_data(describe(leaf)))
        if any(x is leaf for x in self.given):
            self.read(leaf, "become")
        self.writers.setdefault(leaf, user_line())
        if not isinstance(new, Value):
            new = Value(new)
            self.versions.add(leaf, new)
            self.origin[new] = new._data
        else:
            self.versions.add(leaf, self.detached(new))

    def drawn(self, draw: Callable[[int], Sequence[float]], count: int) -> list[Value]:
        """Return leaves for random inputs, which differ from row to row."""
        names = range(len(self.fresh), len(self.fresh) + count)
        leaves = [Value(x, label=f"r{i}") for i, x in zip(names, draw(count), strict=True)]
        self.chance.append((draw, count))
        self.fresh += leaves
        return leaves

    def operands(self, node: Value) -> tuple[Any, ...]:
        """What a node rests on, and what a detached leaf does."""
        origin = self.origin.get(node)
        return self.versions.read_by(node) if origin is None else (origin,)

    def rule(self, node: Value) -> Any:
        """The primitive that computed a node."""
        if node in self.origin:
            return DETACH
        if isinstance(node._rule, Precomputed):
            message = errors.untraceable(self.name, "given", describe(node), None)
            raise errors.TraceError(message)
        return node._rule
