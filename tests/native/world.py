"""A world of Values and hostile objects, and what its hooks do: anything, at random."""

import contextlib
import random
import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value
from autograd.core import modes
from autograd.primitives import TABLE
from tests.native import hostile

__all__ = ["World"]

DEEPEST = 3


class World:
    """Some of everything, kept in lists that any hook may change.

    Args:
        seed: of all that happens in it.
        actions: what can be done in it.
    """

    def __init__(self, seed: int, actions: Sequence[Callable[["World"], None]]) -> None:
        self.actions = actions
        self.draw = random.Random(seed)
        self.depth = 0
        self.values: list[Any] = [Value(float(i)) for i in range(4)]
        self.lists: list[list[Any]] = [[] for _ in range(3)]
        self.tapes: list[Any] = []
        self.compiled: list[Any] = []
        self.rows = [TABLE[name] for name in sorted(TABLE)]

    def run(self, steps: int) -> None:
        """Do so many things, and then see that a derivative is still what it is."""
        for _ in range(steps):
            self.do()
        modes.modes.tracer = None
        modes.modes.recording, modes.modes.debugging, modes.modes.scope = True, False, 0
        x = Value(3.0)
        (x * x * x).backward()
        assert x.grad == 27.0

    def do(self) -> None:
        with contextlib.suppress(Exception):  # only a crash counts
            self.draw.choice(self.actions)(self)

    def act(self) -> None:
        """What hooks do."""
        if self.depth >= DEEPEST or self.draw.random() < 0.3:
            return
        self.depth += 1
        try:
            for _ in range(self.draw.randrange(3)):
                self.do()
        finally:
            self.depth -= 1
        if self.draw.random() < 0.1:
            raise hostile.Raised

    # -- things --------------------------------------------------------------------------------

    def value(self) -> Any:
        if not self.values or self.draw.random() < 0.05:
            self.values.append(hostile.hostile_value(self.draw, self.act))
        return self.draw.choice(self.values)

    def number(self) -> Any:
        if self.draw.random() < 0.3:
            return hostile.hostile_number(self.draw, self.act)
        return self.draw.choice((0, 1, 2.5, -3.0, True, 2**80, float("inf")))

    def whatever(self) -> Any:
        which = self.draw.random()
        if which < 0.35:
            return self.value()
        if which < 0.6:
            return self.number()
        if which < 0.7:
            return self.draw.choice(self.lists)
        if which < 0.75:
            return self.draw.choice((None, "text", (), 1j, object(), self.draw.choice(self.rows)))
        return hostile.hostile_whatever(self.draw, self.act, self.draw.choice(self.lists))

    def several(self, most: int = 4) -> list[Any]:
        one = self.whatever if self.draw.random() < 0.2 else self.operand
        return [one() for _ in range(self.draw.randint(0, most))]

    def operand(self) -> Any:
        return self.value() if self.draw.random() < 0.7 else self.number()

    def keep(self, x: Any) -> None:
        if isinstance(x, Value):
            self.values.append(x)
            del self.values[: max(0, len(self.values) - 40)]

    def buffer(self, kind: str, count: int) -> Any:
        numbers = array(kind, [self.draw.randrange(3) for _ in range(count)])
        if self.draw.random() < 0.3 and sys.version_info >= (3, 12):
            made = hostile.made(hostile.Buffer, self.draw, self.act, numbers=numbers)
            self.draw.choice(self.lists).append(made)
            return made
        return numbers

    def shape(self, deepest: int = 3) -> Any:
        draw = self.draw
        if deepest == 0 or draw.random() < 0.3:
            return float
        inner = tuple(self.shape(deepest - 1) for _ in range(draw.randrange(3)))
        kind = draw.choice((list, tuple, hostile.Row, array, hostile.Buffer, dict, int, None))
        if kind is dict:
            return dict, ("a", "b", "c")[: len(inner)], inner
        return draw.choice(((kind, inner), (kind, draw.randint(-1, 4)), (kind, (2,)), (kind,)))
