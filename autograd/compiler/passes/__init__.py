"""Passes: each makes of a Program a shorter one that computes the same bits, gradient included.

Adjoints add up in the order in which the instructions stand, so a pass may join or drop only what
leaves those sums as they are.  Where nothing is wanted but the outputs, that is everything.  One
pass goes further, for the accelerator alone: `merge` takes the place of `share` there.
"""

from collections.abc import Callable, Sequence

from autograd.compiler.passes.fold import fold
from autograd.compiler.passes.fuse import fuse
from autograd.compiler.passes.prune import prune
from autograd.compiler.passes.share import merge, share
from autograd.compiler.program import Program

__all__ = ["MERGING", "PASSES", "Pass", "optimise"]

Pass = Callable[[Program], Program]
PASSES: tuple[Pass, ...] = (fold, share, prune, fuse)
MERGING: tuple[Pass, ...] = (fold, merge, prune, fuse)


def optimise(program: Program, passes: Sequence[Pass] = PASSES) -> Program:
    """Return the program after every pass."""
    for each in passes:
        program = each(program)
    return program
