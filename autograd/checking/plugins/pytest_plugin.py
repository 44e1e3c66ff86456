"""Loaded by pytest when it starts: the fixture `assert_gradients`, and tables in failure reports.

Nothing of `autograd` is imported before a test asks for the fixture.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def assert_gradients() -> Callable[..., Any]:
    """`assert_gradients(f, point)` fails unless f's gradient agrees with finite differences.

    See `autograd.checking.assert_gradients`.
    """
    from autograd.checking import assert_gradients  # noqa: PLC0415 - loads the engine

    return assert_gradients


# The old form of a wrapper, which any pytest takes.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(call: Any) -> Iterator[None]:
    """Add the tables of the reports that made the test fail."""
    outcome: Any = yield
    module = sys.modules.get("autograd.checking.report")
    if module is not None and call.excinfo is not None:
        sections = outcome.get_result().sections
        sections += [("gradient check", str(each)) for each in failed(call, module.Report)]


def failed(call: Any, kind: type) -> list[Any]:
    """Return the reports without success in the frame that raised: `assert check(f, point)`.

    What an assertion has computed is among its frame's variables.  `GradientCheckError` has the
    table in its message.
    """
    if type(call.excinfo.value) is not AssertionError:
        return []
    found = call.excinfo.traceback[-1].frame.f_locals.values()
    reports = {id(x): x for x in found if isinstance(x, kind) and not x}
    return list(reports.values())
