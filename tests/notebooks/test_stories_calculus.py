"""What notebook 19 claims of derivatives outside networks."""

import math
from types import SimpleNamespace

import pytest

from autograd import check, hessian
from tests.support.stories import told


@pytest.fixture(scope="module")
def story():
    return SimpleNamespace(**told("19_calculus"))


def test_newtons_method_doubles_the_right_digits_and_descent_creeps(story):
    errors = [math.dist(p, (1.0, 1.0)) for p in story.newton]
    assert len(story.newton) - 1 <= 6
    assert errors[-1] < 1e-9 < errors[-2] ** 2 * 1e3
    assert story.rosenbrock(story.descent[-1]) > 1e-3
    assert len(story.descent) > 100 * len(story.newton)


def test_the_hessian_tells_a_bottom_from_a_saddle(story):
    assert story.bends(story.rosenbrock, [1.0, 1.0])[0] > 0.0
    assert story.bends(lambda p: p[0] ** 2 - p[1] ** 2, [0.0, 0.0]) == (-2.0, 2.0)
    assert hessian(story.rosenbrock)([-1.2, 1.0]) == [[1330.0, 480.0], [480.0, 200.0]]


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.5, 3.0])
def test_the_curvature_of_a_hanging_chain(story, x):
    assert story.curvature(story.chain, x) == pytest.approx(1 / math.cosh(x) ** 2, rel=1e-12)


def test_every_greek_is_that_of_the_text_book(story):
    for _, ours, book in story.GREEKS.values():
        assert ours == pytest.approx(book, rel=1e-11)
    assert {"delta", "gamma", "vega", "theta", "rho"} <= story.GREEKS.keys()


def test_the_checker_agrees_on_the_first_greeks(story):
    assert {p.verdict for p in check(story.call, story.market).partials} == {"PASS"}


def test_the_implied_volatility_gives_the_price(story):
    S, K, T, r, _ = story.market  # noqa: N806
    assert story.call(S, K, T, r, story.implied) == pytest.approx(6.0, abs=1e-9)


def test_the_pendulums_parameters_are_found_within_their_uncertainty(story):
    k, c = story.last
    assert abs(k - story.TRUE_K) < 2.5 * story.k_error < 0.02
    assert abs(c - story.TRUE_C) < 2.5 * story.c_error < 0.01
    assert story.misfit(story.last) < 0.05 * story.misfit(story.first)


def test_errors_spread_as_repeated_measurements_do(story):
    assert story.scatter == pytest.approx(story.g_error, rel=0.03)
    assert story.g_error == pytest.approx(math.hypot(*story.shares))


def test_taylors_coefficients_are_those_of_the_books(story):
    book = [1, 1, 1 / 2, 0, -1 / 8, -1 / 15, -1 / 240, 1 / 90, 31 / 5760]
    assert story.coefficients == pytest.approx(book, abs=1e-12)


def test_more_terms_come_closer(story):
    errors = [abs(story.polynomial(0.8, n) - story.wave(0.8)) for n in (1, 2, 5, 8)]
    assert errors == sorted(errors, reverse=True)
