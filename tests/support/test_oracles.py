"""The oracles against each other, and against numbers known beforehand."""

from fractions import Fraction

import pytest
from hypothesis import given
from mpmath import mp

from autograd import Value
from tests.support import oracles
from tests.support.points import POINTS
from tests.support.programs import (
    OPERATIONS,
    RATIONAL,
    Constant,
    Instruction,
    RandomProgram,
    programs,
    quarters,
)

TWO_SUMS = RandomProgram((3.0,), (Instruction("add", (0, 0)), Instruction("mul", (0, 0))))


def test_every_operation_has_a_rule():
    assert OPERATIONS.keys() <= oracles.RULES.keys()


def test_a_gradient_known_beforehand():
    assert oracles.exact_gradient(TWO_SUMS) == [Fraction(24)]


@pytest.mark.parametrize("name", sorted(oracles.RULES.keys() & POINTS.keys()))
def test_rules_agree_with_numeric_differentiation(name):
    rule = oracles.RULES[name]
    for point in POINTS[name]:
        xs = [mp.mpf(x) for x in point]
        for i, partial in enumerate(rule.partials(*xs)):
            order = tuple(int(i == j) for j in range(len(xs)))
            numeric = mp.diff(rule.forward, tuple(xs), order)
            assert mp.almosteq(numeric, partial, 1e-15, 1e-15), (name, point, i)


def test_a_gradient_that_needs_rounding_is_not_called_exact():
    cubes = RandomProgram((3.25,), tuple([Instruction("cube", (0,))] * 5))
    assert oracles.exact_gradient(cubes) is None


@given(programs(RATIONAL, quarters(), max_size=6))
def test_both_arithmetics_agree_on_rational_programs(program):
    exact = oracles.exact_gradient(program)
    if exact is not None:
        data = [float(x) for x in program.run(program.leaves)]
        precise = oracles.precise_gradient(program, data)
        assert [Fraction(float(each.derivative)) for each in precise] == exact


def test_a_wrong_partial_is_outside_the_tolerance():
    program = RandomProgram(
        (0.5,), (Instruction("tanh", (0,)), Instruction("mul", (0, Constant(3))))
    )
    x = Value(0.5)
    program.run([x])[-1].backward()
    (adjoint,) = oracles.precise_gradient(program, [v.data for v in program.run([x])])
    bound = oracles.tolerance(program, adjoint)
    assert abs(x.grad - adjoint.derivative) <= bound
    assert abs(x.grad * (1 + 1e-13) - adjoint.derivative) > bound
