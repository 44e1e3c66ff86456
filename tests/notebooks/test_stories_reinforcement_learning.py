"""What notebook 17 claims of learning by reward."""

import math
import random
from types import SimpleNamespace

import pytest

from tests.support.stories import told


@pytest.fixture(scope="module")
def story():
    return SimpleNamespace(**told("17_reinforcement_learning"))


def test_descent_on_half_the_squared_difference_is_watkins_rule(story):
    assert story.q.data - story.ALPHA * story.q.grad == pytest.approx(0.2 + 0.5 * (1.0 - 0.2))


def test_every_learning_mouse_beats_the_random_one_and_replay_beats_none(story):
    late = {name: sum(lengths[-10:]) / 10 for name, lengths in story.mice.items()}
    assert max(late["replay"], late["prioritised"]) < 0.7 * late["no replay"]
    assert late["no replay"] < late["random"]


def test_the_learned_map_leads_to_the_cheese_on_a_shortest_way(story):
    place, steps, over = (0, 0), 0, False
    while not over and steps < 50:
        values = [q.data for q in story.Q[place]]
        place, reward, over = story.move(place, values.index(max(values)))
        steps += 1
    assert (reward, steps) == (1.0, 9)


def test_surprising_steps_are_given_back_more_often(story):
    memory = story.Memory(10, True, random.Random(0))
    for i in range(10):
        memory.add(i)
    memory.surprise(3, 5.0)
    for i in {*range(10)} - {3}:
        memory.surprise(i, 0.01)
    drawn = [step for _, step, _ in memory.sample(500)]
    assert drawn.count(3) > 350
    weights = {step: weight for _, step, weight in memory.sample(500)}
    assert weights[3] < min(weights[i] for i in weights if i != 3)


def test_the_oldest_step_is_forgotten_first(story):
    memory = story.Memory(3, False, random.Random(0))
    for i in range(4):
        memory.add(i)
    assert sorted(memory.steps) == [1, 2, 3]


def test_the_equations_keep_a_leaning_pole_falling_and_push_the_cart(story):
    still = story.push((0.0, 0.0, 0.0, 0.0), 1)
    # 10 N on 1.1 kg, of which the pole takes its share: Barto, Sutton and Anderson's equations.
    swing, inertia = 10 / 1.1, 0.5 * (4 / 3 - 0.1 / 1.1)
    assert still[3] == pytest.approx(-0.02 * swing / inertia)
    assert still[1] == pytest.approx(0.02 * (swing + 0.05 * swing / inertia / 1.1))
    mirrored = story.push((-0.1, 0.2, -0.05, 0.3), 0)
    assert mirrored == pytest.approx([-x for x in story.push((0.1, -0.2, 0.05, -0.3), 1)])


def test_the_trained_policy_balances_and_the_random_one_does_not(story):
    random_mean = sum(story.at_random) / len(story.at_random)
    assert random_mean < 30
    assert sum(story.trained) / len(story.trained) > 3 * random_mean
    assert sum(story.lengths[:10]) < sum(story.lengths[-10:]) / 3
    assert math.isfinite(story.player.network.layers[0].neurons[0].b.data)
