"""Whatever is wrong with a command line: one line on stderr, nothing on stdout, status 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.cli import usage_errors
from autograd.cli.main import main
from autograd.cli.usage_errors import Misuse, answered, one_line

HUGE = "1" + "0" * 400
MODULES = {
    "raises.py": 'raise ValueError("of two\\nlines")',
    "leaves.py": "import sys; sys.exit(0)",
    "syntax.py": "def f(:",
    "binary.py": "\0",
    "functions.py": """
def same(x): return x
def leaves(x): raise SystemExit(1)
def endless(x): return endless(x)
async def later(x): return x
def strict(x, *, y): return x
class Lazy:
    @property
    def part(self): raise KeyError("no part")
lazy = Lazy()
""",
}


def run(*arguments, **settings):
    """Run the command line as its users do."""
    command = [sys.executable, "-m", "autograd", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **settings)


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
        monkeypatch.delitem(sys.modules, name.removesuffix(".py"), raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["x + " + HUGE, "x=2"], "is too large for a float"),
        (["x ** -" + HUGE, "x=2"], "is too large for a float"),
        (["x", "x=" + HUGE], "is too large for a float: is x=inf meant?"),
        (["x", "x=1e999"], "is too large for a float: is x=inf meant?"),
        (["'\\d'", "x=2"], "is no real number"),
        (["x\ny", "x=2"], "cannot read"),
        (["\udcff", "x=2"], "cannot read"),
        (["", "x=2"], "cannot read ''"),
        (["x", "x=1", "--draw", ""], "expected a file name that ends in"),
        (["x", "x=1", "--draw", "no/x.svg"], "cannot draw to no/x.svg"),
        (["x", "x=1", "--draw", "."], "expected a file name that ends in"),
        (["check", "../../nowhere/file:x"], "name the module as `import` does"),
        (["check", "functions.py:same", "x=1"], "name the module as `import` does"),
        (["check", ".:x"], "name the module as `import` does"),
        (["check", "..a:x"], "name the module as `import` does"),
        (["check", ":x"], "name the module as `import` does"),
        (["check", "functions."], "expected package.module:function"),
        (["check", "functions:same.x", "x=1"], "has no attribute 'x'"),
        (["check", "functions:lazy.part", "x=1"], "cannot import functions:lazy.part: KeyError"),
        (["check", "functions:lazy", "x=1"], "expected a function, functions:lazy is a Lazy"),
        (["check", "functions:later", "x=1"], "an async one"),
        (["check", "functions:leaves", "x=1"], "SystemExit: 1"),
        (["check", "functions:endless", "x=1"], "RecursionError: "),
        (["check", "functions:strict", "x=1"], "TypeError: "),
        (["check", "functions:same", "x=" + HUGE], "is too large for a float"),
        (["check", "functions:same", f"x=[{HUGE}]"], "OverflowError: "),
        (["check", "functions:same", "x=" + "[" * 100_000], "expected a number for x, got '[["),
        (["check", "functions:same", "x=1", "x=2"], "x is given twice"),
        (["check", "functions:same", "x=1", "--seed", HUGE], "OverflowError: "),
        (["check", "raises:f"], "cannot import raises:f: ValueError: of two lines"),
        (["check", "leaves:f"], "cannot import leaves:f: SystemExit: 0"),
        (["check", "syntax:f"], "cannot import syntax:f: SyntaxError: "),
        (["check", "binary:f"], "cannot import binary:f: "),
        (["demo", "--out", "raises.py", "--epochs", "0"], "FileExistsError: "),
    ],
)
def test_misuse_is_answered_with_one_line_and_2(here, capsys, arguments, text):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err
    assert err.count("\n") == 1
    assert len(err) < 1100


@pytest.mark.parametrize(
    "options",
    [["--epochs", "-1"], ["--hidden", "0"], ["--partials", "0"], ["--seed", "-1"], ["spam"]],
)
def test_options_of_the_demo_that_cannot_be(capsys, options):
    with pytest.raises(SystemExit) as stop:
        main(["demo", *options])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_expression_ends_in_a_traceback(text, number):
    assert main([f" {text}", f"x={number}"]) in (0, 2)


@given(st.text(max_size=8), st.text("fx.:/\\= ", max_size=8))
def test_no_name_of_a_function_ends_in_a_traceback(module, path):
    assert main(["check", f" {module}:{path}", "x=1"]) == 2


def test_as_a_program(here):
    done = run("check", "../../nowhere/file:x", env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_output_that_its_encoding_cannot_hold_is_printed_all_the_same():
    done = run("tanh(x)", "x=1", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert r"\u2202v1/\u2202x" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_output_that_cannot_be_written():
    command = [sys.executable, "-m", "autograd", "x", "x=1"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "python -m autograd: OSError: [Errno 28] No space left on device\n"


def test_a_command_without_stdout_and_stderr(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    def misused():
        raise Misuse("nobody reads this")

    assert answered("prog", misused) == 2
    assert answered("prog", lambda: 3) == 3


def test_an_interrupt_is_no_misuse():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answered("prog", interrupted)


@given(st.text(max_size=3000))
def test_a_line_is_one_line_and_no_longer_than_it_may_be(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= usage_errors.LONGEST


ROOT = Path(__file__).parents[2]
