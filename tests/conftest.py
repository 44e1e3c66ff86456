"""Options of the test run."""

import os

import pytest
from hypothesis import Phase, settings

from autograd.core.backend import native
from tests.support.tapes import available

# The machine is shared: how long one example takes says nothing about the engine.
# The same examples every time and everywhere, so that a run judges the change and not the luck of
# the draw; no examples of earlier runs either.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
# New examples, for `make explore`, also where CI is set; a failure is reproduced by its seed alone.
settings.register_profile(
    "explore", deadline=None, derandomize=False, database=None, print_blob=True
)
# For a night, or after a change to the engine: `pytest --hypothesis-profile=thorough`.
settings.register_profile(
    "thorough", deadline=None, derandomize=False, database=None, max_examples=3000
)
# For a mutant: the same examples for each, and its first failure is enough.
settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption(
        "--write-golden", action="store_true", help="write the golden files anew, to be read in git"
    )


def pytest_collection_modifyitems(config, items):
    """Deselect what is about another Python or engine: no tool that is missing, so no skip."""
    elsewhere = [
        item for item in items if not all(mark.args[0] for mark in item.iter_markers("only"))
    ]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


def required(report, name):
    """With NO_SKIPS set, as in CI, what skips for want of a tool has failed."""
    if os.environ.get("NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{name} was skipped, and NO_SKIPS is set: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return required((yield), item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return required((yield), collector.nodeid)


@pytest.fixture(params=available())
def vectors(request):
    """Run a test on each instruction set that the C code has kernels for and this machine runs."""
    best = native.vectors(None)
    native.vectors(request.param)
    yield request.param
    native.vectors(best)
