"""Signatures tell smooth pieces apart; the nearest kink is found before it is met."""

import math

import pytest

import autograd
from autograd import Value, atan2, hypot, maximum, relu
from autograd.checking.error_bounds import moving_with
from autograd.checking.evaluation import nodes_below
from autograd.checking.singularities import (
    SWITCHES,
    Nearest,
    base_of_power,
    nearest,
    signature,
    tangents,
)  # fmt: skip
from autograd.primitives import TABLE

KINKS = {"relu", "leaky_relu", "elu", "abs", "maximum", "minimum", "hypot"}
JUMPS = {"step", "where", "same", "atan2"}


def test_every_row_with_a_kink_or_a_jump_has_a_switch():
    assert SWITCHES.keys() <= TABLE.keys()
    assert {name for name, switch in SWITCHES.items() if switch.kind == "kink"} == KINKS
    assert {name for name, switch in SWITCHES.items() if switch.kind == "jump"} == JUMPS


def signed(f, *numbers):
    leaves = [Value(x) for x in numbers]
    result = f(*leaves)
    return signature(moving_with(nodes_below(result), leaves[:1]))


SIDES = [
    (relu, (1.0,), (-1.0,)),
    (autograd.leaky_relu, (1.0,), (-1.0,)),
    (autograd.elu, (1.0,), (-1.0,)),
    (abs, (1.0,), (-1.0,)),
    (autograd.step, (1.0,), (-1.0,)),
    (lambda c: autograd.where(c, c * 2.0, c), (1.0,), (-1.0,)),
    (maximum, (1.0, 2.0), (3.0, 2.0)),
    (maximum, (1.0, 2.0), (2.0, 2.0)),
    (autograd.minimum, (1.0, 2.0), (3.0, 2.0)),
    (autograd.same, (1.0, 2.0), (2.0, 2.0)),
    (atan2, (1.0, -1.0), (-1.0, -1.0)),
    (lambda x: 1.0 / x, (1.0,), (-1.0,)),
    (lambda x: x**-1.0, (1.0,), (-1.0,)),
    (autograd.tan, (1.0,), (2.0,)),
    (lambda x: x * 2.0 if x > 0 else x + 2.0, (1.0,), (-1.0,)),
]


@pytest.mark.parametrize(("f", "here", "there"), SIDES)
def test_both_sides_have_signatures_of_their_own(f, here, there):
    assert signed(f, *here) != signed(f, *there)
    assert signed(f, *here) == signed(f, *here)


@pytest.mark.parametrize(
    ("f", "here", "there"),
    [
        (lambda x: x**3, (1.0,), (-1.0,)),
        (atan2, (1.0, 1.0), (-1.0, 1.0)),
        (hypot, (1.0, 2.0), (-1.0, 2.0)),
        (lambda x: maximum(x, x), (1.0,), (2.0,)),
        (lambda x, y: relu(y) + x, (1.0, 1.0), (1.0, -1.0)),
    ],
)
def test_one_smooth_piece_has_one_signature(f, here, there):
    assert signed(f, *here) == signed(f, *there)


def test_a_user_s_comparison_that_changes_only_a_number_is_not_seen():
    def f(x):
        return x * (2.0 if x > 0 else 3.0)

    assert signed(f, 1.0) == signed(f, -1.0)


def near(f, *numbers):
    leaves = [Value(x) for x in numbers]
    result = f(*leaves)
    moving = moving_with(nodes_below(result), leaves[:1])
    return nearest(moving, tangents(moving, leaves[0]))


@pytest.mark.parametrize(
    ("f", "x", "distance", "kind"),
    [
        (lambda x: relu(2.0 * x - 1.0), 0.75, 0.25, "kink"),
        (lambda x: maximum(x, 3.0 * x - 1.0), 0.25, 0.25, "kink"),
        (lambda x: autograd.step(x), -3.0, 3.0, "jump"),
        (lambda x: 1.0 / (x - 2.0), 1.0, 1.0, "pole"),
        (autograd.log, 0.125, 0.125, "edge of the domain"),
        (autograd.asin, 0.75, 0.25, "edge of the domain"),
        (lambda x: relu(x), 0.0, 0.0, "kink"),
    ],
)
def test_the_nearest_border(f, x, distance, kind):
    found = near(f, x)
    assert found.distance == pytest.approx(distance)
    assert found.kind == kind


def test_a_smooth_function_has_no_border():
    assert near(lambda x: autograd.sin(x) * x, 1.0) == Nearest()


def test_a_border_that_the_input_does_not_move_towards_is_none():
    assert near(lambda x: maximum(x, x), 1.0).distance == math.inf


def test_kinks_that_meet_are_counted():
    assert near(lambda x: relu(x) - relu(-x), 0.0) == Nearest(0.0, "kink", 2)


@pytest.mark.parametrize("exponent", [math.nan, math.inf, -math.inf])
def test_a_power_whose_exponent_is_not_finite_has_a_branch_at_base_0(exponent):
    assert base_of_power(2.0, exponent) == 2.0
