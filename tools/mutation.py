"""cosmic-ray, with statements left out as one more kind of mutant, and a quicker way to run tests.

usage: python -m tools.mutation exec pyproject.toml session.sqlite

Importing NumPy, Hypothesis and pytest takes longer than most mutants live, so the tests of each run
in a fork of this process, which has them loaded.
"""

import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import hypothesis.stateful
import mpmath
import numpy
import pytest
from parso.python.tree import Keyword

LOADED = (hypothesis.stateful, mpmath, numpy)


class LeaveOut:
    """The operator of cosmic-ray that puts `pass` in the place of one statement of a function."""

    @classmethod
    def arguments(cls) -> Sequence[Any]:
        """Return none: the operator has no variants."""
        return ()

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield where a statement can be dropped."""
        if node.type == "simple_stmt" and self.acts(node):
            yield node.start_pos, node.end_pos

    def acts(self, node: Any) -> bool:
        """Whether a statement does something: it is no docstring, and no `pass` already."""
        inside = node.search_ancestor("funcdef") is not None
        return inside and node.children[0].type not in ("string", "keyword")

    def mutate(self, node: Any, index: int) -> Any:
        """Put `pass` in a statement's place."""
        first = node.get_first_leaf()
        node.children[0] = Keyword("pass", first.start_pos, first.prefix)
        return node


def verdict(command: str, timeout: float) -> str:
    """Return "survived" if all tests pass, "timeout" if they take too long, else "killed".

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
            return "killed" if status else "survived"
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


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
    """Run cosmic-ray with this operator among its own."""
    # In an extra of its own: pytest looks for doctests in this file where it is not installed.
    from cosmic_ray import cli, mutating, plugins  # noqa: PLC0415
    from cosmic_ray.work_item import TestOutcome  # noqa: PLC0415

    def run_tests(command: str, timeout: float) -> tuple[TestOutcome, str]:
        found = verdict(command, timeout)
        return TestOutcome.SURVIVED if found == "survived" else TestOutcome.KILLED, found

    mutating.run_tests = run_tests
    plugins.OPERATOR_PROVIDERS["statement"] = {"LeaveOut": LeaveOut}
    cli.main()


if __name__ == "__main__":
    main()
