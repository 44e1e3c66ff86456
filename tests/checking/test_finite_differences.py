"""Differences keep within their own bounds, on smooth functions and off them."""

import math
import random
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.checking.finite_differences import Sample, central, displaced, one_sided, rounded_step
from autograd.checking.noise import quiet

EPSILON = 2.0**-52


def probe_of(f, branch=lambda x: ()):
    """The probe of a function that rounds its argument and its result by a few units."""

    def probe(x, off):
        value = f(x)
        slope = abs(f(x * (1 + 1e-6) + 1e-6) - value) / (abs(x) * 1e-6 + 1e-6)
        noise = 4.0 * EPSILON * (abs(value) + abs(x) * slope)
        return Sample(value, noise + 2.0 * slope * off, branch(x))

    return probe


def derivative(f, x, **how):
    probe = probe_of(f, **how)
    return central(probe, x, probe(x, 0.0), 0.22 * max(1.0, abs(x)))


@given(st.floats(-2.0, 2.0, allow_subnormal=False), st.floats(-3.0, 3.0))
def test_the_reference_is_within_its_bound(x, y):
    found = derivative(lambda t: math.exp(math.sin(t * y)), x)
    exact = math.exp(math.sin(x * y)) * math.cos(x * y) * y
    assert abs(found.derivative - exact) <= 4.0 * found.error
    assert found.evaluations <= 40


@pytest.mark.parametrize("frequency", [1.0, 1e2, 1e4, 8 * math.pi, 512 * math.pi])
def test_fast_oscillations_are_resolved_not_aliased(frequency):
    found = derivative(lambda t: math.sin(frequency * t), 0.3)
    exact = frequency * math.cos(frequency * 0.3)
    assert abs(found.derivative - exact) <= 4.0 * found.error <= 1e-4 * frequency


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e3))
def test_how_far_rounding_moves_a_point_is_known_exactly(x, step):
    step = rounded_step(x, step)
    total, off = displaced(x, step)
    assert Fraction(total) + Fraction(off) == Fraction(x) + Fraction(step)


@given(st.floats(1.0, 1e9), st.floats(1e-6, 0.9))
def test_a_step_moves_most_numbers_exactly(x, share):
    step = rounded_step(x, share * x)
    assert abs(step - share * x) <= math.ulp(2.0 * x)
    for way in (step, -step):
        total, off = displaced(x, way)
        assert off == 0.0 or x % math.ulp(x + step)
        assert Fraction(total) + Fraction(off) == Fraction(x) + Fraction(way)


def test_steps_that_reach_another_branch_are_left_out():
    found = derivative(abs, 0.01, branch=lambda x: (x > 0,))
    assert abs(found.derivative - 1.0) <= found.error < 1e-9


def test_steps_that_raise_or_are_not_finite_are_left_out():
    assert derivative(lambda x: math.log(x) if x > 0 else math.nan, 0.01).derivative == (
        pytest.approx(100.0, rel=1e-9)
    )


def test_a_kink_at_the_point_makes_the_bound_wide():
    found = derivative(lambda x: max(x, 0.0), 0.0)
    assert found.problem.startswith("one-sided slopes stay apart")
    assert abs(found.derivative) <= found.error
    assert abs(found.derivative - 1.0) <= found.error


def test_one_sided_slopes_differ_at_a_kink():
    probe = probe_of(lambda x: abs(x) + math.sin(x), branch=lambda x: (x > 0, x < 0))
    base = probe(0.0, 0.0)
    assert one_sided(probe, 0.0, base, 0.2).derivative == pytest.approx(2.0, rel=1e-9)
    assert one_sided(probe, 0.0, base, -0.2).derivative == pytest.approx(0.0, abs=1e-9)


def test_a_slope_that_grows_without_end_is_not_settled():
    probe = probe_of(lambda x: math.sqrt(abs(x)))
    found = one_sided(probe, 0.0, probe(0.0, 0.0), 0.2)
    assert found.error > 1.0


def test_round_off_is_measured_by_how_it_scatters():
    draw = random.Random(0)
    scatter = quiet(lambda x: 3.0 * x + draw.uniform(-1e-6, 1e-6), 1.0)
    assert 5e-7 < scatter.coarse == scatter.fine < 1e-5
    assert scatter.wild


def counted(f, x):
    """How f scatters, and how often it was called to find out."""
    calls = []

    def g(x):
        calls.append(x)
        return f(x)

    return quiet(g, x), len(calls)


def single(x):
    """Rounded to a float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


@pytest.mark.parametrize(
    ("f", "x", "step"),
    [
        (lambda x: single(math.sin(x)), 1.0, 2.0**-24),
        (lambda x: math.sin(single(x)), 1.0, 2.0**-24),
        (lambda x: single(1000.0 + x), 1.0, 2.0**-14),
        (lambda x: round(math.exp(x), 6), 0.5, 1e-6),
    ],
)
def test_round_off_is_measured_where_a_function_is_made_of_steps(f, x, step):
    scatter, calls = counted(f, x)
    assert 0.4 * step < scatter.coarse < 8.0 * step
    assert scatter.stepped
    assert calls <= 80


@pytest.mark.parametrize("rate", [1e9, 1e10, 1e11])
@pytest.mark.parametrize("size", [1.0, 1e-6, 1e-12])
def test_a_part_that_turns_close_by_is_not_taken_for_round_off(rate, size):
    scatter = quiet(lambda x: x * x + size * math.sin(rate * x), 0.7)
    assert scatter.fine < 1e-13 + 4.0 * EPSILON * size * rate
    assert scatter.coarse > 1e-3 * size * min(1.0, (rate * 1e-11) ** 2)


@pytest.mark.parametrize("distance", [1e-2, 1e-5, 1e-8])
def test_beside_a_kink_a_flat_function_has_no_round_off(distance):
    assert quiet(lambda x: max(x, 0.0), -distance).coarse == 0.0


@pytest.mark.parametrize("f", [lambda x: max(x, 0.3), lambda x: 2.0 * x + float(x >= 0.3)])
def test_a_kink_or_a_jump_at_the_point_is_no_round_off(f):
    assert quiet(f, 0.3).coarse < 1e-14


def test_a_flat_function_without_steps_has_little_round_off():
    assert counted(lambda x: 3.0, 1.0) == ((0.0, 0.0, False, False), 25)
    assert quiet(math.cos, 0.0).coarse < 1e-13
    assert quiet(lambda x: 1.0 + x**4, 0.0).coarse < 1e-11


def test_round_off_is_measured_where_some_points_raise():
    assert quiet(math.sqrt, 0.0).coarse < 1e-5
    assert quiet(lambda x: 1 / 0, 0.0).coarse == 0.0
