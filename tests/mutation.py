"""cosmic-ray, with each mutant's tests in a fork of a process that has the libraries loaded.

usage: python -m tests.mutation exec pyproject.toml session.sqlite

Importing NumPy, Hypothesis and pytest takes longer than most mutants live.
"""

import os
import shlex
import signal
import sys
import time
from typing import NoReturn

import hypothesis.stateful
import mpmath
import numpy
import pytest

LOADED = (hypothesis.stateful, mpmath, numpy)


def survives(command: str, timeout: float) -> bool:
    """Return whether all tests pass, and in time.

    Args:
        command: arguments of pytest; `&&` stands between those of two calls.
        timeout: the seconds that the tests have.
    """
    child = os.fork()
    if child == 0:
        run_here(command)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def run_here(command: str) -> NoReturn:
    """Exit with 0 if all tests pass; what they print goes nowhere."""
    os.setsid()
    sys.dont_write_bytecode = True
    for name in [name for name in sys.modules if name.split(".")[0] in ("autograd", "nn")]:
        del sys.modules[
            name
        ]  # a plugin of Hypothesis or pytest may have brought the unmutated ones
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        passed = all(pytest.main(shlex.split(part)) == 0 for part in command.split("&&"))
        os._exit(0 if passed else 1)
    except BaseException:
        os._exit(1)


def main() -> None:
    # In an extra of its own: pytest looks for doctests in this file where it is not installed.
    from cosmic_ray import cli, mutating  # noqa: PLC0415
    from cosmic_ray.work_item import TestOutcome  # noqa: PLC0415

    def run_tests(command: str, timeout: float) -> tuple[TestOutcome, str]:
        outcome = TestOutcome.SURVIVED if survives(command, timeout) else TestOutcome.KILLED
        return outcome, ""

    mutating.run_tests = run_tests
    cli.main()


if __name__ == "__main__":
    main()
