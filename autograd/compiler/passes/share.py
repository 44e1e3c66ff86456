"""Common subexpressions: what is computed twice is computed once."""

from typing import Any

from autograd.compiler.passes.rewrite import Rewrite
from autograd.compiler.program import Guard, Program, carrying

__all__ = ["share"]


def share(program: Program) -> Program:
    """Compute once what is computed twice, where no adjoint flows through the second."""
    live = carrying(program)
    new = Rewrite(program)
    first: dict[Any, int] = {}
    for register, (rule, old) in enumerate(program.instructions, program.start):
        operands = new.operands(old)
        found = first.get((rule.name, operands)) if rule.trusted and register not in live else None
        if found is None:
            found = new.emit(rule, operands)
            if rule.trusted:
                first.setdefault((rule.name, operands), found)
        new.moved.append(found)
    kept = {(k, new.moved[x], new.moved[y]): Guard(k, x, y, out) for k, x, y, out in program.guards}
    return new.finished([*kept.values()])
