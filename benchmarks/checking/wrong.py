"""Wrong gradients: how often a check misses an error planted in the engine, by its size."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograd import Value, check
from autograd.checking import PartialCheck
from autograd.primitives import TABLE
from benchmarks.checking.functions import EVERY, LARGEST
from benchmarks.checking.tables import counted, decade, show
from tests.support import faults, oracles
from tests.support.programs import RandomProgram
from tests.support.random_programs import random_program

__all__ = ["misses", "size_of"]

HEAD = ("relative error", "partials", "PASS", "INCONCLUSIVE", "FAIL", "INCONCLUSIVE %")
SMALLEST, LARGEST_ERROR = -6.0, -1.0
# The rows behind operations of the programs that are named otherwise.
ROWS = {"square": "pow", "cube": "pow"}


def misses(partials: int) -> None:
    """Print verdicts on gradients that are wrong by 1e-6 to 1e-1, relative.

    Args:
        partials: how many to check each way.
    """
    for name, black_box in (("with the graph", False), ("as a black box", True)):
        seed = f"misses, {name}"
        counts: Counter[tuple[str, str]] = Counter()
        for size, partial in planted(random.Random(seed), black_box):
            counts[decade(size), partial.verdict] += 1
            if counts.total() == partials:
                break
        show(f"wrong gradients, {name} (seed {seed!r})", HEAD, counted(counts))


def planted(draw: random.Random, black_box: bool) -> Iterator[tuple[float, PartialCheck]]:
    """Yield the size of an error and the verdict, over functions with one wrong partial each."""
    while True:
        program = random_program(draw, draw.randint(1, LARGEST), EVERY)
        exact = exact_adjoints(program)
        error = 10.0 ** draw.uniform(SMALLEST, LARGEST_ERROR)
        with wrong_partial(draw, program, error):
            partials = checked(program, black_box)
        for adjoint, partial in zip(exact, partials, strict=False):
            size = size_of(partial.gradient, adjoint)
            if 10.0**SMALLEST <= size <= 10.0**LARGEST_ERROR:
                yield size, partial


def exact_adjoints(program: RandomProgram) -> list[oracles.Adjoint]:
    """Return the derivative by each leaf, by 50-digit arithmetic from the leaves on."""
    leaves = [oracles.precisely(x) for x in program.leaves]
    values = program.run(leaves, oracles.forward, oracles.precisely)
    return oracles.reverse(program, values, oracles.precisely)[: len(leaves)]


def size_of(gradient: float, exact: oracles.Adjoint) -> float:
    """Return a gradient's error relative to the exact one, or to 1e-3 of its terms in sum."""
    scale = max(abs(float(exact.derivative)), 1e-3 * float(exact.size))
    return abs(gradient - float(exact.derivative)) / scale if scale else 0.0


def wrong_partial(draw: random.Random, program: RandomProgram, error: float) -> Any:
    """Return a context in which one partial of one operation of the program is too large."""
    used, start = program.used(), len(program.leaves)
    operations = [op for k, (op, _) in enumerate(program.wiring(), start) if k in used]
    op = draw.choice(operations or ["add"])
    row = TABLE[ROWS.get(op, op)]
    count = 1 if op in ROWS else 2 if row.variadic else len(row.partials)
    return faults.partial_changed(row.name, draw.randrange(count), lambda p: p * (1.0 + error))


def checked(program: RandomProgram, black_box: bool) -> tuple[PartialCheck, ...]:
    """Check the engine's gradient as it is; or as somebody's own, of a function of floats."""

    def f(*xs: Any) -> Any:
        return program.run(xs)[-1]

    if not black_box:
        return check(f, program.leaves).partials
    leaves = [Value(x) for x in program.leaves]
    f(*leaves).backward()
    found = tuple(leaf.grad for leaf in leaves)
    return check(f, program.leaves, gradient=lambda *xs: found).partials
