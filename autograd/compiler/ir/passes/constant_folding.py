"""Constant folding: what rests on constants alone is computed before the program runs."""

from collections.abc import Sequence

from autograd import primitives
from autograd.compiler.ir.passes.builder import Rewrite, key
from autograd.compiler.ir.program import COMPARE, DETACH, Guard, Program, carrying, resting
from autograd.core.primitive import Primitive

__all__ = ["fold"]

# The operand that stays as it is when another is this number: x·1, 1·x, x/1, x − 0, x¹.
NEUTRAL: dict[str, tuple[tuple[int, float, int], ...]] = {
    "mul": ((1, 1.0, 0), (0, 1.0, 1)),
    "weigh": ((0, 1.0, 1),),
    "div": ((1, 1.0, 0),),
    "sub": ((1, 0.0, 0),),
    "pow": ((1, 1.0, 0),),
}


def fold(program: Program) -> Program:
    """Compute what rests on constants alone, and drop what hands an operand on as it is."""
    live = carrying(program)
    rests = resting(program, program.wanted)
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        operands = new.operands(old)
        same = None
        if rule is DETACH:
            same = operands[0] if old[0] not in rests else None
        elif register not in live:
            same = unchanged(new, rule, operands)
        if same is None:
            xs = [x for x in map(new.number, operands) if x is not None]
            if rule.trusted and len(xs) == len(operands):
                same = new.constant(rule.evaluate(xs))
        new.moved.append(new.emit(rule, operands) if same is None else same)
    return new.finished([g for g in program.guards if not settled(new, g)])


def unchanged(new: Rewrite, rule: Primitive, operands: Sequence[int]) -> int | None:
    """The operand that an instruction gives as it is, if any."""
    if rule is primitives.identity:
        return operands[0]
    if rule.trusted:
        for place, number, kept in NEUTRAL.get(rule.name, ()):
            found = new.number(operands[place])
            if found is not None and key(found) == key(number):
                return operands[kept]
    return None


def settled(new: Rewrite, guard: Guard) -> bool:
    """Whether a guard compares constants, and comes out right."""
    kind, left, right, outcome = guard
    x, y = new.number(new.moved[left]), new.number(new.moved[right])
    return x is not None and y is not None and COMPARE[kind](x, y) == outcome
