"""`diagnose`: each illness is found where it was planted, and a sound model has none."""

import math

import pytest

import nn
from autograd import Value, log

LINE = [[x / 10.0] for x in range(-10, 11)]
SQUARES = [x * x for (x,) in LINE]


def findings(model, **settings):
    return nn.diagnose(model, LINE, SQUARES, **settings).findings


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_sound_model_has_nothing_wrong(activation):
    model = nn.MLP(1, [8, 1], activation=activation, seed=1)
    diagnosis = nn.diagnose(model, LINE, SQUARES)
    assert diagnosis, str(diagnosis)
    assert "nothing is wrong" in str(diagnosis)


def test_dead_relus_are_named():
    model = nn.MLP(1, [4, 1], seed=0)
    model.layers[0].neurons[2].b.data = -100.0
    assert findings(model) == ("dead relu: layer0.neuron2 give 0 on at least 95 % of the rows",)


@pytest.mark.parametrize(("activation", "bias"), [("tanh", 50.0), ("sigmoid", -50.0)])
def test_saturated_units_are_named(activation, bias):
    model = nn.MLP(1, [3, 1], activation=activation, seed=0)
    model.layers[0].neurons[1].b.data = bias
    assert f"saturated {activation}: layer0.neuron1 on at least 95 % of the rows" in findings(model)


def test_vanishing_gradients():
    model = nn.MLP(1, [4] * 10 + [1], activation="sigmoid", seed=0)
    assert any(text.startswith("vanishing gradient: layers.0 has") for text in findings(model))


def test_exploding_gradients():
    model = nn.MLP(1, [4, 4, 4, 1], activation="linear", seed=0)
    for p in model.parameters():
        p.data = p.data * 100.0 + 50.0
    assert any(text.startswith("exploding gradient: layers.0 has") for text in findings(model))


def test_gradients_that_are_not_numbers():
    class Logarithm(nn.Module):
        def __init__(self):
            self.scale = Value(0.0)

        def forward(self, x):
            return log(self.scale) * x[0]

    assert "is nan" in findings(Logarithm())[0] or "is inf" in findings(Logarithm())[0]


def test_unused_parameters():
    class Half(nn.Module):
        def __init__(self):
            self.used, self.spare = nn.Layer(1, 1, "linear", seed=0), nn.Layer(1, 1, seed=0)

        def forward(self, x):
            return self.used(x)

    assert "unused: the loss does not rest on 2 parameters of spare" in findings(Half())


def test_the_model_is_left_as_it_was():
    model = nn.MLP(1, [3, 1], seed=0)
    first, *others = model.parameters()
    first.grad = 7.0
    nn.diagnose(model, LINE, SQUARES)
    assert first.grad == 7.0
    assert not any(p.reached for p in others)
    assert model.training


def test_the_loss_is_guessed_from_outputs_and_targets():
    several, one = nn.MLP(1, [3], seed=0), nn.MLP(1, [1], seed=0)
    rows = [[0.0], [1.0], [2.0]]
    assert nn.diagnose(several, rows, [0, 1, 2]).loss.startswith("cross_entropy")
    assert nn.diagnose(one, rows, [-1, 1, 1]).loss.startswith("hinge")
    assert nn.diagnose(one, rows, [0.5, 1.0, 2.0]).loss.startswith("mse")
    assert nn.diagnose(one, rows, [0, 1, 1], loss="binary_cross_entropy").loss.startswith("binary")


def test_as_text():
    model = nn.MLP(1, [2, 1], seed=0)
    lines = str(nn.diagnose(model, LINE, SQUARES)).split("\n")
    assert lines[1] == "layer     parameters  typical gradient"
    assert lines[2].startswith("layers.0           4")
    assert math.isfinite(float(lines[3].split()[-1]))
