"""Symbols: every partial of the table can be read as a formula, and means the same."""

import math

import pytest

from autograd import Value, primitives
from autograd.core.symbols import Symbol, partial_formulas
from autograd.primitives import TABLE

POINTS = [(0.3, 0.7, 1.9, 0.4), (0.9, -0.2, 0.5, 1.1)]


def evaluate(formula, z, xs):
    """The number that a formula stands for."""
    if not isinstance(formula, Symbol):
        return formula
    if formula.rule is None:
        return z if formula.name == "z" else xs[int(formula.name[1:])]
    return formula.rule.evaluate([evaluate(x, z, xs) for x in formula.operands])


@pytest.mark.parametrize("rule", TABLE.values(), ids=list(TABLE))
@pytest.mark.parametrize("point", POINTS)
def test_formulas_mean_what_the_partials_mean(rule, point):
    xs = list(point if rule.variadic else point[: len(rule.partials)])
    z = rule.evaluate(xs)
    numbers = rule.partials_at(z, xs, [True] * len(xs))
    for formula, number in zip(partial_formulas(rule, len(xs)), numbers, strict=True):
        value = evaluate(formula, z, xs)
        assert value == number or (math.isnan(value) and math.isnan(number))


@pytest.mark.parametrize("compare", ["__bool__", "__lt__", "__ge__"])
def test_a_partial_cannot_branch(compare):
    x = Symbol("x")
    with pytest.raises(TypeError, match="choose with where or step"):
        getattr(x, compare)(*([] if compare == "__bool__" else [0.0]))


def test_every_operator_is_a_primitive():
    x, y = Symbol("x"), Symbol("y")
    assert repr(1.0 - x * y + 2.0 * -x - y + (3.0 + x)) == (
        "add(sub(add(sub(1.0, mul(x, y)), mul(2.0, neg(x))), y), add(3.0, x))"
    )


def test_values_and_symbols_answer_to_one_hook():
    assert isinstance(primitives.tanh(Value(1.0)), Value)
    assert isinstance(primitives.tanh(Symbol("x")), Symbol)
