"""Random functions by seed, as Python text that every engine in the tables can run.

A function has one to three inputs, uniform in −2..2, and up to twelve instructions; their operands
are mostly the latest values, one in five of those with several takes a number.  Values stay below
1e3, operands 0.01 away from kinks, poles and edges of domains.  Where a kink is wanted, one value
becomes `v + weight * kink(speed * (v - corner))`, the corner at a given gap from v.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import autograd
from autograd.primitives import TABLE
from tests.support.programs import EVERY, OPERATIONS, SMOOTH, Constant, Operation, RandomProgram
from tests.support.random_programs import random_program

__all__ = ["EVERY", "KINKS", "SHARED", "SMOOTH", "Function", "callable_from", "make"]

LARGEST = 12
# What ours and every peer have, by the same names.
NAMES = (
    *("add", "mul", "sub", "neg", "square", "cube", "div", "pow", "exp", "log", "sqrt", "tanh"),
    *("sin", "cos", "relu", "abs", "maximum", "minimum"),
)
SHARED = tuple(each for each in EVERY if each.name in NAMES)
KINKS = {
    "relu": "relu({})",
    "abs": "abs({})",
    "maximum": "maximum({0}, 0.3 * {0})",
    "minimum": "minimum({0}, 0.3 * {0})",
}
OURS = {**TABLE, **{name: getattr(autograd, name) for name in autograd.__all__}}


@dataclass(frozen=True)
class Function:
    """A function in one text for all engines, and where to check it.

    Attributes:
        program: what it was made from, without the kink.
        source: `def f(x0, x1): ...`, of the inputs that the result rests on.
        point: a number for each of them.
        inputs: which of the program's leaves they are.
        bent: the positions of the inputs that the kink rests on.
    """

    program: RandomProgram
    source: str
    point: tuple[float, ...]
    inputs: tuple[int, ...]
    bent: tuple[int, ...]

    def call(self) -> Callable[..., Any]:
        """Return it on this package's operations."""
        return callable_from(self.source, OURS)


def callable_from(source: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function that the text defines."""
    space = dict(names)
    exec(source, space)
    return space["f"]  # type: ignore[no-any-return]


def make(
    draw: random.Random,
    operations: Sequence[Operation] = EVERY,
    gap: float | None = None,
    at_leaf: bool = False,
) -> Function:
    """Return a function; with a gap, one that has a kink so far from one of its values.

    Args:
        draw: where all choices come from.
        operations: what instructions may be.
        gap: how far the kink is from the value that it is planted on.
        at_leaf: whether that value is an input.
    """
    found = attempt(draw, operations, gap, at_leaf)
    while not usable(found):
        found = attempt(draw, operations, gap, at_leaf)
    return found


def usable(function: Function) -> bool:
    """Whether f is a finite number; a kink may push a value off its domain."""
    try:
        return math.isfinite(function.call()(*function.point))
    except TypeError:  # a power of two plain numbers that is complex
        return False


def attempt(
    draw: random.Random, operations: Sequence[Operation], gap: float | None, at_leaf: bool
) -> Function:
    """Return a function that may not be finite."""
    program = random_program(draw, draw.randint(1, LARGEST), operations)
    used = program.used()
    inputs = tuple(i for i in range(len(program.leaves)) if i in used)
    bent, kink = None, ""
    if gap is not None:
        bent = draw.choice(inputs if at_leaf else sorted(used))
        kink = planted(draw, program.run(program.leaves)[bent], gap)
    point = tuple(program.leaves[i] for i in inputs)
    below = inputs_below(program, bent) if bent is not None else set()
    near = tuple(k for k, i in enumerate(inputs) if i in below)
    return Function(program, text(program, bent, kink), point, inputs, near)


def planted(draw: random.Random, value: float, gap: float) -> str:
    """Return the text of a kinked term, {} standing for the value's name."""
    kink, weight = draw.choice(list(KINKS.values())), draw.choice((-1.0, 1.0, 0.01))
    corner = value + draw.choice((-1.0, 1.0)) * gap
    return f"{{0}} + {weight!r} * " + kink.format(
        f"({draw.uniform(0.5, 2.0)!r} * ({{0}} - {corner!r}))"
    )


def inputs_below(program: RandomProgram, index: int) -> set[int]:
    """Return the leaves that one value of the program rests on."""
    reached, wiring = {index}, list(program.wiring())
    for k in range(index, len(program.leaves) - 1, -1):
        if k in reached:
            operands = wiring[k - len(program.leaves)][1]
            reached.update(x for x in operands if not isinstance(x, Constant))
    return {k for k in reached if k < len(program.leaves)}


def text(program: RandomProgram, bent: int | None, kink: str) -> str:
    """Return the source, without what the result does not use."""
    start, used = len(program.leaves), program.used()
    names = [f"x{k}" if k < start else f"v{k}" for k in range(start + len(program.instructions))]
    lines = [f"def f({', '.join(names[k] for k in range(start) if k in used)}):"]
    for k, name in enumerate(names):
        if k in used and k >= start:
            op, operands = list(program.wiring())[k - start]
            shown = [repr(x.number) if isinstance(x, Constant) else names[x] for x in operands]
            lines.append(f"{name} = {OPERATIONS[op].text.format(*shown)}")
        if k == bent:
            lines.append(f"{name} = {kink.format(name)}")
    return "\n    ".join([*lines, f"return {names[-1]}"])
