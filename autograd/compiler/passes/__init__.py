"""Passes: each makes of a Program a shorter one that computes the same bits, gradient included.

Adjoints add up in the order in which the instructions stand, so a pass may join or drop only what
leaves those sums as they are.  Where nothing is wanted but the outputs, that is everything.
"""

from collections.abc import Callable

from autograd.compiler.passes.fold import fold
from autograd.compiler.passes.fuse import fuse
from autograd.compiler.passes.prune import prune
from autograd.compiler.passes.share import share
from autograd.compiler.program import Program

__all__ = ["PASSES", "optimise"]

PASSES: tuple[Callable[[Program], Program], ...] = (fold, share, prune, fuse)


def optimise(program: Program) -> Program:
    """Return the program after every pass."""
    for each in PASSES:
        program = each(program)
    return program
