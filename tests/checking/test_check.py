"""`check`: right gradients pass, wrong ones fail, and nothing it touches is changed."""

import collections
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import (
    GradientCheckError,
    Primitive,
    Value,
    abs,
    check,
    exp,
    log,
    no_grad,
    relu,
    sin,
    tanh,
)
from tests.support import faults
from tests.support.programs import programs
from tests.support.random_programs import exact_derivatives, random_program

points = st.floats(-2.0, 2.0, allow_subnormal=False)


@given(points, points)
def test_a_smooth_function_passes(x, y):
    report = check(lambda x, y: tanh(x * y) + exp(x) * sin(y), (x, y))
    assert report.count("FAIL") == 0
    assert report.count("PASS") >= 1


@given(points.filter(lambda x: math.fabs(x) > 1e-3), st.floats(1e-5, 0.1))
def test_a_wrong_partial_fails(x, relative):
    wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.0 * x * (1.0 + relative))
    assert check(wrong, x).count("FAIL") == 1


@pytest.mark.parametrize("f", [relu, abs])
def test_a_kink_is_not_a_failure_of_the_gradient_beside_it(f):
    assert check(f, 0.01)


def test_a_function_that_is_flat_passes():
    assert check(lambda x, y: x, (1.0, 2.0))
    assert check(lambda x: x * 0.0, 5.0)


def test_a_pole_is_inconclusive():
    report = check(log, 0.0)
    assert report.count("INCONCLUSIVE") == 1
    assert not report
    with pytest.raises(GradientCheckError):
        report.raise_on_failure()


def test_names_of_partials_are_python_expressions():
    def f(p, x):
        return p["w"][0] * x + p["b"]

    report = check(f, ({"w": [2.0], "b": 1.0}, 3.0))
    assert [p.name for p in report.partials] == ["p['w'][0]", "p['b']", "x"]


def test_leaves_that_the_function_reaches_by_itself_are_left_as_found():
    w, x = Value(2.0, label="w"), Value(3.0)
    y = w * x
    y.backward()
    report = check(lambda: w * w * x, (), wrt=[w, x])
    assert report
    assert [p.name for p in report.partials] == ["w", "wrt[1]"]
    assert (w.data, w.grad, x.data, x.grad) == (2.0, 3.0, 3.0, 2.0)
    y.backward()  # not stale


def test_a_function_that_raises_nearby_leaves_its_leaves_alone():
    w = Value(2.0)
    calls = []

    def f():
        calls.append(1)
        if len(calls) > 2:
            raise RuntimeError("enough")
        return w * w

    report = check(f, (), wrt=[w])
    assert [p.reason for p in report.partials] == ["f raises RuntimeError nearby"]
    assert (w.data, w.reached) == (2.0, False)
    with pytest.raises(RuntimeError):
        check(f, (), wrt=[w])
    assert (w.data, w.reached) == (2.0, False)


def test_what_is_no_leaf_is_refused():
    with pytest.raises(TypeError, match="expected wrt to hold leaves"):
        check(lambda: 1.0, (), wrt=[Value(1.0) * 2.0])
    with pytest.raises(TypeError, match="expected wrt to hold leaves"):
        check(lambda: 1.0, (), wrt=[1.0])


def test_what_was_recorded_before_the_check_is_refused():
    w = Value(2.0, label="w")
    before = w * w
    with pytest.raises(ValueError, match=r"but the mul with data=4\.0 was recorded before"):
        check(lambda: before * w, wrt=[w])
    assert check(lambda: w * w * w, wrt=[w])


def test_what_rests_on_other_leaves_may_be_recorded_before():
    w, scale = Value(2.0), Value(3.0)
    before = scale * scale
    assert check(lambda: before * w, wrt=[w])


def test_a_function_of_several_results_is_refused():
    with pytest.raises(TypeError, match="one number, it returned a list"):
        check(lambda x: [x], 1.0)


# -- what is left as found ------------------------------------------------------------------------


def test_grads_of_a_whole_graph_are_left_as_found():
    w, scale = Value(2.0, label="w"), Value(3.0)
    inner = scale * 3.0
    (w * inner).backward()
    before = (w.grad, scale.grad, inner.grad, w._stamp, inner._stamp, w.label)
    assert check(lambda: w * inner * inner, (), wrt=[w])
    assert (w.grad, scale.grad, inner.grad, w._stamp, inner._stamp, w.label) == before
    assert not (w * w).reached


def test_a_module_with_a_loss():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    model([0.5, -1.0]).backward()
    before = [(p.data, p.grad, p.label, p._stamp) for p in model.parameters()]
    report = check(lambda: (model([1.0, -0.5]) - 1.0) ** 2, (), wrt=model)
    assert report
    assert [p.name for p in report.partials] == [name for name, _ in model.named_parameters()]
    assert [(p.data, p.grad, p.label, p._stamp) for p in model.parameters()] == before


def test_it_records_within_no_grad():
    with no_grad():
        assert check(lambda x: x * x, 3.0)


# -- smooth functions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 3.0, 1.0),
        (lambda x: Value(3.0), 1.0),
        (lambda x: x, 1.0),
        (lambda x: x * 0.0 + 5.0, 1.0),
        (lambda x: relu(x) + 5.0, -1.0),
        (lambda x: x * x, 0.0),
        (lambda x: autograd.cos(x), 0.0),
        (lambda x: sin(x) * sin(x) + autograd.cos(x) * autograd.cos(x), 1.0),
        (lambda x: autograd.maximum(x, x), 1.0),
        (lambda x: autograd.elu(x), 0.0),
        (lambda x: relu(x) ** 2, 0.0),
        (lambda x: log(x), 1e-5),
        (lambda x: 1.0 / x, 1e-4),
        (lambda x: autograd.sigmoid(x), -40.0),
        (lambda x: 1e20 * x, 1e20),
        (lambda x: sin(1e4 * x), 0.3),
        (lambda x: sin(512 * math.pi * x), 0.3),
    ],
)
def test_a_right_gradient_passes(f, x):
    report = check(f, x)
    assert report, str(report)
    assert report.partials[0].evaluations <= 40


def test_an_unused_input_passes_with_gradient_0():
    report = check(lambda x, y: sin(x), (1.0, 2.0))
    assert report
    assert report.partials[1].gradient == 0.0


@pytest.mark.parametrize("size", [3, 12])
def test_random_programs_never_fail_and_cost_little(size):
    draw, costs = random.Random(size), []
    verdicts: collections.Counter[str] = collections.Counter()
    for _ in range(250):
        program = random_program(draw, size)
        for p in check(lambda *xs, program=program: program.run(xs)[-1], program.leaves).partials:
            verdicts[p.verdict] += 1
            costs.append(p.evaluations)
    assert verdicts["FAIL"] == 0
    assert verdicts["INCONCLUSIVE"] <= 0.02 * verdicts["PASS"]
    assert max(costs) <= 40
    assert sum(costs) / len(costs) < 20.0


@settings(max_examples=200)
@given(programs(max_size=8))
def test_no_program_fails(program):
    report = check(lambda *xs: program.run(xs)[-1], program.leaves)
    assert report.count("FAIL") == 0, str(report)


def test_the_reference_is_within_its_bound_of_the_exact_derivative():
    draw = random.Random(7)
    for _ in range(200):
        program = random_program(draw, 8)
        report = check(lambda *xs, program=program: program.run(xs)[-1], program.leaves)
        for p, exact in zip(report.partials, exact_derivatives(program), strict=True):
            if p.verdict == "PASS":
                assert math.fabs(p.reference - exact) <= p.bound
                assert math.fabs(p.gradient - exact) <= 1e-6 * p.scale


@pytest.mark.parametrize("f", [lambda x: 1.0 / x, relu, log])
@pytest.mark.parametrize("x", [1e-12, 1e-15, 1e-20])
def test_steps_are_short_enough_beside_a_kink_or_a_pole_at_0(f, x):
    assert check(f, x)


# -- what is inconclusive -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (log, 0.0, "f is -inf at the point"),
        (lambda x: 1.0 / x, 1e-40, "pole at distance 1.0e-40"),
        (relu, 1e-40, "kink at distance 1.0e-40"),
        (relu, 0.0, "kink at the point: slope 0 on the left, 1 on the right"),
        (autograd.sqrt, 0.0, "edge of the domain at the point"),
        (lambda x: (x + 1e15) - 1e15, 0.1, "round-off"),
        (lambda x: (x + 1e9) ** 3 - (x + 1e9) ** 3 + x, 0.1, "cancellation"),
    ],
)
def test_an_inconclusive_partial_says_why(f, x, reason):
    (partial,) = check(f, x).partials
    assert partial.verdict == "INCONCLUSIVE", partial
    assert reason in partial.reason


def test_a_function_that_changes_by_itself_is_inconclusive():
    draw = random.Random(0)
    (partial,) = check(lambda x: x * draw.random(), 1.0).partials
    assert partial.reason == "f gives another number when it is called again"


def test_a_kink_where_both_slopes_are_one_is_smooth():
    assert check(lambda x: relu(x) * 0.0 + x, 0.0)


def test_a_gradient_outside_both_slopes_of_a_kink_fails():
    with faults.partial_changed("relu", 0, lambda p: p + 5.0):
        (partial,) = check(relu, 0.0).partials
    assert partial.verdict == "FAIL"
    assert "is not between" in partial.reason


def test_where_kinks_meet_conventions_may_leave_the_interval():
    (partial,) = check(lambda x: relu(x) - relu(-x), 0.0).partials
    assert partial.verdict != "PASS"


# -- settings -------------------------------------------------------------------------------------


def test_resolution_decides_what_a_pass_must_tell_from_0():
    f = lambda x: (x + 1e4) - 1e4 + sin(x)  # noqa: E731
    assert check(f, 0.5, resolution=1e-4)
    assert check(f, 0.5, resolution=1e-14).count("INCONCLUSIVE") == 1


def test_the_seed_changes_the_steps_and_not_the_verdict():
    reports = [check(lambda x: exp(sin(x)), 0.5, seed=seed) for seed in range(5)]
    assert all(reports)
    assert len({report.partials[0].reference for report in reports}) > 1
    assert check(exp, 0.5, seed=1) == check(exp, 0.5, seed=1)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"order": 3}, "order to be 1 or 2, got 3"),
        ({"resolution": 0.0}, "resolution between 0 and 1"),
        ({"gradient": exp, "order": 2}, "to order 1 only"),
        ({"gradient": exp, "wrt": []}, "by f's arguments"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(how, text):
    with pytest.raises(ValueError, match=text):
        check(exp, 1.0, **how)


# -- second derivatives ---------------------------------------------------------------------------


def test_second_derivatives_are_named_by_both_inputs():
    report = check(lambda x, y: x**3 * y + tanh(x * y), (0.5, 2.0), order=2)
    assert report
    assert [p.name for p in report.partials] == ["x", "y", "x,x", "x,y", "y,x", "y,y"]


def test_second_derivatives_by_a_module_s_parameters():
    model = nn.MLP(1, [2, 1], activation="tanh", seed=1)
    report = check(lambda: model([0.5]) ** 2, (), wrt=model, order=2)
    assert report.count("FAIL") == 0
    assert len(report.partials) == 7 + 49
    assert report.count("PASS") > 40


def test_a_wrong_second_derivative_fails_where_the_first_is_right():
    with faults.partial_changed("sech2", 0, lambda p: p * 1.0001):
        report = check(tanh, 0.5, order=2)
    assert [p.verdict for p in report.partials] == ["PASS", "FAIL"]
    assert report.partials[1].blame.startswith("sech2(0.5)")
