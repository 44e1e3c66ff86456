"""Random programs for the suite: those of `autograd.checking`, operands of NumPy kinds among them,
and those whose results are exact."""

import math
import operator
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from autograd.checking import strategies
from autograd.checking.operations import EVERY, KINKED, SMOOTH, Operation, function, infix, power
from autograd.checking.program_builder import assemble
from autograd.checking.random_program import OPERATIONS as PUBLIC
from autograd.checking.random_program import Constant, Instruction, RandomProgram

__all__ = [
    "EVERY", "KINKED", "OPERATIONS", "RATIONAL", "REALS", "SMOOTH", "Constant", "Instruction",
    "Operation", "RandomProgram", "assemble", "programs", "quarters",
]  # fmt: skip

REALS = strategies.MODERATE


def power_of_two(*xs: float) -> bool:
    return xs[-1] != 0.0 and abs(math.frexp(xs[-1])[0]) == 0.5


# Exact on Fractions; simplest first.
RATIONAL = (
    *SMOOTH[:6],
    power("one", 0),
    power("inverse", -1, admits=power_of_two),
    infix("halves", operator.truediv, "/", admits=power_of_two),
    function("relu"),
    Operation("abs", 1, abs, "abs({})"),
    function("maximum", 2),
    function("minimum", 2),
    function("total", 3),
)
OPERATIONS = {each.name: each for each in (*RATIONAL, *PUBLIC.values())}

KINDS = (int, float, bool, Fraction, np.float64, np.float32, np.int64)


def quarters(largest: int = 3) -> st.SearchStrategy[float]:
    """Floats with few bits, so that short rational programs are exact."""
    return st.integers(-4 * largest, 4 * largest).map(lambda n: n / 4)


def programs(
    operations: Sequence[Operation] = EVERY,
    leaves: st.SearchStrategy[float] = REALS,
    max_size: int = 10,
) -> st.SearchStrategy[RandomProgram]:
    """Programs with plain numbers of every kind that an operand may be."""
    return strategies.programs(operations, leaves, max_size, strategies.constants(KINDS))
