"""`make test` draws the same examples everywhere; `make explore` draws new ones."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from tools.explore import command, round_of

ROOT = Path(__file__).parents[1]
PROPERTIES = """\
from hypothesis import given, strategies as st

@given(st.integers())
def test_holds(x):
    assert x == x

@given(st.integers())
def test_fails(x):
    assert x < 3

def test_is_no_property():
    assert False
"""


def test_the_suite_draws_the_same_examples_everywhere():
    assert settings.get_profile("suite").derandomize
    assert settings.get_profile("suite").database is None
    assert not settings.get_profile("explore").derandomize


@pytest.fixture
def chosen(tmp_path):
    path = tmp_path / "test_written.py"
    path.write_text(PROPERTIES)
    return [f"--config-file={ROOT / 'pyproject.toml'}", "-p", "tests.conftest", str(path)]


def test_a_round_tells_which_properties_fail_and_on_what(chosen):
    ((test, how),) = round_of("python", 1, 100.0, chosen)
    assert test.endswith("::test_fails")
    assert "assert 3 < 3" in how
    assert "x=3" in how


def test_the_command_that_is_printed_finds_the_failure_again(chosen):
    *options, path = chosen
    line = command(f"{path}::test_fails", "python", 1) + " " + " ".join(options)
    run = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, "assert 3 < 3" in run.stdout) == (1, True)


def test_a_round_that_breaks_down_is_a_failure(chosen):
    ((test, how),) = round_of("python", 1, 100.0, [*chosen, "--no-such-option"])
    assert test == "(status 4 of the whole run)"
    assert "no-such-option" in how


def test_a_round_ends_when_its_time_is_up(chosen):
    assert [*round_of("python", 1, 0.0, chosen)] == []
