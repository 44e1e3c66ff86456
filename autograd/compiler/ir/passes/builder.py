"""Builder: a program under construction from an old one, as every pass uses it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from autograd.compiler.ir.program import Guard, Instruction, Program
from autograd.core.primitive import Primitive

__all__ = ["Rewrite", "key"]


class Rewrite:
    """A program under construction, its registers those of an old one as far as they are kept.

    Constants are added at will: until `finished`, the n-th is register −1 − n.
    """

    def __init__(self, old: Program) -> None:
        self.old = old
        self.constants = list(old.constants)
        self.numbers = {key(x): -1 - i for i, x in enumerate(self.constants)}
        self.instructions: list[Instruction] = []
        self.moved = [-1 - i for i in range(len(old.constants))]  # old register -> new one
        self.shift = len(old.constants)
        self.moved += [x - self.shift for x in old.inputs]
        self.inputs = old.uniforms + old.columns

    def number(self, register: int) -> float | None:
        """The constant in a new register; None for what is computed."""
        return self.constants[-1 - register] if register < 0 else None

    def constant(self, x: float) -> int:
        """The new register of a number."""
        if key(x) not in self.numbers:
            self.constants.append(x)
            self.numbers[key(x)] = -len(self.constants)
        return self.numbers[key(x)]

    def emit(self, rule: Primitive, operands: Iterable[int]) -> int:
        """Add an instruction on new registers; return its own."""
        self.instructions.append(Instruction(rule, tuple(operands)))
        return self.inputs + len(self.instructions) - 1

    def operands(self, old: Iterable[int]) -> tuple[int, ...]:
        """The new registers of old ones."""
        moved = self.moved
        return tuple([moved[x] for x in old])

    def finished(self, guards: Sequence[Guard] | None = None) -> Program:
        """The new program."""
        count = len(self.constants)

        def final(registers: Iterable[int]) -> tuple[int, ...]:
            return tuple([x + count if x >= 0 else -1 - x for x in registers])

        kept = self.old.guards if guards is None else guards
        compared = [final(self.operands((g.left, g.right))) for g in kept]
        return replace(
            self.old,
            constants=tuple(self.constants),
            instructions=tuple([Instruction(rule, final(xs)) for rule, xs in self.instructions]),
            outputs=final(self.operands(self.old.outputs)),
            guards=tuple(
                Guard(g.kind, left, right, g.outcome)
                for g, (left, right) in zip(kept, compared, strict=True)
            ),
            wanted=final(self.operands(self.old.wanted)),
        )


def key(x: float) -> Any:
    """What is equal only for numbers of the same bits, all nan being one."""
    return (x, str(x)) if x == 0.0 or x != x else x
