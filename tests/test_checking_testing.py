"""`assert_gradients` and `gradcheck`: what they accept and refuse, and what a failure shows."""

import subprocess
import sys

import hypothesis
import pytest
from hypothesis import strategies as st

from autograd import GradientCheckError, Primitive, log, relu, sin, tanh
from autograd.checking import assert_gradients, gradcheck
from autograd.checking.scripts import script
from autograd.checking.testing import kind_of

wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.001 * x)


def through_wrong(x, y):
    return wrong(x) * y


def test_right_gradients_give_their_report():
    assert assert_gradients(lambda x: sin(x), 1.0).count("PASS") == 1


def test_a_wrong_gradient_raises_with_the_table_and_a_script():
    with pytest.raises(GradientCheckError) as caught:
        assert_gradients(through_wrong, (1.5, 2.0), seed=3)
    text = str(caught.value)
    assert "1 FAIL" in text
    assert "wrong(1.5): its partial by operand 0" in text
    assert f"from {__name__} import through_wrong" in text
    assert text.endswith("print(check(through_wrong, (1.5, 2.0), seed=3))")


def test_the_script_runs_and_shows_the_failure():
    text = script(through_wrong, (1.5, 2.0))
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert "1 FAIL" in run.stdout


def test_a_function_inside_a_function_is_written_out():
    def inner(x):
        return x * x

    assert script(inner, 2.0).splitlines() == [
        "from autograd import *",
        "def inner(x):",
        "    return x * x",
        "",
        "print(check(inner, 2.0))",
    ]
    assert "its source is not at hand" in script(Primitive("p", abs, abs), 1.0)
    lambda_script = script(lambda x: x, 1.0)
    assert "print(check(f, 1.0))" in lambda_script


def test_nothing_conclusive_raises():
    with pytest.raises(GradientCheckError, match="kink at the point"):
        assert_gradients(relu, 0.0)


@gradcheck(domain=(0.1, 3.0), examples=50)
def test_a_decorated_function_is_a_test(x, y):
    return log(x) * tanh(y)


@gradcheck
def test_without_parentheses(x):
    return sin(x)


@gradcheck(domain={"x": (1.0, 2.0), "p": st.lists(st.floats(-1, 1), min_size=2, max_size=2)})
def test_a_domain_may_be_a_strategy(x, p):
    return x * p[0] + tanh(p[1])


@gradcheck(domain=(-1.0, 1.0), settings=hypothesis.settings(max_examples=5, deadline=None))
def test_an_argument_with_a_default_is_left_alone(x, scale=3.0):  # noqa: PT028 - the subject
    assert scale == 3.0
    return x * scale


def test_a_wrong_gradient_is_shrunk_and_printed_as_a_script():
    with pytest.raises(GradientCheckError) as caught:
        gradcheck(through_wrong)()
    assert "print(check(through_wrong, (1.0, 1.0)))" in str(caught.value)


def test_kinks_are_events_and_no_failure(monkeypatch):
    events: list[str] = []
    monkeypatch.setattr(hypothesis, "event", events.append)
    gradcheck(relu_of, domain={"x": st.sampled_from([0.0, 1.0])}, examples=20)()
    assert set(events) == {"inconclusive: kink"}


def relu_of(x):
    return relu(x)


def test_it_fails_when_nothing_at_all_was_conclusive():
    @gradcheck(domain={"x": st.just(0.0)})
    def f(x):
        return relu(x)

    with pytest.raises(GradientCheckError, match="nothing was conclusive, at no point"):
        f()


def test_a_domain_must_name_the_arguments():
    with pytest.raises(ValueError, match="expected a domain for each of x; got y"):
        gradcheck(lambda x: x, domain={"y": (0.0, 1.0)})


def test_the_function_stays_at_hand():
    assert test_without_parentheses.function(0.0) == 0.0
    assert test_without_parentheses.__name__ == "test_without_parentheses"


def test_reasons_are_counted_without_their_numbers():
    assert kind_of("kink at distance 1.0e-09") == "kink"
    assert kind_of("cancellation: terms of size 3") == "cancellation"


def test_importing_the_package_imports_no_hypothesis():
    code = "import autograd, sys; assert 'hypothesis' not in sys.modules; print(autograd)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
