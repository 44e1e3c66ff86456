"""Dead code: what no output and no guard rests on is dropped."""

from collections.abc import Iterable
from dataclasses import replace

from autograd.compiler.passes.rewrite import Rewrite
from autograd.compiler.program import Guard, Instruction, Program

__all__ = ["prune"]


def prune(program: Program) -> Program:
    """Drop the instructions on which no output and no guard rests."""
    needed = needed_by(program)
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        new.moved.append(new.emit(rule, new.operands(old)) if register in needed else 0)
    made = new.finished()
    return without_constants(made) if made.constants else made


def needed_by(program: Program) -> set[int]:
    """The registers on which an output or a guard rests."""
    needed = {*program.outputs, *[x for g in program.guards for x in (g.left, g.right)]}
    for register in range(program.start + len(program.instructions) - 1, program.start - 1, -1):
        if register in needed:
            needed.update(program.instructions[register - program.start].operands)
    return needed


def without_constants(program: Program) -> Program:
    """Drop the constants that nothing reads."""
    needed = needed_by(program)
    kept = [i for i in range(len(program.constants)) if i in needed]
    place = {old: new for new, old in enumerate(kept)}
    gone = len(program.constants) - len(kept)

    def moved(registers: Iterable[int]) -> tuple[int, ...]:
        return tuple([place[x] if x in place else x - gone for x in registers])

    def guard(each: Guard) -> Guard:
        left, right = moved((each.left, each.right))
        return Guard(each.kind, left, right, each.outcome)

    return replace(
        program,
        constants=tuple([program.constants[i] for i in kept]),
        instructions=tuple([Instruction(rule, moved(xs)) for rule, xs in program.instructions]),
        outputs=moved(program.outputs),
        guards=tuple(map(guard, program.guards)),
        wanted=moved(program.wanted),
    )
