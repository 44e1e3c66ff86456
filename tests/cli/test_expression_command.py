"""The command line: what it prints, and how it answers misuse."""

import json
import subprocess
import sys

import pytest

from autograd.cli.main import main

NEURON = "tanh(x1*w1 + x2*w2 + b)"
POINT = ["x1=2", "x2=0", "w1=-3", "w2=1", "b=6.8813735870195432"]


def test_the_neuron_of_the_readme(capsys):
    assert main([NEURON, *POINT]) == 0
    printed = capsys.readouterr().out
    with open("README.md", encoding="utf-8") as readme:
        assert printed in readme.read()


def test_check_adds_a_verdict_for_every_variable(capsys):
    assert main([NEURON, *POINT, "--check"]) == 0
    printed = capsys.readouterr().out
    assert "gradient check: 5 PASS" in printed


def test_json_holds_the_same(capsys):
    assert main([NEURON, *POINT, "--json", "--check"]) == 0
    result = json.loads(capsys.readouterr().out)
    grads = {node["name"]: node["grad"] for node in result["nodes"]}
    assert result["value"] == pytest.approx(0.7071067811865476)
    assert grads["x1"] == pytest.approx(-1.5)
    assert grads["w2"] == 0.0
    assert [p["verdict"] for p in result["check"]] == ["PASS"] * 5


def test_json_is_json_even_where_numbers_are_not_finite(capsys):
    assert main(["log(x)", "x=0", "--json"]) == 0
    result = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert result["value"] == "-inf"


def test_an_expression_may_begin_with_a_minus_sign(capsys):
    assert main(["-x*2", "x=3"]) == 0
    assert "-6" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*", "x=1"], "cannot read 'x*'"),
        (["spam(x)", "x=1"], "'spam' is no known function"),
        (["x + y", "x=1"], "no number for y: add y=1.0"),
        (["x", "x=1", "y=2"], "no y in the expression"),
        (["x", "x=one"], "expected a number for x, got 'one'"),
        (["x", "x"], "expected name=number, got 'x'"),
        (["x", "x=1", "x=2"], "x is given twice"),
        (["2 + 3"], "has no names to differentiate by"),
        (["x.data", "x=1"], "is not allowed here"),
    ],
)
def test_misuse_gets_one_line_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["x", "x=1", "--spam"]])
def test_misused_options_get_one_line_and_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_draw_writes_the_picture_that_the_suffix_names(tmp_path, capsys):
    for name in ("x.svg", "x.html", "x.json", "x.dot"):
        assert main(["tanh(w*x)", "w=1", "x=2", "--draw", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 500
    assert main(["tanh(w*x)", "w=1", "x=2", "--draw", str(tmp_path / "x.gif")]) == 2
    assert "expected a file name that ends in one of .svg" in capsys.readouterr().err


def test_check_is_a_command_of_its_own(capsys):
    assert main(["check", "math:no_such_function", "x=1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_runs_as_a_module():
    command = [sys.executable, "-m", "autograd", "x**2", "x=3"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "v1.grad × ∂v1/∂x = 1 × 6" in result.stdout
