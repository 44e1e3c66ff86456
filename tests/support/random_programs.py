"""Random programs by seed, where a count of verdicts is wanted rather than a smallest example."""

import random
from collections.abc import Sequence

from autograd.checking.program_builder import Draft
from tests.support import oracles
from tests.support.programs import EVERY, Constant, Operation, RandomProgram, assemble

NUMBERS = (-2, 0.5, 1, 2, 3)
# Mostly the latest values, so that most of a program matters to its result.
BACK = (0, 0, 1, 2, 3, 4, 5, 6)


def random_program(
    draw: random.Random, size: int, operations: Sequence[Operation] = EVERY
) -> RandomProgram:
    """Return a program of at most `size` instructions, leaves uniform in −2..2."""
    leaves = [draw.uniform(-2.0, 2.0) for _ in range(draw.randint(1, 3))]
    drafts = []
    for _ in range(size):
        constant = (draw.randrange(4), Constant(draw.choice(NUMBERS)))
        given = constant if draw.random() < 0.2 else None
        drafts.append(Draft(draw.choice(operations), [draw.choice(BACK) for _ in range(4)], given))
    return assemble(leaves, drafts, operations)


def exact_derivatives(program: RandomProgram) -> list[float]:
    """Return the gradient by 50-digit arithmetic from the leaves on."""
    values = program.run(
        [oracles.precisely(x) for x in program.leaves], oracles.forward, oracles.precisely
    )
    adjoints = oracles.reverse(program, values, oracles.precisely)
    return [float(each.derivative) for each in adjoints[: len(program.leaves)]]
