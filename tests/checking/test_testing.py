"""`assert_gradients` and `gradcheck`: what they accept and refuse, and what a failure shows."""

import math
import subprocess
import sys
from fractions import Fraction

import hypothesis
import pytest
from hypothesis import strategies as st

from autograd import GradientCheckError, Primitive, Value, check, log, relu, sin, tanh
from autograd.checking import assert_gradients, gradcheck
from autograd.checking.random_program import Instruction, RandomProgram
from autograd.checking.repro_script import script
from autograd.checking.testing import kind_of
from autograd.primitives import TABLE

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


def shown_again(text):
    """What a script prints."""
    command = [sys.executable, "-W", "error", "-c", text]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


HALF = 0.5


def test_a_script_brings_what_a_function_uses():
    rate, twice = 2.0, lambda x: 2.0 * x

    def deeper(x):
        return twice(x) * rate * HALF

    def outer(x, y):
        return deeper(x) * math.tanh(y.data) + tanh(y)

    text = script(outer, (1.0, 2.0))
    assert "\nrate = 2.0\n" in text
    assert "\ntwice = lambda x: 2.0 * x\n" in text
    assert f"from {__name__} import HALF" in text
    assert "import math" in text
    assert shown_again(text) == f"{check(outer, (1.0, 2.0))}\n"


def f(x):
    return x * x


def test_a_lambda_gets_another_name_than_what_it_calls():
    text = script(lambda x: 2.0 * f(x), 1.0)
    assert "\nf_ = lambda x: 2.0 * f(x)\n" in text
    assert "print(check(f_, 1.0))" in text


def test_lambdas_are_told_apart():
    options = {"gradient": lambda x: 2.0 * x}
    pair = (lambda x: x * x, lambda x: x * 3.0)
    text = script(pair[0], 2.0, **options)
    assert "\nf = lambda x: x * x\n" in text
    assert "\ngradient = lambda x: 2.0 * x\n" in text
    assert text.endswith("print(check(f, 2.0, gradient=gradient))")
    assert "1 PASS" in shown_again(text)
    assert "f = lambda x: x * 3.0" in script(pair[1], 2.0)


def test_a_function_that_calls_itself_is_written_once():
    def tower(x, n=3):
        return tower(x, n - 1) ** 2 if n else x

    text = script(tower, 1.1)
    assert text.count("def tower") == 1
    assert "1 PASS" in shown_again(text)


def test_a_point_is_written_in_plain_numbers():
    text = script(through_wrong, ([Value(1.5), Fraction(1, 2)], math.inf))
    assert "from math import inf, nan" in text
    assert text.endswith("print(check(through_wrong, ([1.5, 0.5], inf)))")


def test_a_program_is_written_out():
    program = RandomProgram((0.5,), (Instruction("tanh", (0,)), Instruction("mul", (0, 0))))
    text = script(program, program.leaves)
    assert text.splitlines()[-3:] == ["    return v2", "", "print(check(program, (0.5,)))"]
    assert shown_again(text) == f"{check(program, program.leaves)}\n"


def test_what_gradcheck_wrapped_is_imported_from_below_it():
    text = script(a_wrong_test.function, (1.0,))
    assert f"from {__name__} import a_wrong_test\na_wrong_test = a_wrong_test.function" in text
    assert "1 FAIL" in shown_again(text)


@gradcheck
def a_wrong_test(x):
    return wrong(x)


@pytest.mark.parametrize("row", TABLE.values(), ids=list(TABLE))
def test_a_primitive_is_written_by_its_public_name(row):
    text = script(row, 0.5)
    *imports, empty, call = text.splitlines()
    assert (empty, call) == ("", f"print(check({row.name}, 0.5))")
    space: dict[str, object] = {}
    exec("\n".join(imports), space)
    assert space[row.name] is row


def test_a_primitive_of_ones_own_has_no_source():
    own = Primitive("relu", lambda x: x, lambda z, x: 1.0)
    assert script(own, 0.5) == (
        "from autograd import *\n# f: its source is not at hand\n\nprint(check(f, 0.5))"
    )


def test_where_there_is_nothing_to_check_it_says_so():
    w = Value(2.0)
    for wrong in (lambda: check(lambda: w * w), gradcheck(lambda: w * w)):
        with pytest.raises(ValueError, match="nothing to check: expected a point, or leaves"):
            wrong()
    assert check(lambda: w * w, wrt=[w])
    assert check(lambda xs: w, [])


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


def test_a_failure_counts_what_was_inconclusive_before_it():
    @gradcheck(domain={"x": st.just(0.0), "y": st.just(1.0)})
    def f(x, y):
        return relu(x) + wrong(y)

    with pytest.raises(
        GradientCheckError, match=r"\ninconclusive at some of the \d+ points: \d × kink\n"
    ):
        f()


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
