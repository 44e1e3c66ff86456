"""Program: straight-line code over numbered registers, and how it is written for people.

Registers are in single assignment and numbered consecutively: constants, then uniforms (inputs
with one number for all rows), then columns (inputs that differ from row to row), then one for
each instruction.  An instruction reads lower registers only.
"""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.core.primitive import Primitive

__all__ = [
    "COMPARE",
    "DETACH",
    "KINDS",
    "SIGNS",
    "Guard",
    "Instruction",
    "Program",
    "reaching",
    "resting",
]

# The comparisons, by the number that stands for them in a guard.
KINDS = ("lt", "le", "eq", "ne", "gt", "ge")
COMPARE = (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)
SIGNS = ("<", "<=", "==", "!=", ">", ">=")
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
# How many operands of one instruction are written out.
SHOWN = 8

# The number of its operand, through which no gradient flows.  It is no row of the table, since its
# partial is not its derivative; only programs have it.
DETACH = Primitive("detach", lambda x: x, lambda z, x: 0.0)


class Instruction(NamedTuple):
    """A primitive and the registers of its operands; it writes the register of its place."""

    rule: Primitive
    operands: tuple[int, ...]


class Guard(NamedTuple):
    """A comparison that the traced function made; where it comes out otherwise, the row fails."""

    kind: int
    left: int
    right: int
    outcome: bool


@dataclass(frozen=True)
class Program:
    """What was traced, as the passes transform it and as a tape runs it.

    Args:
        constants: numbers known when the function was traced.
        uniforms: how many inputs have one number for all rows.
        columns: how many inputs differ from row to row.
        instructions: what to compute, in order.
        outputs: the registers that are the results.
        guards: what must come out as it did when the function was traced.
        wanted: the input registers whose gradient will be asked for.
        names: what the inputs are called, uniforms first; None for no name.
        written: the inputs, counted from 0, that the last outputs are written back to.
    """

    constants: tuple[float, ...]
    uniforms: int
    columns: int
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...] = ()
    wanted: tuple[int, ...] = ()
    names: tuple[str | None, ...] = ()
    written: tuple[int, ...] = ()

    @property
    def inputs(self) -> range:
        """The registers of the inputs."""
        return range(len(self.constants), self.start)

    @property
    def start(self) -> int:
        """The register of the first instruction."""
        return len(self.constants) + self.uniforms + self.columns

    def __str__(self) -> str:
        """The program as a listing, one instruction a line."""
        names = [*map(repr, self.constants), *self.input_names()]
        lines = [
            head("uniforms", names[len(self.constants) : len(self.constants) + self.uniforms]),
            head("columns", names[len(self.constants) + self.uniforms :]),
        ]
        for k, (rule, operands) in enumerate(self.instructions):
            lines.append(f"v{k} = {call(rule.name, [names[x] for x in operands])}")
            names.append(f"v{k}")
        lines += [
            f"guard {names[left]} {SIGNS[kind]} {names[right]} is {outcome}"
            for kind, left, right, outcome in self.guards
        ]
        results = len(self.outputs) - len(self.written)
        lines += [
            f"{names[len(self.constants) + place]} becomes {names[x]}"
            for place, x in zip(self.written, self.outputs[results:], strict=True)
        ]
        lines.append(f"return {', '.join([names[x] for x in self.outputs[:results]])}")
        return "\n".join(line for line in lines if line)

    __repr__ = __str__

    def input_names(self) -> list[str]:
        """A name of its own for each input: w, then w_3 where it is the fourth; else u0, u1, ..."""
        found: dict[str, None] = {}
        for i in range(len(self.inputs)):
            name = (self.names[i] if i < len(self.names) else None) or f"u{i}"
            found[f"{name}_{i}" if name in found else name] = None
        return list(found)


def head(what: str, names: Sequence[str]) -> str:
    return f"{what} {listed(names)}" if names else ""


def listed(names: Sequence[str]) -> str:
    """The names; of many, the first ones and the last."""
    if len(names) <= SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: SHOWN - 2])}, ..., {names[-1]}"


def call(name: str, operands: Sequence[str]) -> str:
    """An instruction as Python would write it."""
    if name in INFIX:
        return f"{operands[0]} {INFIX[name]} {operands[1]}"
    if name == "neg":
        return f"-{operands[0]}"
    if name == "dot":
        half = len(operands) // 2
        return f"dot([{listed(operands[:half])}], [{listed(operands[half:])}])"
    return f"{name}({listed(operands)})"


def resting(program: Program, inputs: Iterable[int]) -> set[int]:
    """Return the registers whose derivative by one of the inputs is not 0 by construction."""
    found = set(inputs)
    for register, (rule, operands) in enumerate(program.instructions, program.start):
        if rule is not DETACH and not found.isdisjoint(operands):
            found.add(register)
    return found


def reaching(program: Program) -> set[int]:
    """Return the registers that an output rests on, but not through `detach` alone."""
    found = set(program.outputs)
    for register in range(program.start + len(program.instructions) - 1, program.start - 1, -1):
        rule, operands = program.instructions[register - program.start]
        if register in found and rule is not DETACH:
            found.update(operands)
    return found


def carrying(program: Program) -> set[int]:
    """Return the registers through which adjoints flow from the outputs to the wanted inputs."""
    if not program.wanted:
        return set()
    return resting(program, program.wanted) & reaching(program)


# A float or a Value, according to what the program is run on.
Number = Any


def run(program: Program, inputs: Sequence[Number]) -> list[Number]:
    """Return what is in every register, the inputs being floats or Values."""
    registers: list[Number] = [*program.constants, *inputs]
    for rule, operands in program.instructions:
        registers.append(rule(*grouped(rule, [registers[x] for x in operands])))
    return registers


def grouped(rule: Primitive, xs: Sequence[Number]) -> Sequence[Any]:
    """The arguments of a call that stand for these operands."""
    if rule.name == "dot" and rule.trusted:
        return xs[: len(xs) // 2], xs[len(xs) // 2 :]
    return [xs] if rule.variadic else xs
