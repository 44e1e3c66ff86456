"""debug() and the branches that a `where` does not take."""

import pytest

import autograd
from autograd import NonFiniteError, compile, exp, grad, hessian, hvp, jvp, log, sqrt, where

pytestmark = pytest.mark.engine


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
        pytest.raises(
            NonFiniteError, match=rf"^log gave -inf .*\n.*test_untaken_branches.py:{line} "
        ),
    ):
        ways(f)[way](0.0)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: where(x, x * log(x), 0.0), 0.0, 0.0),
        (lambda x: where(x, log(x) ** 2, 0.0), 0.0, 0.0),
        (lambda x: where(x, sqrt(x) * x, x * x), -1.0, 2.0),
        (lambda x: where(-x, x * x, exp(sqrt(x) * log(x)) / x), -2.0, 2.0),
        (lambda x: 3.0 * where(x, 1.0 / x, where(x - 1.0, sqrt(x) * x, x * x)), 0.0, 6.0),
    ],
    ids=["x log x", "log squared", "root", "several", "nested"],
)
def test_a_branch_not_taken_adds_nothing_to_a_second_derivative(f, x, expected):
    second = grad(grad(f))
    forward = lambda x: jvp(grad(f), (x,), (1.0,))[1]  # noqa: E731 - as the others
    for way in (second, forward, lambda x: hessian(f)(x), lambda x: hvp(f, (x,), (1.0,))):
        assert way(x) == expected
        fast = autograd.compile(way)
        assert [fast(0.5), fast(x)] == [pytest.approx(way(0.5)), expected]
    assert autograd.compile(second, in_axes=0)([x, 0.5, x])[::2] == [expected] * 2
