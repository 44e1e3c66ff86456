"""Random programs of the compiler, and how they are written."""

import math
import random

from autograd.compiler.ir.program import DETACH, Guard, Instruction, Program
from autograd.primitives import TABLE

ROWS = [name for name in TABLE if name not in ("pow", "atan2", "share")]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.5, 1e300, math.inf, -math.inf, math.nan]


def program(text, wanted=(), constants=(0.0, 1.0, 2.0), guards=()):
    """A program of constants 0, 1, 2, uniforms u0, u1 and columns u2, u3, from lines of text."""
    names = {f"{c:g}": i for i, c in enumerate(constants)}
    names |= {f"u{i}": len(constants) + i for i in range(4)}
    instructions = []
    for line in text.split(";"):
        name, *operands = line.split()
        rule = DETACH if name == "detach" else TABLE[name]
        instructions.append(Instruction(rule, tuple(names[x] for x in operands)))
        names[f"v{len(instructions) - 1}"] = len(constants) + 3 + len(instructions)
    last = len(constants) + 3 + len(instructions)
    found = tuple(Guard(k, names[x], names[y], out) for k, x, y, out in guards)
    registers = tuple(names[x] for x in wanted)
    return Program(constants, 2, 2, tuple(instructions), (last,), found, registers)


def listing(each):
    return str(each).split("\n", 2)[2]


COMMON = ["add", "mul", "add", "mul", "identity", "weigh"]


def operand_count(rule):
    return 4 if rule.variadic else len(rule.partials)


def sum_of_products(draw, size):
    """Instructions that multiply pairs of registers, the first of them free, and add up."""
    near = [max(0, size - 1 - int(draw.expovariate(0.4))) for _ in range(6)]
    pairs = list(zip(near[::2], near[1::2], strict=True))[: draw.randint(2, 3)]
    made = [Instruction(TABLE["mul"], pair) for pair in pairs]
    last = size
    for i in range(1, len(pairs)):
        made.append(Instruction(TABLE["add"], (last, size + i)))
        last = size + len(made) - 1
    return made


def random_program(seed):
    """A program with many constants, repetitions and sums of products, and numbers for it."""
    draw = random.Random(seed)
    constants = tuple(draw.sample([0.0, -0.0, 1.0, 0.5, 3.0], draw.randint(0, 4)))
    first = len(constants) + 4
    made: list[Instruction] = []
    for _ in range(draw.randint(1, 14)):
        if made and draw.random() < 0.2:
            made.append(draw.choice(made))
            continue
        if draw.random() < 0.15:
            made += sum_of_products(draw, first + len(made))
            continue
        rule = TABLE[draw.choice(COMMON if draw.random() < 0.8 else ROWS)]
        size = first + len(made)
        # Mostly the latest registers, so that most of the program matters to its result.
        near = [max(0, size - 1 - int(draw.expovariate(0.4))) for _ in range(4)]
        near[1] = draw.choice([near[1], near[1], draw.randrange(size)])
        made.append(Instruction(rule, tuple(near[: operand_count(rule)])))
    size = first + len(made)
    guards = [
        Guard(draw.randrange(6), draw.randrange(size), draw.randrange(size), draw.random() < 0.5)
        for _ in range(draw.choice([0, 0, 0, 1, 2]))
    ]
    wanted = [x for x in range(len(constants), first) if draw.random() < 0.7]
    numbers = [draw.choice([draw.uniform(-2.0, 2.0)] * 6 + [*EDGES, -0.0, -0.0]) for _ in range(4)]
    result = Program(constants, 2, 2, tuple(made), (size - 1,), tuple(guards), tuple(wanted))
    return result, numbers
