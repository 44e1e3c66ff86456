"""What notebook 11 claims of walks downhill."""

import math
from types import SimpleNamespace

import pytest

from tests.support.stories import told


@pytest.fixture(scope="module")
def story():
    return SimpleNamespace(**told("11_descent"))


def roughness(path):
    """How long the path is, against the straight way from its middle to its end."""
    half = path[len(path) // 2 :]
    return sum(map(math.dist, half, half[1:])) / math.dist(half[0], half[-1])


def test_the_hurried_walker_is_down_early_and_staggers(story):
    batch, mini, single = (story.walkers[name] for name in story.walkers)
    early = story.SEEN // 2
    assert story.cost(*single[early]) < story.cost(*batch[early // 150])
    assert roughness(batch) < 1.1 < roughness(single)
    assert story.cost(*mini[-1]) < story.cost(*story.START) / 10


def test_learning_rates_too_small_right_and_too_large(story):
    small, good, large, diverging = (story.cost(*path[-1]) for path in story.rates.values())
    start = story.cost(*story.START)
    assert good < large < small < start < diverging


def test_the_hessian_tells_the_border(story):
    def cost_after(lr):
        return story.cost(
            *story.descend(story.cost, story.START, lambda p: story.nn.SGD(p, lr=lr), 200)[-1]
        )

    border = 2 / story.steepest
    assert cost_after(0.98 * border) < 0.1 < story.cost(*story.START) < cost_after(1.02 * border)


def test_each_remedy_beats_plain_descent_in_the_ravine(story):
    plain, *others = (
        story.steps_needed(story.ravine, path, 0.01) for path in story.on_ravine.values()
    )
    assert max(others) < plain / 3


def test_momentum_and_adam_beat_plain_descent_in_the_bent_ravine(story):
    ends = {name: path[300] for name, path in story.on_rosenbrock.items()}
    costs = {name: story.rosenbrock(*p) for name, p in ends.items()}
    assert max(costs["momentum"], costs["Adam"]) < 0.01 < costs["plain"]


def test_clipping_keeps_on_the_cliff_a_walk_that_explodes_without(story):
    assert math.isnan(story.thrown[-1][0])
    assert max(map(math.dist, story.clipped, story.clipped[1:])) <= 0.02 + 1e-12
    assert story.recurrence(*story.clipped[-1]) < 0.05 < 1e3 < story.recurrence(*story.clipped[0])


def test_a_walk_on_the_ridge_stays_on_the_saddle_and_momentum_leaves_sooner(story):
    ridge, beside, momentum = story.from_above.values()
    assert ridge[-1] == pytest.approx((0.0, 0.0), abs=1e-6)
    assert beside[-1] == pytest.approx((0.0, 1.0), abs=1e-3)
    left = [next(i for i, p in enumerate(path) if p[1] > 0.5) for path in (momentum, beside)]
    assert left[0] < left[1]
    assert story.bends(story.saddle, 0.0, 0.0) == (-1.0, 2.0)


def test_many_restarts_and_annealing_beat_one_run(story):
    mean = {name: sum(costs) / len(costs) for name, costs in story.found.items()}
    assert max(mean["restarts"], mean["annealing"]) < mean["one_run"] / 3


def test_a_gradient_costs_a_constant_share_of_the_function(story):
    shares = [arrows / steps for steps, arrows in story.counts.values()]
    assert max(shares) <= 2.0
    assert max(shares) - min(shares) < 0.02
    assert max(story.counts) == 1000 * min(story.counts)
