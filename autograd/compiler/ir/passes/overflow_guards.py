"""Overflow guards, under which no adjoint overflows and no partial is inf or nan.

`merge` lets adjoints add up before they are handed down.  Where they cancel out, that hides what a
partial of inf would have made of each of them, or that one of them alone would have overflowed.  So
a merged program runs only where neither can be: an adjoint is a sum over paths of products of
partials, none of which is larger than `size` · max(1, T)^`power` where the numbers that partials
are made of stay below T, and those they are divided by above 1/T.  T is chosen so that the sum of
all of them stays finite.
"""

from collections.abc import Iterable, Sequence
from math import inf, isfinite, log2
from typing import NamedTuple

from autograd import primitives
from autograd.compiler.ir.passes.builder import Rewrite
from autograd.compiler.ir.program import KINDS, Guard, Program, carrying

__all__ = ["with_headroom"]

# Seeds are 1 or less, and adjoints below 2 to this: there is room for the sum over rows.
LIMIT = 960.0
# A bound on numbers that is lower than 2 to this would seldom hold.
LOWEST = 8.0

# Partials within ±2, whatever the operands.
BOUNDED = frozenset(
    {"identity", "neg", "add", "sub", "total", "sin", "cos", "tanh", "sech2", "sigmoid", "softplus",
     "relu", "abs", "atan", "erf", "erfc", "gelu", "silu", "where", "step", "same", "maximum",
     "minimum", "logsumexp"}
)  # fmt: skip
# At most 1 larger than the result; than the larger one of the operands.
LIKE_RESULT = frozenset({"exp", "expm1", "sinh", "cosh"})
LIKE_OPERANDS = frozenset({"elu", "leaky_relu"})


class Gain(NamedTuple):
    """A bound on a partial: 2^size · T^power.

    Args:
        large: registers whose numbers have to stay below T.
        small: those whose numbers have to stay above 1/T.
    """

    size: float
    power: float
    large: tuple[int, ...] = ()
    small: tuple[int, ...] = ()


class Headroom:
    """What has to be watched in a program.

    Args:
        program: whose adjoints are to be bounded.

    Attributes:
        large: the registers whose numbers have to stay below T.
        small: those whose numbers have to stay above 1/T.
        size: an adjoint is no larger than 2^size · T^power; inf where nothing is known.
    """

    def __init__(self, program: Program) -> None:
        self.program, self.live = program, carrying(program)
        self.large: dict[int, None] = {}
        self.small: dict[int, None] = {}
        self.size, self.power = 0.0, 0.0
        found = dict.fromkeys(program.outputs, (log2(len(program.outputs)), 0.0))
        last = program.start + len(program.instructions) - 1
        for register in range(last, program.start - 1, -1):
            if register in self.live and register in found:
                self.propagate(register, found)

    def propagate(self, register: int, found: dict[int, tuple[float, float]]) -> None:
        """Add what an instruction hands down to the bounds on its operands' adjoints."""
        operands = self.program.instructions[register - self.program.start].operands
        size, power = found[register]
        for place, x in enumerate(operands):
            if x not in self.live:
                continue
            gain = self.gain(register, place)
            self.large.update(dict.fromkeys(gain.large))
            self.small.update(dict.fromkeys(gain.small))
            more, before = size + gain.size, found.get(x)
            if before is not None:
                more, less = max(more, before[0]), min(more, before[0])
                more += log2(1.0 + 2.0 ** (less - more)) if isfinite(more) else 0.0
            found[x] = more, max(power + gain.power, 0.0 if before is None else before[1])
            self.size, self.power = max(self.size, found[x][0]), max(self.power, found[x][1])

    def gain(self, register: int, place: int) -> Gain:
        """The bound on the partial by the operand with this place."""
        rule, operands = self.program.instructions[register - self.program.start]
        name = rule.name if rule.trusted else ""
        if name in BOUNDED:
            found = Gain(1.0, 0.0)
        elif name in LIKE_RESULT or name in LIKE_OPERANDS:
            found = Gain(1.0, 1.0, (register,) if name in LIKE_RESULT else operands)
        elif name in ("mul", "weigh", "dot"):
            half = len(operands) // 2
            found = self.as_large(operands[place + half if place < half else place - half])
        elif name == "div":
            below, large = self.as_small(operands[1]), (register,) if place else ()
            found = Gain(below.size, below.power + len(large), large, below.small)
        elif name in ("sqrt", "log"):
            found = self.as_small(register if name == "sqrt" else operands[0])
        elif name == "pow" and operands[1] < len(self.program.constants):
            found = self.raised(operands[0], self.program.constants[operands[1]])
        else:
            found = Gain(inf, 0.0)
        return found

    def as_large(self, x: int) -> Gain:
        """A partial that is a number."""
        if x >= len(self.program.constants):
            return Gain(0.0, 1.0, (x,))
        number = abs(self.program.constants[x])
        return Gain(log2(max(number, 1.0)) if number == number else inf, 0.0)

    def as_small(self, x: int) -> Gain:
        """A partial that is 1 divided by a number."""
        if x >= len(self.program.constants):
            return Gain(0.0, 1.0, (), (x,))
        number = abs(self.program.constants[x])
        return Gain(log2(max(1.0 / number, 1.0)) if number > 0.0 else inf, 0.0)

    def raised(self, x: int, exponent: float) -> Gain:
        """The partial of a power by its base."""
        if not isfinite(exponent):
            return Gain(inf, 0.0)
        power, size = exponent - 1.0, log2(max(abs(exponent), 1.0))
        return Gain(size, power, (x,)) if power >= 0.0 else Gain(size, -power, (), (x,))

    def bound(self) -> float:
        """The largest T, as a power of two; 0 where there is none that is of use."""
        room = LIMIT - self.size
        if self.power == 0.0:
            return 2.0**LIMIT if room > 0.0 else 0.0
        return 2.0 ** min(room / self.power, LIMIT) if room / self.power >= LOWEST else 0.0


def with_headroom(program: Program) -> Program | None:
    """Return the program with guards that fail where adjoints may overflow, partials be inf or nan.

    None where no such guards are known.
    """
    found = Headroom(program)
    bound = found.bound()
    if not bound:
        return None
    new = Rewrite(program)
    for rule, operands in program.instructions:
        new.moved.append(new.emit(rule, new.operands(operands)))
    extremes: list[tuple[str, int, float]] = []
    for group in by_rows(program, found.large):
        extremes.append(("lt", new.emit(primitives.maximum, new.operands(group)), bound))
        extremes.append(("gt", new.emit(primitives.minimum, new.operands(group)), -bound))
    for group in by_rows(program, found.small):
        sizes = [new.emit(primitives.abs, (x,)) for x in new.operands(group)]
        extremes.append(("gt", new.emit(primitives.minimum, sizes), 1.0 / bound))
    guards = []
    for kind, register, limit in extremes:
        guards.append(Guard(KINDS.index(kind), len(new.moved), len(new.moved) + 1, True))
        new.moved += [register, new.constant(limit)]
    return new.finished([*program.guards, *guards])


def by_rows(program: Program, registers: Iterable[int]) -> Sequence[list[int]]:
    """Registers, those that are the same for all rows apart from the others."""
    varying = {*program.inputs[program.uniforms :]}
    for register, (_, operands) in enumerate(program.instructions, program.start):
        if not varying.isdisjoint(operands):
            varying.add(register)
    groups: tuple[list[int], list[int]] = ([], [])
    for x in registers:
        groups[x in varying].append(x)
    return [each for each in groups if each]
