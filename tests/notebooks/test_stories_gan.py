"""What notebook 16 claims of a generator and a critic trained in turns, after a few rounds."""

import math
from types import SimpleNamespace

import pytest

from autograd import check
from tests.support.stories import told


@pytest.fixture(scope="module")
def story():
    return SimpleNamespace(**told("16_gan"))


def from_ring(points):
    """The mean distance from the circle on which the clouds lie."""
    return sum(abs(math.hypot(*p) - 2.0) for p in points) / len(points)


def test_the_samples_move_onto_the_ring(story):
    first, *_, last = story.film.values()
    assert from_ring(last) < 0.6 * from_ring(first)
    assert story.quality(last)[0] > story.quality(first)[0]


def test_the_distance_shrinks(story):
    assert max(story.distances[-20:]) < story.distances[0]


def test_the_critic_is_hardly_steeper_than_one(story):
    pairs = zip(story.real(40), story.forged(40), strict=True)
    assert all(story.fine(p, q).data < 3.0 for p, q in pairs)


def test_real_points_have_a_perfect_score(story):
    share, clouds = story.quality(story.real(2000))
    assert share > 0.98
    assert clouds == 8


def test_the_generators_gradient_comes_back_through_both_networks(story):
    def loss():
        return -story.critic(story.generator((0.3, -0.8)))

    leaves = story.generator.layers[0].parameters()[:6]
    assert {p.verdict for p in check(loss, wrt=leaves).partials} == {"PASS"}
