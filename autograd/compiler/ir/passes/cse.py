"""Common subexpression elimination: what is computed twice is computed once."""

from collections.abc import Callable
from typing import Any

from autograd.compiler.ir.passes.builder import Rewrite
from autograd.compiler.ir.program import Guard, Program, carrying
from autograd.core.primitive import Primitive

__all__ = ["merge", "share"]

# Rows whose partials are finite wherever their operands and results are.
STEADY = frozenset(
    {"identity", "neg", "add", "sub", "mul", "weigh", "dot", "total", "exp", "sin", "cos", "tanh",
     "sigmoid"}
)  # fmt: skip


def share(program: Program) -> Program:
    """Compute once what is computed twice, where no adjoint flows through the second."""
    return joined(program, lambda rule: False)


def merge(program: Program) -> Program:
    """Compute once what is computed twice, and let its adjoints add up before they are handed down.

    (a + b)·p for a·p + b·p is another rounding, and 0 where a = −b, even for a p of inf: hence
    only for rows whose partials are finite where they should be, under the guards of `headroom`.
    """
    return joined(program, lambda rule: rule.name in STEADY)


def joined(program: Program, joins_adjoints: Callable[[Primitive], bool]) -> Program:
    """The program without what comes again, also where adjoints flow if the rule allows it."""
    live = carrying(program)
    new = Rewrite(program)
    first: dict[Any, int] = {}
    for register, (rule, old) in enumerate(program.instructions, program.start):
        operands = new.operands(old)
        may_join = rule.trusted and (register not in live or joins_adjoints(rule))
        found = first.get((rule.name, operands)) if may_join else None
        if found is None:
            found = new.emit(rule, operands)
            if rule.trusted:
                first.setdefault((rule.name, operands), found)
        new.moved.append(found)
    kept = {(k, new.moved[x], new.moved[y]): Guard(k, x, y, out) for k, x, y, out in program.guards}
    return new.finished([*kept.values()])
