"""Error bounds hold, by 50-digit arithmetic, and are not uselessly loose."""

import random
import statistics
from math import inf

import pytest
from hypothesis import given, settings
from mpmath import mp

from autograd import Primitive, Value, check, logsumexp, sin, step, where
from autograd.checking import error_bounds
from autograd.checking.error_bounds import error_bound, reverse_errors
from autograd.checking.evaluation import nodes_below
from autograd.primitives import TABLE
from nn import cross_entropy
from tests.support import oracles
from tests.support.programs import programs
from tests.support.random_programs import random_program

ORDINARY = range(300)


def recorded(program):
    leaves = [Value(x) for x in program.leaves]
    return program.run(leaves)[-1], leaves


def exact_values(program):
    return program.run(
        [oracles.precisely(x) for x in program.leaves], oracles.forward, oracles.precisely
    )


def forward_error(program):
    """|computed − exact|, and its bound."""
    result, _ = recorded(program)
    return abs(exact_values(program)[-1] - mp.mpf(result.data)), error_bound(result)


def gradient_errors(program):
    """|backward's − exact| for each leaf, and its bound."""
    result, leaves = recorded(program)
    if not result.operands:
        return []
    result.backward()
    found = reverse_errors(result, nodes_below(result))
    exact = oracles.reverse(program, exact_values(program), oracles.precisely)
    return [
        (abs(adjoint.derivative - mp.mpf(leaf.grad)), found[leaf].error)
        for leaf, adjoint in zip(leaves, exact, strict=False)
        if leaf in found
    ]


@settings(max_examples=300)
@given(programs(max_size=12))
def test_the_error_of_a_result_is_within_its_bound(program):
    error, bound = forward_error(program)
    assert error <= bound


@settings(max_examples=300)
@given(programs(max_size=8))
def test_the_error_of_a_gradient_is_within_its_bound(program):
    for error, bound in gradient_errors(program):
        assert error <= bound + 5e-324


@pytest.mark.parametrize("seed", [1, 2])
def test_bounds_hold_on_long_programs_and_are_not_uselessly_loose(seed):
    draw = random.Random(seed)
    pairs = [forward_error(random_program(draw, 30)) for _ in ORDINARY]
    assert all(error <= bound for error, bound in pairs)
    looseness = [float(bound / error) for error, bound in pairs if error]
    assert statistics.median(looseness) < 100.0


def test_bounds_of_gradients_are_not_uselessly_loose():
    draw = random.Random(3)
    pairs = [pair for _ in ORDINARY for pair in gradient_errors(random_program(draw, 12))]
    assert all(error <= bound + 5e-324 for error, bound in pairs)
    looseness = [float(bound / error) for error, bound in pairs if error]
    assert statistics.median(looseness) < 1e4


def test_a_bound_that_forgets_rounding_is_found_out(monkeypatch):
    monkeypatch.setattr(error_bounds, "UNIT", 2.0**-58)
    draw = random.Random(4)
    pairs = [forward_error(random_program(draw, 12)) for _ in range(100)]
    assert any(error > bound for error, bound in pairs)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_what_underflows_before_it_is_multiplied_is_within_the_bound(name):
    row, exact = TABLE[name], oracles.forward(name)
    for i in range(400):
        x = Value({"gelu": -36.0, "silu": -720.0}[name] * (1.0 + i / 4000.0))
        y = row(x) * 2.5
        y.backward()
        assert abs(2.5 * exact(mp.mpf(x.data)) - mp.mpf(y.data)) <= error_bound(y)
        (slope,) = oracles.RULES[name].partials(mp.mpf(x.data))
        found = reverse_errors(y, nodes_below(y))[x]
        assert abs(2.5 * slope - mp.mpf(x.grad)) <= found.error + 5e-324


def test_operations_that_do_not_round_add_nothing():
    x = Value(0.1)
    assert error_bound(-abs(x)) == 0.0
    assert error_bound(x) == 0.0


def test_a_number_that_may_be_on_either_side_of_a_jump_has_no_bound():
    x = Value(0.1)
    tiny = (x + 1.0) - 1.0 - x
    assert abs(tiny.data) < 1e-15
    assert error_bound(step(tiny)) == float("inf")
    assert error_bound(where(tiny, x, x * 2.0)) == float("inf")
    assert error_bound(1.0 / tiny) == float("inf")


def test_only_what_rests_on_the_varied_leaf_counts():
    x, y = Value(0.1), Value(0.7)
    result = sin(y) * 1e6 + x
    order = nodes_below(result)
    everything = error_bounds.forward_errors(order, {})[result]
    by_x = error_bounds.forward_errors(error_bounds.moving_with(order, [x]), {x: 0.0})[result]
    assert by_x < everything / 2.0


def test_a_user_s_own_primitive_is_bounded_by_moving_its_operands():
    cube = Primitive("cube", lambda x: x * x * x, lambda z, x: 0.0)
    x = Value(0.1)
    y = x + 0.2
    error = abs(mp.mpf(cube(y).data) - (mp.mpf(0.1) + mp.mpf(0.2)) ** 3)
    assert error <= error_bound(cube(y)) < 1e-15
    found = reverse_errors(cube(y), nodes_below(cube(y)))
    assert not found.get(x)
    z = cube(y)
    adjoint = reverse_errors(z, nodes_below(z))[x]
    assert adjoint.derivative == pytest.approx(3 * 0.3**2)
    assert 0.0 < adjoint.error < 1e-13


def test_nothing_here_is_read_from_the_table_s_partials(monkeypatch):
    x = Value(0.5)
    y = sin(x * x)
    before = reverse_errors(y, nodes_below(y))[x]
    for row in TABLE.values():
        monkeypatch.setattr(row, "partials", tuple(None for _ in row.partials))
    assert reverse_errors(y, nodes_below(y))[x] == before


def test_what_rests_on_an_infinite_operand_is_as_exact_as_that_operand():
    x = Value(0.3)
    gone = where(1.0, -inf, x) - 2.0
    assert error_bound(gone) == 0.0
    assert error_bound(logsumexp([gone, x])) < 1e-14
    assert error_bound(x * 1e308 * 1e10) == inf


def test_a_loss_over_classes_passes():
    def loss(row):
        return cross_entropy([row, row], [0, 2])

    assert {p.verdict for p in check(loss, [0.3, -1.0, 2.0], order=2).partials} == {"PASS"}
