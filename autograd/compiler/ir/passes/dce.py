"""Dead code elimination: what no output and no guard rests on is dropped, constants too."""

from collections.abc import Iterable
from dataclasses import replace

from autograd.compiler.ir.program import Guard, Instruction, Program

__all__ = ["prune"]


def prune(program: Program) -> Program:
    """Drop the instructions and constants on which no output and no guard rests."""
    size = program.start + len(program.instructions)
    needed = needed_by(program).union(program.inputs)
    if len(needed) == size:
        return program
    place = {old: new for new, old in enumerate(x for x in range(size) if x in needed)}

    def moved(registers: Iterable[int]) -> tuple[int, ...]:
        return tuple([place[x] for x in registers])

    steps = enumerate(program.instructions, program.start)
    return replace(
        program,
        constants=tuple([x for i, x in enumerate(program.constants) if i in needed]),
        instructions=tuple(
            [Instruction(rule, moved(xs)) for i, (rule, xs) in steps if i in needed]
        ),
        outputs=moved(program.outputs),
        guards=tuple([Guard(k, place[x], place[y], out) for k, x, y, out in program.guards]),
        wanted=moved(program.wanted),
    )


def needed_by(program: Program) -> set[int]:
    """The registers on which an output or a guard rests."""
    needed = {*program.outputs, *[x for g in program.guards for x in (g.left, g.right)]}
    for register in range(program.start + len(program.instructions) - 1, program.start - 1, -1):
        if register in needed:
            needed.update(program.instructions[register - program.start].operands)
    return needed
