"""The error analysis' own slopes: as many as the table has rows, and right by 50-digit rules."""

import math

import pytest

from autograd import Primitive, Value
from autograd.checking.sensitivities import ROWS, curvatures, numeric_slopes, slopes_of
from autograd.primitives import TABLE
from tests.support import oracles
from tests.support.points import POINTS


def test_there_is_a_row_for_every_primitive_and_no_other():
    assert ROWS.keys() == TABLE.keys()


def wrong_slopes(name, slopes):
    """The points and operands at which slopes differ from the oracle's."""
    wrong = []
    for point in POINTS[name]:
        exact = oracles.RULES[name].partials(*map(oracles.precisely, point))
        for i, (ours, theirs) in enumerate(zip(slopes(*point), exact, strict=True)):
            if not math.isclose(ours, float(theirs), rel_tol=1e-12, abs_tol=1e-300):
                wrong.append((point, i))
    return wrong


@pytest.mark.parametrize("name", sorted(ROWS))
def test_slopes_are_right(name):
    assert wrong_slopes(name, ROWS[name].slopes) == []


def test_a_wrong_slope_is_seen():
    assert wrong_slopes("sin", lambda x: (math.cos(x) * (1 + 1e-9),))


def test_outside_the_domain_a_slope_is_unknown():
    assert slopes_of(TABLE["log"], (0.0,)) == (math.inf,)
    assert slopes_of(TABLE["exp"], (1e4,)) == (math.inf,)


def test_slopes_of_a_user_s_own_primitive_are_numeric():
    cube = Primitive("cube", lambda x: x**3, lambda z, x: 0.0)
    assert slopes_of(cube, (2.0,)) == pytest.approx([12.0], rel=1e-8)
    assert curvatures(cube.evaluate, (2.0,)) == pytest.approx([12.0], rel=1e-4)


def test_a_user_s_own_primitive_is_not_taken_for_the_table_s_of_that_name():
    sin = Primitive("sin", lambda x: 5.0 * x, lambda z, x: 5.0)
    assert slopes_of(sin, (0.3,)) == pytest.approx([5.0])


def test_a_function_that_raises_nearby_has_unknown_slopes():
    assert numeric_slopes(lambda xs: math.sqrt(xs[0]), (0.0,)) == [math.inf]


def test_given_partials_are_all_that_is_known():
    a, b = Value(1.0), Value(2.0)
    node = Value(7.0, (a, b), (3.0, Value(-1.0)))
    assert slopes_of(node._rule, (1.0, 2.0)) == [3.0, -1.0]
