"""Gradients of random programs, each beside its error by 50-digit arithmetic and the bound on it.

usage: python -m tests.support.rounding FIRST CHUNKS    prints a digest of gradients by chunks
"""

import hashlib
import math
import random
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mpmath import mp

from autograd import Value
from autograd.checking.error_bounds import Adjoint, reverse_errors
from autograd.checking.program_builder import LIMIT, Draft, assemble
from autograd.toposort import topological
from tests.support import oracles
from tests.support.programs import (
    EVERY,
    OPERATIONS,
    Constant,
    Instruction,
    Operation,
    RandomProgram,
)

# What the loose ends of a program are joined with.
JOINS = ("mul", "add", "sub", "hypot")
NUMBERS = (-2, 0.5, 1, 2, 3)
# Programs whose gradients share a digest.
CHUNK = 1000
SMALLEST = 5e-324


def program_of(seed: int) -> RandomProgram:
    """Return a program of 4 to 10 leaves whose result rests on each of its values.

    One run of it gives as many gradients as it has leaves, and computes nothing in vain.
    """
    draw = random.Random(seed)
    leaves = [draw.uniform(-2.0, 2.0) for _ in range(draw.randint(4, 10))]
    drafts = [draft(draw) for _ in range(draw.randint(6, 16))]
    return joined(draw, assemble(leaves, drafts, EVERY, join=False))


def draft(draw: random.Random) -> Draft:
    backs = [draw.randrange(draw.choice((2, 12))) for _ in range(4)]
    constant = (draw.randrange(4), Constant(draw.choice(NUMBERS)))
    return Draft(draw.choice(EVERY), backs, constant if draw.random() < 0.1 else None)


def joined(draw: random.Random, program: RandomProgram) -> RandomProgram:
    """Join what no instruction uses, two at a time, until one is left."""
    values, made = program.run(program.leaves), list(program.instructions)
    used = {x for _, operands in program.wiring() for x in operands}
    loose = [i for i in range(len(values)) if i not in used]
    while len(loose) > 1:
        pair = (loose.pop(), loose.pop(draw.randrange(len(loose))))
        xs = [values[i] for i in pair]
        name = draw.choice(JOINS)
        name = name if admits(OPERATIONS[name], xs) else "add"
        back = (len(values) - 1 - pair[0], len(values) - 1 - pair[1])
        made.append(Instruction(name, back))
        loose.append(len(values))
        values.append(OPERATIONS[name].call(*xs))
    return RandomProgram(program.leaves, tuple(made), OPERATIONS)


def admits(operation: Operation, xs: list[float]) -> bool:
    return operation.admits(*xs) and abs(operation.call(*xs)) <= LIMIT


def gradients(program: RandomProgram) -> tuple[Any, list[Value]]:
    """Return the program's result and its leaves, after a backward pass."""
    leaves = [Value(x) for x in program.leaves]
    result = program.run(leaves)[-1]
    result.backward()
    return result, leaves


def exact_adjoints(program: RandomProgram) -> list[oracles.Adjoint]:
    """Return the leaves' derivatives by arithmetic that is precise from the leaves on.

    A derivative that rounding makes large errors in is one that the bound is large for, too: at
    50 digits the oracle's own error is 10⁻³⁴ of the bound.
    """
    values = program.run(
        [oracles.precisely(x) for x in program.leaves], oracles.forward, oracles.precisely
    )
    return oracles.reverse(program, values, oracles.precisely)[: len(program.leaves)]


def bounds_of(result: Any) -> dict[Value, Adjoint]:
    return reverse_errors(result, [node for node in topological(result) if node.operands])


@dataclass
class Tally:
    """What became of the gradients that were judged.

    Attributes:
        programs: how many programs there were.
        judged: how many gradients are within a bound or not; one of 0 or ±1 is, but goes uncounted.
        unbounded: how many have none, for a number may be on either side of a jump.
        outside: the seeds of the programs with a gradient further off than its bound.
        worst: the largest error in units of its bound.
        bounds: the bounds, in units of 2⁻⁵³ · the sum of all paths' terms taken positive.
    """

    programs: int = 0
    judged: int = 0
    unbounded: int = 0
    outside: list[int] = field(default_factory=list)
    worst: float = 0.0
    bounds: list[float] = field(default_factory=list)

    def judge(self, seed: int) -> list[float]:
        """Judge one program; return the gradients the engine gave."""
        program = program_of(seed)
        result, leaves = gradients(program)
        self.programs += 1
        found = bounds_of(result)
        for leaf, exact in zip(leaves, exact_adjoints(program), strict=True):
            self.add(seed, leaf.grad, exact, found.get(leaf, Adjoint()))
        return [leaf.grad for leaf in leaves]

    def add(self, seed: int, grad: float, exact: oracles.Adjoint, found: Adjoint) -> None:
        if not math.isfinite(found.error):
            self.unbounded += 1
            return
        bound = found.error + SMALLEST
        ratio = float(abs(exact.derivative - mp.mpf(grad)) / bound)
        self.judged += grad not in (0.0, 1.0, -1.0)
        self.worst = max(self.worst, ratio)
        self.bounds.append(found.error / found.size / oracles.EPSILON if found.size else 0.0)
        if not ratio <= 1.0:
            self.outside.append(seed)

    def __str__(self) -> str:
        bounds = sorted(self.bounds)
        middle, high = (bounds[int(part * (len(bounds) - 1))] for part in (0.5, 0.99))
        return (
            f"{self.judged} gradients of {self.programs} programs: {len(self.outside)} outside "
            f"their bounds; {self.unbounded} more have none\n"
            f"largest error / bound {self.worst:.3f}; bound / (2^-53 · size of the terms): "
            f"median {middle:.0f}, 99 % below {high:.3g}"
        )


def digest(numbers: Iterable[float]) -> str:
    """All bits of some floats, in 16 characters."""
    packed = b"".join(struct.pack(">d", x) for x in numbers)
    return hashlib.blake2b(packed, digest_size=8).hexdigest()


def chunk(index: int) -> range:
    """The seeds of one chunk."""
    return range(index * CHUNK, (index + 1) * CHUNK)


def digests(first: int, chunks: int) -> Iterator[str]:
    for index in range(first, first + chunks):
        yield digest(x.grad for seed in chunk(index) for x in gradients(program_of(seed))[1])


if __name__ == "__main__":
    for line in digests(int(sys.argv[1]), int(sys.argv[2])):
        print(line, flush=True)
