"""debug() and the branches that a `where` does not take."""

import pytest

import autograd
from autograd import NonFiniteError, compile, grad, hvp, jvp, log, sqrt, where


def inline(x):
    return where(x > 0, log(x), 0.0 * x)


def by_name(x):
    slow = 2.0 * sqrt(x - 1.0) + log(x)
    return where(x > 0, slow, x)


def by_value(x):
    return where(x, 1 / x, x * x)


def nested(x):
    return where(x > 0, where(x > 1, log(x - 1.0), log(x)), x)


def ways(f):
    return [
        grad(f),
        grad(grad(f)),
        lambda x: jvp(f, (x,), (1.0,)),
        lambda x: hvp(f, (x,), (1.0,)),
        compile(f),
        compile(f).value_and_grad,
        lambda x: compile(f, in_axes=0)([2.0, x]),
        lambda x: compile(f, in_axes=0, reduce="sum").value_and_grad([2.0, x]),
    ]


@pytest.mark.parametrize("way", range(8))
@pytest.mark.parametrize("f", [inline, by_name, by_value, nested])
def test_a_branch_not_taken_raises_nothing(f, way):
    expected = ways(f)[way](0.0)
    with autograd.debug():
        assert ways(f)[way](0.0) == expected


FAULTS = [
    lambda x: where(x < 1, log(x), 0.0),
    lambda x: where(x > 0, log(x), 0.0) + log(x),
    lambda x: where(x > 0, 0.0, where(x < 1, log(x), 1.0)),
    lambda x: where(log(x), 1.0, x),
    lambda x: log(x) and x,  # nothing says that it does not matter
]


@pytest.mark.parametrize("way", range(8))
@pytest.mark.parametrize("f", FAULTS)
def test_what_is_taken_raises_and_names_its_line(f, way):
    line = f.__code__.co_firstlineno
    with (
        autograd.debug(),
        pytest.raises(NonFiniteError, match=rf"^log gave -inf .*\n.*test_untaken.py:{line} "),
    ):
        ways(f)[way](0.0)
