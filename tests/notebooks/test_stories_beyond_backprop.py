"""What notebook 18 claims of feedback alignment and target propagation."""

from types import SimpleNamespace

import pytest

import nn
from tests.support.stories import told


@pytest.fixture(scope="module")
def story():
    return SimpleNamespace(**told("18_beyond_backprop"))


@pytest.mark.parametrize("method", ["Backpropagation", "FeedbackAlignment", "TargetPropagation"])
def test_each_method_solves_xor(story, method):
    _, right, cost = story.xor[method]
    assert right == 1.0
    assert cost < 0.05


@pytest.mark.parametrize("method", ["FeedbackAlignment", "TargetPropagation"])
def test_the_angle_to_the_gradient_falls(story, method):
    angles = story.xor[method][0]
    assert angles[0] > 80.0
    assert max(angles[-5:]) < 60.0


def test_on_digits_the_angle_falls_below_a_right_one(story):
    assert story.angles["FeedbackAlignment"][-1] < 80.0 < story.angles["FeedbackAlignment"][0]
    assert story.angles["TargetPropagation"][-1] < 80.0


def test_the_hidden_layers_learn_more_than_none(story):
    assert (
        min(story.scores[kind.__name__] for kind in story.METHODS) > story.scores["LastLayerOnly"]
    )


def test_the_forward_weights_turn_towards_the_feedback(story):
    for before, after in zip(story.weights_before, story.weights_after, strict=True):
        assert after < before


def test_with_the_forward_weights_as_feedback_it_is_backpropagation(story):
    model = nn.MLP(2, [4, 3, 2], activation="tanh", seed=7)
    method = story.FeedbackAlignment(model)
    method.tables = [
        [[neuron.w[j].data for neuron in layer.neurons] for j in range(len(layer.neurons[0].w))]
        for layer in model.layers[1:]
    ]
    rows = [((0.3, -1.2), 1), ((1.0, 0.4), 0)]
    truth = story.gradient(model, story.Backpropagation(model).loss, rows)
    assert story.gradient(model, method.loss, rows) == pytest.approx(truth, rel=1e-12)


def test_the_angle_of_a_direction_with_itself_and_across(story):
    assert story.angle([1.0, 2.0], [2.0, 4.0]) == pytest.approx(0.0, abs=1e-5)
    assert story.angle([1.0, 0.0], [0.0, 3.0]) == pytest.approx(90.0)


def test_every_method_leaves_the_true_gradient_to_the_output_layer(story):
    rows = story.digits[:5]
    model = nn.MLP(64, [6, 5, 10], activation="tanh", seed=7)
    count = len(model.layers[-1].parameters())
    truth = story.gradient(model, story.Backpropagation(model).loss, rows)[-count:]
    for kind in (story.FeedbackAlignment, story.TargetPropagation, story.LastLayerOnly):
        assert story.gradient(model, kind(model).loss, rows)[-count:] == pytest.approx(truth)


def test_the_target_of_the_last_hidden_layer_is_a_step_down_the_cost(story):
    model = nn.MLP(2, [4, 3, 2], activation="tanh", seed=7)
    method = story.TargetPropagation(model, step=0.1)
    *said, _ = story.spoken(model, (0.3, -1.2))
    targets = method.targets(said, 1)
    costs = [nn.cross_entropy(model.layers[-1](row), 1).data for row in (said[-1], targets[-1])]
    assert costs[1] < costs[0]
    assert [len(row) for row in targets] == [4, 3]
