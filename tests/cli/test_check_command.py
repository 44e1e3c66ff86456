"""`python -m autograd check`: what it prints, and the status it ends with."""

import pytest

from autograd import Primitive, log, relu, sin
from autograd.checking import gradcheck
from autograd.cli.check_command import main

HERE = __name__
wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.001 * x)
not_a_function = 3


def right(x, y):
    return sin(x) * y


def through_wrong(x):
    return wrong(x)


def at_a_kink(x):
    return relu(x)


def of_a_list(w, b=1.0):
    return w[0] * w[1] + b


def of_one_over(x):
    return 1 / int(x == 1.0)


def of_text(x):
    return "no number"


@gradcheck
def test_decorated(x):
    return log(x * x + 1.0)


def run(capsys, *arguments):
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_right_gradient_ends_with_0(capsys):
    status, out, _ = run(capsys, f"{HERE}:right", "x=1.5", "y=2")
    assert status == 0
    assert out.startswith("gradient check: 2 PASS")


def test_a_wrong_gradient_ends_with_1(capsys):
    status, out, _ = run(capsys, f"{HERE}:through_wrong", "x=1.5")
    assert status == 1
    assert "wrong(1.5)" in out


def test_a_kink_ends_with_3(capsys):
    status, out, _ = run(capsys, f"{HERE}:at_a_kink", "x=0")
    assert status == 3
    assert "kink at the point" in out


def test_an_argument_may_be_a_list(capsys):
    status, out, _ = run(capsys, f"{HERE}:of_a_list", "w=[2, 3]", "--order", "2")
    assert status == 0
    assert "w[0],w[1]" in out


def test_a_decorated_test_is_checked_as_the_function_it_was(capsys):
    assert run(capsys, f"{HERE}:test_decorated", "x=-1.5")[0] == 0


def test_many_points(capsys):
    status, out, _ = run(capsys, f"{HERE}:right", "--examples", "30", "--domain", "x=-1:1")
    assert status == 0
    assert out.splitlines()[0] == "gradient check at 30 points"
    assert "PASS" in out


def test_many_points_of_a_wrong_gradient_stop_at_the_first(capsys):
    status, out, _ = run(capsys, f"{HERE}:through_wrong", "--examples", "30")
    assert status == 1
    assert out.startswith("point 1 of 30: gradient check: 1 FAIL")
    assert "print(check(through_wrong, (" in out


def test_many_points_without_a_verdict_end_with_3(capsys):
    arguments = (f"{HERE}:at_a_kink", "--examples", "5", "--domain", "x=0:0")
    assert run(capsys, *arguments)[0] == 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nothing"], "expected package.module:function, got 'nothing'"),
        (["no.such.module:f"], "cannot import no.such.module:f"),
        ([f"{HERE}:nobody"], "has no attribute 'nobody'"),
        ([f"{HERE}:not_a_function"], "is a int"),
        ([f"{HERE}:right", "x=1"], "expected a number for each of x, y; got x"),
        ([f"{HERE}:right", "x=1", "y"], "expected name=number, got 'y'"),
        ([f"{HERE}:right", "x=1", "y=two"], "expected a number for y, got 'two'"),
        ([f"{HERE}:of_a_list", "w=[1,"], "expected a number for w, got '[1,'"),
        ([f"{HERE}:of_text", "x=1"], "TypeError: expected a real number, got the str"),
        ([f"{HERE}:right", "--examples", "2", "--domain", "z=0:1"], "no argument z"),
        ([f"{HERE}:right", "--examples", "2", "--domain", "x=0"], "expected low:high"),
        ([f"{HERE}:right", "--examples", "2", "--domain", "x=1:0"], "low below high"),
        ([f"{HERE}:right"], "expected a number for each of x, y; got none"),
        ([f"{HERE}:right", "--domain", "x=0:1"], "--domain says where --examples are"),
        ([f"{HERE}:right", "--examples", "0"], "expected at least one of --examples, got 0"),
        ([f"{HERE}:right", "--examples", "-5"], "expected at least one of --examples, got -5"),
        ([f"{HERE}:right", "x=1", "--examples", "5"], "--examples or a point, got both: x=1"),
        ([f"{HERE}:right", "--examples", "2", "--domain", "x=-inf:0"], "both finite"),
        ([f"{HERE}:of_one_over", "x=0"], "ZeroDivisionError: "),
        ([f"{HERE}:right", "--unknown"], "unrecognized arguments"),
        ([], "the following arguments are required: function"),
        (["math:hypot", "x=1"], "the arguments of"),
    ],
)
def test_misuse_ends_with_2_and_one_line(capsys, arguments, text):
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("python -m autograd check: ")
    assert text in err
    assert err.count("\n") == 1
