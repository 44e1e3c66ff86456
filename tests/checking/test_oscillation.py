"""Functions that turn fast: right gradients do not fail, wrong ones do not pass, at any period."""

import itertools
import math
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Primitive, check, cos, sin
from autograd.checking.neville import Entry, Table
from autograd.checking.verdicts import UNRESOLVED
from benchmarks.checking import oscillating
from tests.support import faults

TAU = math.tau

rates = st.floats(3.0, 10.0).map(lambda power: 10.0**power)
rates |= st.integers(10, 33).map(lambda power: TAU * 2.0**power)
rates |= st.integers(1000, 10**9).map(lambda turns: TAU * turns)
places = st.floats(0.0, 10.0).map(lambda power: 10.0**power) | st.integers(1, 10**9).map(float)
errors = st.floats(-5.0, -1.0).map(lambda power: 10.0**power)


def verdict(f, x, gradient):
    """The verdict on somebody's gradient of a function of floats."""
    return check(f, x, gradient=lambda x: gradient).partials[0].verdict


@pytest.mark.parametrize("black_box", [False, True])
@pytest.mark.parametrize("family", oscillating.FAMILIES)
def test_every_family(family, black_box):
    cases = oscillating.cases(family, random.Random(f"{family}, tests"))
    for case in itertools.islice(cases, 9 if family == "Weierstrass" else 30):
        wanted = "PASS" if case.wrong else "FAIL"
        assert oscillating.verdict(case, black_box) != wanted, case


@settings(max_examples=40)
@given(rates, places, errors)
@example(TAU, 1e5 + 0.3, 1e-3)
@example(1.0, 1e6, 1e-3)
@example(TAU * 50.0, 10.0, 1e-3)
@example(1e8, 1.0, 1e-3)
def test_a_sine(k, x, error):
    right = k * math.cos(k * x)
    assert check(lambda x: sin(k * x), x).count("FAIL") == 0
    assert verdict(lambda x: math.sin(k * x), x, right) != "FAIL"
    assert verdict(lambda x: math.sin(k * x), x, right * (1.0 + error)) != "PASS"


@settings(max_examples=40)
@given(st.integers(0, 40), st.floats(-2.0, 2.0), st.floats(-8.0, 0.0))
@example(16, 1.0, -4.8)
def test_a_part_whose_period_is_a_power_of_two(power, x, size):
    part, k = 10.0**size, TAU * 2.0**power

    def f(x):
        return x + part * math.sin(k * x)

    right = 1.0 + part * k * math.cos(k * x)
    assert verdict(f, x, right) != "FAIL"
    if abs(right - 1.0) > 1e-5 * abs(right):
        assert verdict(f, x, 1.0) != "PASS"


def test_what_is_resolved_is_decided():
    """INCONCLUSIVE is no way out where steps are short enough."""
    for k in (1e3, TAU * 2.0**12, 1e6, TAU * 2.0**20):
        for x in (1.0, 0.3, -1.7):
            right = k * math.cos(k * x)
            assert verdict(lambda x, k=k: math.sin(k * x) / k, x, right / k) == "PASS"
            found = verdict(lambda x, k=k: 0.5 * x * x + math.sin(k * x) / k, x, x)
            assert found == "FAIL", (k, x)


def test_what_is_not_resolved_says_why():
    (partial,) = check(
        lambda x: x + 1e-6 * math.sin(1e10 * x), 1e8, gradient=lambda x: 1.0
    ).partials
    assert (partial.verdict, partial.reason) == ("INCONCLUSIVE", UNRESOLVED)


# -- second derivatives ---------------------------------------------------------------------------


@settings(max_examples=15)
@given(rates, st.floats(-2.0, 2.0))
def test_second_derivatives(k, x):
    assert check(lambda x: sin(k * x), x, order=2).count("FAIL") == 0
    assert check(lambda x: x * x + sin(k * x) / k, x, order=2).count("FAIL") == 0


@pytest.mark.parametrize("power", [4, 12, 20])
def test_a_wrong_second_derivative_of_a_fast_part_does_not_pass(power):
    k = TAU * 2.0**power

    def f(x):
        return x**3 + sin(k * x) / k / k

    with faults.partial_changed("cos", 0, lambda p: 0.0 * p):
        (first, second) = check(f, 1.3, order=2).partials
    assert (first.verdict, second.verdict) == ("PASS", "FAIL")
    assert second.blame.startswith("cos(")


# -- blame ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [8, 16, 24])
def test_blame_is_not_put_on_a_fast_operation_that_is_right(power):
    k = TAU * 2.0**power
    fast = Primitive("fast", lambda x: math.sin(k * x) / k, lambda z, x: cos(k * x))
    wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.01 * x)
    (partial,) = check(lambda x: wrong(x) + fast(x), 1.3).partials
    assert partial.verdict == "FAIL"
    assert partial.blame.startswith("wrong(")


@pytest.mark.parametrize("power", [8, 16, 20])
def test_blame_finds_a_fast_operation_that_is_wrong(power):
    k = TAU * 2.0**power
    fast = Primitive("fast", lambda x: x + math.sin(k * x) / k, lambda z, x: x * 0.0 + 1.0)
    (partial,) = check(lambda x: 2.0 * fast(x), 1.3).partials
    assert partial.verdict == "FAIL"
    assert partial.blame.startswith("fast(")


# -- the table ------------------------------------------------------------------------------------


def test_an_entry_that_no_further_line_bears_out_is_dropped():
    table = Table(2)
    for step, slope in [(1.0, 3.0), (0.5, 3.0), (0.24, 3.0), (0.11, 7.0), (0.05, 7.0)]:
        table.add(Entry(slope, 1e-9), Entry(0.0, 0.0), step)
        assert not table.settled
    for step in (0.023, 0.011, 0.005, 0.0023, 0.0011, 0.0005):
        table.add(Entry(7.0, 1e-9), Entry(0.0, 0.0), step)
    assert table.settled
    assert table.checked.derivative == pytest.approx(7.0)
    assert table.checked.resolved
