"""Whole programs: against the oracles, and the engine's own walks against each other."""

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import StaleGraphError, Value, Variadic, jvp, weigh
from autograd.chain_rule import Paths, pullback, pushforward
from autograd.core.primitive import spread
from tests.support import oracles
from tests.support.programs import EVERY, RATIONAL, programs, quarters

pytestmark = pytest.mark.engine


def recorded(program):
    """Return the program's values on Values, and the leaves among them."""
    leaves = [Value(x) for x in program.leaves]
    return program.run(leaves), leaves


def plain(values):
    return [x.data if isinstance(x, Value) else x for x in values]


def bits(numbers):
    return [float(x).hex() for x in numbers]


# -- against the oracles --------------------------------------------------------------------------


@given(programs(RATIONAL, quarters(), max_size=6))
def test_rational_programs_have_exactly_the_gradient_of_fractions(program):
    exact = oracles.exact_gradient(program)
    if exact is not None:
        values, leaves = recorded(program)
        values[-1].backward()
        assert [oracles.exactly(x.grad) for x in leaves] == exact


@given(programs(EVERY))
def test_gradients_are_within_rounding_of_fifty_digits(program):
    values, leaves = recorded(program)
    values[-1].backward()
    adjoints = oracles.precise_gradient(program, plain(values))
    for leaf, adjoint in zip(leaves, adjoints, strict=True):
        assert abs(leaf.grad - adjoint.derivative) <= oracles.tolerance(program, adjoint)


@given(programs(EVERY))
def test_every_value_of_a_program_is_right_to_a_few_units_in_the_last_place(program):
    data = plain(recorded(program)[0])
    exact = [oracles.precisely(x) for x in data]
    for value, (op, operands) in zip(data[len(program.leaves) :], program.wiring(), strict=True):
        xs = [exact[x] if isinstance(x, int) else oracles.precisely(x.number) for x in operands]
        scale = 1e-3 + abs(value)
        assert abs(value - oracles.forward(op)(*xs)) <= 1e-13 * scale


@given(programs(EVERY), st.data())
def test_forward_mode_agrees_with_backward(program, data):
    direction = [data.draw(quarters()) for _ in program.leaves]
    values, leaves = recorded(program)
    values[-1].backward()
    adjoints = oracles.precise_gradient(program, plain(values))
    bound = sum(
        abs(t) * oracles.tolerance(program, each)
        for t, each in zip(direction, adjoints, strict=True)
    )
    _, tangent = jvp(lambda *xs: program.run(xs)[-1], program.leaves, direction)
    reverse = math.fsum(t * leaf.grad for t, leaf in zip(direction, leaves, strict=True))
    assert abs(tangent - reverse) <= 2.0 * bound


# -- the walks against each other -----------------------------------------------------------------


@given(programs(EVERY))
def test_pullback_on_floats_is_backward_bit_for_bit(program):
    values, leaves = recorded(program)
    values[-1].backward()
    flat = pullback(Paths([values[-1]], leaves), [(values[-1], 1.0)])
    assert bits(flat) == bits(x.grad for x in leaves)


@given(programs(EVERY))
def test_pullback_on_values_gives_the_numbers_of_backward(program):
    values, leaves = recorded(program)
    values[-1].backward()
    seeds = [(values[-1], 1.0)]
    flat = pullback(Paths([values[-1]], leaves), seeds, differentiable=True)
    assert plain(flat) == [x.grad for x in leaves]


@given(programs(EVERY))
def test_pushforward_on_values_gives_the_numbers_of_floats(program):
    values, leaves = recorded(program)
    paths, ones = Paths(values[-1:], leaves), [1.0] * len(leaves)
    on_floats = pushforward(paths, ones).get(values[-1], 0.0)
    on_values = pushforward(paths, ones, differentiable=True).get(values[-1], 0.0)
    assert plain([on_values]) == [on_floats]


@given(programs(EVERY))
def test_both_walks_leave_the_graph_as_it_was(program):
    values, leaves = recorded(program)
    paths = Paths([values[-1]], leaves)
    for differentiable in (False, True):
        pullback(paths, [(values[-1], 1.0)], differentiable=differentiable)
        pushforward(paths, [1.0] * len(leaves), differentiable=differentiable)
    assert not any(x.reached for x in values if isinstance(x, Value))


@given(programs(EVERY), st.integers(-20, 20))
def test_a_seed_that_is_a_power_of_two_scales_the_gradient_exactly(program, exponent):
    values, leaves = recorded(program)
    paths = Paths([values[-1]], leaves)
    once = pullback(paths, [(values[-1], 1.0)])
    scaled = pullback(paths, [(values[-1], 2.0**exponent)])
    assert scaled == [math.ldexp(x, exponent) for x in once]


@given(programs(EVERY))
def test_a_seed_of_zero_gives_zeros(program):
    values, leaves = recorded(program)
    assert not any(pullback(Paths([values[-1]], leaves), [(values[-1], 0.0)]))


# -- examples -------------------------------------------------------------------------------------


def test_several_outputs_add_up():
    x, y = Value(3.0), Value(2.0)
    outputs = [x * y, x + y, 5.0]
    pairs = zip(outputs, (1.0, 10.0, 100.0), strict=True)
    assert pullback(Paths(outputs, [x, y]), pairs) == [12.0, 13.0]


def test_a_target_may_be_an_output_and_an_interior_node():
    x = Value(3.0)
    s = x * x
    y = s * s
    assert pullback(Paths([y], [s]), [(y, 1.0)]) == [18.0]
    assert pullback(Paths([s], [s]), [(s, 2.0)]) == [2.0]


def test_what_lies_below_a_target_is_not_visited():
    x = Value(3.0)
    s = x * x
    y = s * s
    assert Paths([y], [s]).order == [y]


def test_only_paths_to_a_target_are_walked():
    x, other = Value(3.0), Value(2.0)
    side = other * other
    y = x * side
    assert [node is y for node in Paths([y], [x]).order] == [True]


def test_a_target_that_no_output_rests_on_has_derivative_zero():
    x, other = Value(3.0), Value(2.0)
    assert pullback(Paths([other * 2.0], [x]), [(other, 1.0)]) == [0.0]


def test_an_adjoint_of_zero_carries_nothing_through_an_infinite_partial():
    x = Value(0.0)
    y = x.sqrt() * 0.0
    assert pullback(Paths([y], [x]), [(y, 1.0)]) == [0.0]
    assert pullback(Paths([y], [x]), [(y, 1.0)], differentiable=True)[0] == 0.0
    assert pushforward(Paths([y], [x]), [0.0])[y] == 0.0


def test_infinities_that_carry_something_are_kept():
    x = Value(0.0)
    y = x.sqrt()
    assert pullback(Paths([y], [x]), [(y, 1.0)]) == [math.inf]


def test_an_adjoint_starts_at_plus_zero_as_in_backward():
    x = Value(3.0)
    y = x * -0.0
    y.backward()
    assert bits(pullback(Paths([y], [x]), [(y, 1.0)])) == bits([x.grad]) == bits([0.0])


def test_walks_are_on_floats_unless_asked_by_name():
    x = Value(3.0)
    paths: Any = Paths([x * x], [x])
    seeds = [(paths.order[0], 1.0)]
    assert [type(g) for g in pullback(paths, seeds)] == [float]
    assert {type(t) for t in pushforward(paths, [1.0]).values()} == {float}
    walks: list[Any] = [pullback, pushforward]
    for walk, start in zip(walks, (seeds, [1.0]), strict=True):
        with pytest.raises(TypeError, match="positional argument"):
            walk(paths, start, True)


def test_a_partial_given_as_a_value_is_a_float_on_floats():
    x, w = Value(3.0), Value(2.0)
    y = Value(6.0, (x,), (w,))
    (slope,) = pullback(Paths([y], [x]), [(y, 1.0)])
    assert (type(slope), slope) == (float, 2.0)


def test_a_row_with_too_few_partials_is_an_error():
    short = Variadic("short", lambda *xs: xs[0], lambda z, *xs: [1.0], gather=spread)
    x, other = Value(3.0), Value(2.0)
    y = short(x, other)
    with pytest.raises(ValueError, match="shorter"):
        pullback(Paths([y], [x, other]), [(y, 1.0)])


def test_a_direction_has_one_number_per_target():
    x, y = Value(3.0), Value(2.0)
    with pytest.raises(ValueError, match="shorter"):
        pushforward(Paths([x * y], [x, y]), [1.0])


def test_nothing_is_outside_unless_asked_since_when():
    x, old = Value(3.0), pickle.loads(pickle.dumps(Value(2.0)))  # as old as can be
    assert not Paths([x * old], [x]).outside


def test_weigh_is_a_product_except_at_zero():
    assert weigh(2.0, 3.0) == 6.0
    assert weigh(0.0, math.inf) == weigh(-0.0, math.nan) == 0.0
    assert math.isnan(weigh(math.nan, 0.0))


def test_a_stale_graph_has_no_paths():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    with pytest.raises(StaleGraphError, match="'x'"):
        Paths([y], [x])


# -- what is not selected gets nothing, even of an infinite adjoint -------------------------------


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (lambda y: autograd.sqrt(autograd.where(y, 0.0, 2.0)), (0.5,), (0.0,)),
        (lambda x, y: autograd.sqrt(autograd.where(x - 1.0, y, x)), (0.0, 3.0), (math.inf, 0.0)),
        (lambda y: autograd.log(autograd.step(y) - 1.0), (0.5,), (0.0,)),
        (lambda y: autograd.log(autograd.same(y, y) - 1.0), (0.5,), (0.0,)),
        (lambda y: autograd.acos(autograd.step(y) + 1.0), (-0.5,), (0.0,)),
    ],
    ids=["condition", "branch", "step", "same", "step at -1"],
)
def test_nothing_flows_to_what_is_not_selected(f, at, expected):
    leaves = [Value(x) for x in at]
    f(*leaves).backward()
    every = tuple(range(len(at)))
    by = autograd.grad(f, every)
    rows = autograd.compile(f, in_axes=0, reduce="sum")
    found = [
        tuple(x.grad for x in leaves),
        by(*at),
        autograd.compile(f).value_and_grad(*at, argnums=every)[1],
        autograd.compile(by)(*at),
        tuple(x[-1] for x in rows.value_and_grad(*[[x] * 9 for x in at], argnums=every)[1]),
    ]
    assert found == [expected] * len(found)
