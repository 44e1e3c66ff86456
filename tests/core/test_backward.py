import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    NonFiniteError,
    NotDifferentiableError,
    Primitive,
    StaleGraphError,
    Value,
    Variadic,
)
from autograd.core.primitive import spread
from autograd.toposort import topological
from tests.support.programs import EVERY, programs

pytestmark = pytest.mark.engine


def recorded(program):
    leaves = [Value(x) for x in program.leaves]
    return program.run(leaves), leaves


def nodes(values):
    return [x for x in values if isinstance(x, Value)]


def grads(values):
    return [x.grad for x in nodes(values)]


# -- backward -------------------------------------------------------------------------------------


@given(programs(EVERY))
def test_backward_twice_is_exactly_double_on_leaves_and_the_same_inside(program):
    values, leaves = recorded(program)
    values[-1].backward()
    once = grads(values)
    values[-1].backward()
    twice = [2.0 * g if x.parents == () else g for x, g in zip(nodes(values), once, strict=True)]
    assert grads(values) == twice
    assert [x.grad for x in leaves] == twice[: len(leaves)]


@given(programs(EVERY))
def test_zero_grad_makes_backward_start_afresh(program):
    values, _ = recorded(program)
    values[-1].backward()
    once = grads(values)
    values[-1].zero_grad()
    assert not any(x.reached for x in topological(values[-1]))
    values[-1].backward()
    assert grads(values) == once


@given(programs(EVERY))
def test_the_chain_rule_holds_at_every_node(program):
    values, _ = recorded(program)
    values[-1].backward()
    order = topological(values[-1])
    sums = dict.fromkeys(order, 0.0) | {values[-1]: 1.0}
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials(), strict=True):
            sums[parent] += autograd.weigh(node.grad, partial)
    assert [x.grad for x in order] == list(sums.values())


@given(programs(EVERY))
def test_backward_reaches_what_the_result_rests_on_and_nothing_else(program):
    values, _ = recorded(program)
    values[-1].backward()
    below = set(topological(values[-1]))
    assert [x.reached for x in nodes(values)] == [x in below for x in nodes(values)]


@given(programs(EVERY), st.data())
def test_two_results_that_share_a_subgraph_add_up(program, data):
    values, leaves = recorded(program)
    first, second = (data.draw(st.sampled_from(nodes(values))) for _ in range(2))
    alone = []
    for result in (first, second):
        for leaf in leaves:
            leaf.zero_grad()
        result.backward()
        alone.append([x.grad for x in leaves])
    for leaf in leaves:
        leaf.zero_grad()
    first.backward()
    second.backward()
    assert [x.grad for x in leaves] == [x + y for x, y in zip(*alone, strict=True)]


def test_leaves_accumulate_and_interior_nodes_hold_the_latest_pass():
    x = Value(3.0)
    s = x * x
    first, second = s * 2.0, s * 5.0
    first.backward()
    assert (s.grad, x.grad) == (2.0, 12.0)
    second.backward()
    assert (s.grad, x.grad, first.grad) == (5.0, 42.0, 1.0)


def test_a_grad_that_was_assigned_is_added_to():
    x = Value(3.0)
    x.grad = 100.0
    (x * 2.0).backward()
    assert x.grad == 102.0


def test_backward_of_a_leaf_adds_the_seed_to_its_own_grad():
    x = Value(3.0)
    x.backward()
    x.backward(2.5)
    assert x.grad == 3.5


def test_a_seed_scales_the_pass():
    x, y = Value(3.0), Value(2.0)
    (x * y).backward(-4)
    assert (x.grad, y.grad) == (-8.0, -12.0)


def test_backward_from_an_interior_node_leaves_the_rest_alone():
    x = Value(3.0)
    s = x * x
    y = s * 2.0
    s.backward()
    assert (x.grad, y.reached) == (6.0, False)


def test_reached_with_zero_is_not_the_same_as_not_reached():
    x, unused = Value(3.0), Value(1.0)
    (x * 0.0).backward()
    assert (x.grad, x.reached) == (0.0, True)
    assert (unused.grad, unused.reached) == (0.0, False)


def test_what_an_adjoint_of_zero_reaches_is_reached():
    x = Value(3.0)
    s = x * x
    (s * 0.0).backward()
    assert (s.reached, x.reached, x.grad) == (True, True, 0.0)


@pytest.mark.parametrize("hard", ["sqrt", "log", "acos"])
def test_an_adjoint_of_zero_never_poisons(hard):
    x = Value({"sqrt": 0.0, "log": 0.0, "acos": 1.0}[hard])
    infinite = getattr(x, hard)()
    assert math.isinf(infinite.partials()[0])
    autograd.where(False, infinite, x * 3.0).backward()
    assert x.grad == 3.0


DIAMONDS = [
    ("x + x", lambda x: x + x, 2.0),
    ("two sums", lambda x: (x + x) + (x + x), 4.0),
    ("x * x * x", lambda x: x * x * x, 27.0),
    ("x / x", lambda x: x / x, 0.0),
    ("x - x", lambda x: x - x, 0.0),
    ("x ** x", lambda x: x**x, 27.0 * (1.0 + math.log(3.0))),
    ("sum of itself", lambda x: sum([x, x, x]), 3.0),
    ("total of itself", lambda x: autograd.total([x, x, x]), 3.0),
    ("dot with itself", lambda x: autograd.dot([x, x], [x, 1.0]), 7.0),
    ("maximum of itself", lambda x: autograd.maximum(x, x), 1.0),
    ("branches of unequal length", lambda x: x * ((x + 1.0) * 2.0 - x), 2.0 * 3.0 + 2.0),
]


@pytest.mark.parametrize(("name", "f", "slope"), DIAMONDS)
def test_a_value_used_twice_counts_twice(name, f, slope):
    x = Value(3.0)
    f(x).backward()
    assert x.grad == pytest.approx(slope, rel=1e-15)


def test_a_chain_of_diamonds_is_walked_once_per_node():
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_equal_leaves_are_different_variables():
    a, b = Value(1.0), Value(1.0)
    (a * 2.0 + b * 3.0).backward()
    assert (a.grad, b.grad) == (2.0, 3.0)


# -- exceptions on the way ------------------------------------------------------------------------


def refuse(z, x):
    raise ZeroDivisionError("no derivative today")


REFUSING = Primitive("refusing", lambda x: x, refuse)


def test_a_partial_that_raises_leaves_every_leaf_as_it_was():
    x, y, untouched = Value(3.0), Value(2.0), Value(1.0)
    (x * y).backward()
    failing = REFUSING(x * y) + y + untouched
    with pytest.raises(ZeroDivisionError, match="no derivative today"):
        failing.backward()
    assert (x.grad, y.grad) == (2.0, 3.0)
    assert (untouched.grad, untouched.reached) == (0.0, False)
    assert not failing.reached


def test_backward_works_again_after_a_failure():
    x = Value(3.0)
    with pytest.raises(ZeroDivisionError):
        REFUSING(x * x).backward()
    (x * x).backward()
    assert x.grad == 6.0


@pytest.mark.parametrize("wrong", ["2", None, 1j, [1.0]])
def test_a_partial_that_is_no_number_is_a_type_error_and_changes_nothing(wrong):
    x = Value(3.0)
    y = Primitive("odd", lambda x: x, lambda z, x: wrong)(x)
    with pytest.raises(TypeError, match="expected a real number"):
        y.backward()
    assert not x.reached


def test_a_row_with_too_few_partials_is_an_error_and_changes_nothing():
    short = Variadic("short", lambda *xs: xs[0], lambda z, *xs: [1.0], gather=spread)
    x, other = Value(3.0), Value(2.0)
    with pytest.raises(ValueError, match=r"shorter|partials"):
        short(x, other).backward()
    assert not x.reached


def test_a_forward_function_that_raises_records_nothing():
    def fail(x):
        raise ZeroDivisionError

    x = Value(3.0)
    with pytest.raises(ZeroDivisionError):
        Primitive("failing", fail, lambda z, x: 1.0)(x)
    (x * x).backward()
    assert x.grad == 6.0


def test_a_refresh_that_raises_leaves_the_rest_stale_and_can_be_repeated():
    def picky(x):
        if x < 0.0:
            raise ZeroDivisionError
        return x

    x = Value(3.0)
    y = Primitive("picky", picky, lambda z, x: 1.0)(x * 1.0) * 2.0
    x.data = -1.0
    with pytest.raises(ZeroDivisionError):
        y.refresh()
    with pytest.raises(StaleGraphError):
        y.backward()
    x.data = 5.0
    y.refresh().backward()
    assert (y.data, x.grad) == (10.0, 2.0)


# -- stale graphs ---------------------------------------------------------------------------------


def assigned_after_recording():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    return y


def assigned_the_same_number():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 3.0
    return y


def assigned_deep_below():
    x = Value(3.0, label="x")
    y = x * x
    for _ in range(10):
        y = y + 1.0
    x.data = 4.0
    return y


def assigned_one_leaf_of_several():
    x, others = Value(3.0, label="x"), [Value(float(i)) for i in range(5)]
    y = autograd.total([*others, x])
    x.data = 4.0
    return y


def sibling_refreshed():
    x = Value(3.0)
    s = x * x
    s.label = "x"
    first, second = s * 2.0, s * 5.0
    x.data = 4.0
    first.refresh()
    return second


def built_on_a_stale_node():
    x = Value(3.0, label="x")
    s = x * x
    x.data = 4.0
    return s + 1.0


def built_on_a_stale_node_then_that_refreshed():
    x = Value(3.0)
    s = x * x
    s.label = "x"
    x.data = 4.0
    y = s + 1.0
    s.refresh()
    return y


def given_partials():
    x = Value(3.0, label="x")
    y = Value(9.0, (x,), (6.0,))
    x.data = 4.0
    return y


def given_partial_assigned():
    w, x = Value(2.0, label="x"), Value(3.0)
    y = Value(6.0, (x,), (w,))
    w.data = 4.0
    return y


def given_partial_refreshed():
    w, x = Value(2.0), Value(3.0)
    partial = w * 1.0
    partial.label = "x"
    y = Value(6.0, (x,), (partial,))
    w.data = 4.0
    partial.refresh()
    return y


def in_a_variadic_row():
    x = Value(3.0, label="x")
    y = autograd.dot([x, 1.0], [2.0, 3.0])
    x.data = 4.0
    return y


def recorded_in_a_scope():
    x = Value(3.0, label="x")
    with autograd.scope("layer"):
        y = x * x
    x.data = 4.0
    return y


def recorded_in_debug():
    x = Value(3.0, label="x")
    with autograd.debug():
        y = x * x
    x.data = 4.0
    return y


def assigned_in_place():
    x = Value(3.0, label="x")
    y = x * x
    x.data += 1.0
    return y


STALE = [
    assigned_after_recording,
    assigned_the_same_number,
    assigned_deep_below,
    assigned_one_leaf_of_several,
    sibling_refreshed,
    built_on_a_stale_node,
    built_on_a_stale_node_then_that_refreshed,
    given_partials,
    given_partial_assigned,
    given_partial_refreshed,
    in_a_variadic_row,
    recorded_in_a_scope,
    recorded_in_debug,
    assigned_in_place,
]


@pytest.mark.parametrize("build", STALE, ids=lambda build: build.__name__)
def test_backward_over_a_stale_graph_raises_and_names_what_changed(build):
    y = build()
    with pytest.raises(StaleGraphError, match=r"before 'x' \(data=.*\) changed: call refresh"):
        y.backward()
    assert not any(node.reached for node in topological(y))


@pytest.mark.parametrize("build", STALE, ids=lambda build: build.__name__)
def test_backward_in_debug_notices_a_stale_graph_too(build):
    y = build()
    with autograd.debug(), pytest.raises(StaleGraphError):
        y.backward()


@pytest.mark.parametrize("build", STALE, ids=lambda build: build.__name__)
def test_one_of_the_nodes_of_a_stale_graph_has_no_partials(build):
    nodes = topological(build())
    with pytest.raises(StaleGraphError):
        [node.partials() for node in nodes]


@pytest.mark.parametrize(
    "build",
    [each for each in STALE if "given" not in each.__name__],
    ids=lambda build: build.__name__,
)
def test_refresh_makes_a_stale_graph_fresh(build):
    y = build().refresh()
    y.backward()
    rebuilt = y.refresh().data
    assert rebuilt == y.data
    assert all(node.reached for node in topological(y))


def test_a_stale_graph_elsewhere_is_no_obstacle():
    x, other = Value(3.0), Value(2.0)
    stale = x * other
    x.data = 4.0
    (other * other).backward()
    assert other.grad == 4.0
    with pytest.raises(StaleGraphError):
        stale.backward()


def test_an_assignment_before_recording_is_no_obstacle():
    x = Value(3.0)
    x.data = 4.0
    (x * x).backward()
    assert x.grad == 8.0


def test_a_refused_assignment_makes_nothing_stale():
    x = Value(3.0)
    y = x * x
    with pytest.raises(TypeError):
        x.data = "4"
    y.backward()
    assert (x.data, x.grad) == (3.0, 6.0)


def test_assigning_grad_makes_nothing_stale():
    x = Value(3.0)
    y = x * x
    x.grad = 7.0
    y.backward()
    assert x.grad == 13.0


# -- refresh --------------------------------------------------------------------------------------


@given(programs(EVERY), st.data())
def test_refresh_gives_what_building_anew_gives(program, data):
    values, leaves = recorded(program)
    new = [data.draw(st.floats(-2.0, 2.0)) for _ in leaves]
    for leaf, number in zip(leaves, new, strict=True):
        leaf.data = number
    values[-1].refresh().backward()
    again = [Value(x) for x in new]
    result = program.run(again)[-1]
    result.backward()
    assert values[-1].data.hex() == result.data.hex()
    assert [x.grad.hex() for x in leaves] == [x.grad.hex() for x in again]


def test_change_a_number_and_look_again():
    x = Value(2.0)
    y = x**2
    x.data = 3
    assert y.refresh() is y
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)


def test_refresh_recomputes_only_what_an_assignment_made_stale():
    calls = []

    def count(x):
        calls.append(x)
        return x

    counted = Primitive("counted", count, lambda z, x: 1.0)
    x, other = Value(2.0), Value(3.0)
    y = counted(x) + counted(other)
    calls.clear()
    x.data = 5.0
    y.refresh()
    assert calls == [5.0]
    y.refresh()
    assert calls == [5.0]


def test_what_refresh_recomputed_has_no_gradient_until_the_next_backward():
    x, other = Value(2.0), Value(3.0)
    touched, kept = x * 2.0, other * 2.0
    y = touched + kept
    y.backward()
    x.data = 5.0
    y.refresh()
    assert (touched.reached, y.reached, kept.reached) == (False, False, True)
    assert x.grad == 2.0


def test_refresh_of_a_leaf_or_a_fresh_graph_changes_nothing():
    x = Value(2.0)
    y = x * x
    y.backward()
    assert x.refresh() is x
    assert y.refresh().grad == 1.0


def test_refresh_cannot_recompute_partials_given_as_numbers():
    x = Value(3.0)
    y = Value(9.0, (x,), (6.0,))
    assert y.refresh() is y
    x.data = 4.0
    with pytest.raises(NotDifferentiableError, match="cannot recompute a node whose partials"):
        y.refresh()


# -- debug ----------------------------------------------------------------------------------------


def test_debug_names_the_operation_its_operands_and_the_line():
    x = Value(0.0)
    with autograd.debug(), pytest.raises(NonFiniteError) as caught:
        1.0 / x
    text = str(caught.value)
    assert text.startswith("div gave inf of finite operands (1.0, 0.0)\n  recorded at ")
    assert "test_backward.py" in text
    assert text.endswith("in test_debug_names_the_operation_its_operands_and_the_line")


def test_debug_lets_numbers_pass_that_were_not_finite_before():
    with autograd.debug():
        assert math.isnan((Value(math.nan) * 2.0).data)
        assert (Value(math.inf) + 1.0).data == math.inf


def test_debug_notices_an_adjoint_that_is_not_finite():
    x = Value(0.0)
    with autograd.debug():
        y = x.sqrt()
        with pytest.raises(NonFiniteError) as caught:
            y.backward()
    text = str(caught.value)
    assert text.startswith(
        "backward through sqrt of finite operands (0.0) is not finite: adjoint 1.0 × partial inf\n"
    )
    assert "test_backward.py" in text
    assert not x.reached


@pytest.mark.parametrize("slope", [3.0, -1.0])
@pytest.mark.parametrize("first", [False, True])
def test_in_debug_too_an_adjoint_of_zero_carries_nothing_and_any_other_does(slope, first):
    x = Value(0.0)
    with autograd.debug():
        taken, other = (x * 1.0) * slope, x.sqrt()
        y = autograd.where(first, taken, other) if first else autograd.where(first, other, taken)
        y.backward()
    assert x.grad == slope


def test_debug_notices_an_adjoint_that_overflows_in_a_sum():
    x = Value(1.0)
    y = x * 1e308 + x * 1e308
    with autograd.debug(), pytest.raises(NonFiniteError, match="backward through mul"):
        y.backward()


def test_debug_notices_passes_that_overflow_together_and_keeps_the_first():
    x = Value(1.0)
    with autograd.debug():
        y = x * 1e308
        y.backward()
        with pytest.raises(NonFiniteError, match="two passes add up to inf"):
            y.backward()
    assert x.grad == 1e308
    x.grad = math.inf
    with autograd.debug():
        y.backward()  # was not finite before


def test_debug_notices_partials_that_were_given_and_names_the_line():
    a, b = Value(3.0), Value(2.0)
    with autograd.debug():
        y = Value(7.0, (a, b), (math.inf, 1.0))
        with pytest.raises(NonFiniteError) as caught:
            y.backward()
    text = str(caught.value)
    assert text.startswith("backward through given of finite operands (3.0, 2.0) is not finite")
    assert text.endswith("in test_debug_notices_partials_that_were_given_and_names_the_line")


def logarithm(x):
    return autograd.log(x)


def test_debug_notices_a_plain_number_that_stops_being_finite():
    with autograd.debug():
        with pytest.raises(NonFiniteError, match=r"log gave -inf of .* \(0.0\)\n.* in logarithm$"):
            logarithm(0.0)
        with pytest.raises(NonFiniteError, match=r"total gave inf .* \(1e\+308, 1e\+308\)"):
            autograd.total(1e308, 1e308)
        assert autograd.log(math.inf) == math.inf
        x = Value(0.0)
        (x**2.0).backward()  # its partial by the exponent has a log(0.0), which nobody asked for
    assert logarithm(0.0) == -math.inf


def test_debug_says_so_when_the_line_is_unknown():
    y = Value(0.0).sqrt()
    with autograd.debug(), pytest.raises(NonFiniteError, match="recorded outside debug"):
        y.backward()


def test_debug_notices_what_refresh_makes_and_names_the_line_that_recorded_it():
    x = Value(1.0)
    with autograd.debug():
        y = x.log()
        x.data = 0.0
        with pytest.raises(NonFiniteError, match=r"log gave -inf of finite operands \(0.0\)"):
            y.refresh()


@given(programs(EVERY))
def test_debug_changes_no_number(program):
    values, leaves = recorded(program)
    values[-1].backward()
    with autograd.debug():
        checked, again = recorded(program)
        checked[-1].backward()
    assert grads(checked) == grads(values)
    assert [x.grad for x in again] == [x.grad for x in leaves]


# -- order ----------------------------------------------------------------------------------------


@given(programs(EVERY))
def test_topological_order_has_each_value_once_after_its_parents(program):
    values, _ = recorded(program)
    order = topological(values[-1])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is values[-1]
    assert all(place[p] < place[node] for node in order for p in node.parents)


def test_topological_order_of_several_roots_shares():
    x = Value(1.0)
    s = x + 1.0
    first, second = s * 2.0, s * 3.0
    assert [id(v) for v in topological(first, second)] == [id(v) for v in (x, s, first, second)]
