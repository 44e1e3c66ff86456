"""`check`: right gradients pass, wrong ones fail, and nothing it touches is changed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import GradientCheckError, Primitive, Value, abs, check, exp, log, relu, sin, tanh
from autograd.checking import PartialCheck, Report
from autograd.checking.differences import differentiate

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


@given(points, st.floats(-3.0, 3.0))
def test_the_reference_is_within_its_bound(x, y):
    estimate = differentiate(lambda t: math.exp(math.sin(t * y)), x)
    exact = math.exp(math.sin(x * y)) * math.cos(x * y) * y
    assert math.fabs(estimate.derivative - exact) <= 4.0 * estimate.bound


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


def test_a_function_that_raises_leaves_its_leaves_alone():
    w = Value(2.0)
    calls = []

    def f():
        calls.append(1)
        if len(calls) > 5:
            raise RuntimeError("enough")
        return w * w

    with pytest.raises(RuntimeError):
        check(f, (), wrt=[w])
    assert w.data == 2.0


def test_what_is_no_leaf_is_refused():
    with pytest.raises(TypeError, match="expected wrt to hold leaves"):
        check(lambda: 1.0, (), wrt=[Value(1.0) * 2.0])
    with pytest.raises(TypeError, match="expected wrt to hold leaves"):
        check(lambda: 1.0, (), wrt=[1.0])


def test_a_function_of_several_results_is_refused():
    with pytest.raises(TypeError, match="one number, it returned a list"):
        check(lambda x: [x], 1.0)


def partial(name, verdict, gradient=1.0, reference=1.0, reason=""):
    return PartialCheck(name, verdict, gradient, reference, 1e-12, 1.0, 24, reason)


def test_a_report_reads_as_a_table():
    report = Report(
        (
            partial("x", "PASS"),
            partial("y", "FAIL", 2.0, 1.5),
            partial("z", "INCONCLUSIVE", reason="a kink"),
        )
    )
    assert str(report) == (
        "gradient check: 1 PASS, 1 FAIL, 1 INCONCLUSIVE\n"
        "input  verdict       gradient  finite difference  ± bound  relative error\n"
        "x      PASS          1         1                  1.0e-12  0.0e+00\n"
        "y      FAIL          2         1.5                1.0e-12  5.0e-01\n"
        "z      INCONCLUSIVE  1         1                  1.0e-12  0.0e+00         a kink"
    )
    assert report.worst is not None
    assert report.worst.name == "y"
    with pytest.raises(GradientCheckError, match="1 FAIL"):
        report.raise_on_failure()


def test_an_empty_report_passes_and_has_no_worst():
    report = Report(())
    assert report
    assert report.worst is None
    report.raise_on_failure()
