"""Passes: each makes of a Program a shorter one that computes the same bits, gradient included.

Adjoints add up in the order in which the instructions stand, so a pass may join or drop only what
leaves those sums as they are.  Where nothing is wanted but the outputs, that is everything.  One
pass goes further, for the accelerator alone: `merge` takes the place of `share` there, and guards
of `headroom` tell where that would be another number.
"""

from collections.abc import Callable, Sequence

from autograd.compiler.ir.passes.constant_folding import fold
from autograd.compiler.ir.passes.cse import merge, share
from autograd.compiler.ir.passes.dce import prune
from autograd.compiler.ir.passes.dot_fusion import fuse
from autograd.compiler.ir.passes.overflow_guards import with_headroom
from autograd.compiler.ir.program import Program, carrying

__all__ = ["MERGING", "PASSES", "Pass", "optimise", "optimise_merging"]

Pass = Callable[[Program], Program]
PASSES: tuple[Pass, ...] = (fold, share, prune, fuse)
MERGING: tuple[Pass, ...] = (fold, merge, prune, fuse)


def optimise(program: Program, passes: Sequence[Pass] = PASSES) -> Program:
    """Return the program after every pass."""
    for each in passes:
        program = each(program)
    return program


def optimise_merging(program: Program) -> tuple[Program, bool]:
    """Return the program after the merging passes, and whether that is another sum of adjoints.

    Then it has guards that fail where the other sum may be another number, but for rounding; where
    there are no such guards, it is the program after the exact passes.
    """
    folded = fold(program)
    merged = merge(folded)
    joined = len(carrying(merged)) < len(carrying(folded))
    made = optimise(merged, (prune, fuse))
    watched = with_headroom(made) if joined else None
    if watched is not None:
        return watched, True
    return optimise(folded, (share, prune, fuse)) if joined else made, False
