"""What pytest and Hypothesis load on their own: it works, and until then does nothing."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

FAILS = """
from autograd import check

def cube(x):
    return x * x * x

def wrong(x):
    return 3.1 * x * x
"""


def run(pytester, *arguments):
    """Run pytest in a process of its own, where nothing of ours is loaded yet."""
    return pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *arguments)


def test_the_fixture_passes_right_gradients_and_shows_a_table_of_wrong_ones(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)  # where pytest's summary repeats the whole message
    pytester.makepyfile(f"""{FAILS}
def test_right(assert_gradients):
    assert assert_gradients(cube, 2.0).count("PASS") == 1

def test_wrong(assert_gradients):
    assert_gradients(cube, 2.0, gradient=wrong)
""")
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       assert_gradients(cube, 2.0, gradient=wrong)",
            "E *GradientCheckError: gradient check: 1 FAIL",
            "E       input  verdict  gradient  finite difference *",
            "E       x      FAIL     12.4      12 *",
            "E       print(check(cube, 2.0, gradient=wrong))",
        ]
    )
    # Neither frames of ours nor the table twice.
    result.stdout.no_fnmatch_line("*raise GradientCheckError*")
    assert str(result.stdout).count("finite difference") == 1


@pytest.mark.parametrize(
    "asserted",
    [
        "assert check(cube, 2.0, gradient=wrong)",
        "report = check(cube, 2.0, gradient=wrong); assert report",
    ],
)
def test_an_assertion_on_a_report_shows_its_table(pytester, asserted):
    pytester.makepyfile(f"{FAILS}\ndef test_wrong():\n    {asserted}\n")
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- gradient check -*",
            "gradient check: 1 FAIL",
            "input  verdict *",
            "x      FAIL     12.4 *",
        ]
    )


def test_other_failures_stay_as_they_are(pytester):
    pytester.makepyfile(f"""{FAILS}
def test_other():
    report = check(cube, 2.0)
    assert report and 1 == 2

def test_raises():
    raise ValueError("no table")
""")
    result = run(pytester)
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("*- gradient check -*")  # the section with a table


def test_gradcheck_makes_tests_that_pytest_collects(pytester):
    pytester.makepyfile("""
from autograd import relu, sin
from autograd.checking import gradcheck

@gradcheck(domain=(-1.0, 1.0), examples=20)
def test_right(x):
    return sin(x) + relu(x)
""")
    result = run(pytester, "--hypothesis-show-statistics")
    result.assert_outcomes(passed=1)


QUIET = """
import sys

def test_nothing_is_loaded():
    ours = {name for name in sys.modules if name.split(".")[0] in ("autograd", "nn", "hypothesis")}
    assert ours == set()
    assert "glassgrad_plugins.pytest_plugin" in sys.modules
"""


def test_neither_the_engine_nor_hypothesis_is_loaded_before_it_is_used(pytester):
    pytester.makepyfile(QUIET)
    run(pytester, "-p", "no:hypothesispytest").assert_outcomes(passed=1)


@pytest.mark.parametrize("missing", ["hypothesis", "pytest"])
def test_everything_else_works_without_hypothesis_or_pytest(missing):
    code = f"""import sys
sys.modules["{missing}"] = None
from autograd import check
from autograd.checking import assert_gradients
assert_gradients(lambda x: x * x, 2.0)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_the_fixture_works_without_hypothesis(pytester):
    pytester.makepyfile("""
import sys
sys.modules["hypothesis"] = None

def test_right(assert_gradients):
    assert_gradients(lambda x: x * x, 2.0)
""")
    run(pytester, "-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_the_fixture_is_listed_with_what_it_does(pytester):
    result = run(pytester, "--fixtures", "-q")
    result.stdout.fnmatch_lines(["assert_gradients *session*", "*agrees with finite differences*"])


def test_the_plugin_can_be_switched_off(pytester):
    pytester.makepyfile("def test_it(assert_gradients):\n    pass\n")
    result = run(pytester, "-p", "no:glassgrad")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'assert_gradients' not found*"])
