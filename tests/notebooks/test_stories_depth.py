"""What notebook 10 claims: gradients vanish in deep sigmoid networks, and what rescues them."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.datasets import make_moons

import nn
from autograd import grad, relu, sigmoid

POINTS, CLASSES = make_moons(60, noise=0.1, random_state=0)
X, Y = POINTS.tolist(), CLASSES.tolist()
WIDTH, DEPTH = 8, 10


def plain(activation, init="auto", width=WIDTH):
    return nn.MLP(2, [width] * DEPTH + [1], activation, init=init, seed=0)


def residual():
    blocks = [nn.Residual(nn.Layer(WIDTH, WIDTH, "sigmoid", seed=i)) for i in range(1, DEPTH)]
    last = nn.Layer(WIDTH, 1, "linear", seed=99)
    return nn.Sequential(nn.Layer(2, WIDTH, "sigmoid", seed=0), *blocks, last)


def normalised():
    layers: list[Callable[[Any], Any]] = []
    for i in range(DEPTH):
        layers += [
            nn.Layer(WIDTH if i else 2, WIDTH, "linear", seed=i),
            nn.BatchNorm(WIDTH),
            lambda row: [sigmoid(z) for z in row],
        ]
    return nn.Batchwise(*layers, nn.Layer(WIDTH, 1, "linear", seed=99))


def norms(model):
    """The length of each layer's gradient."""
    outputs = model(X) if isinstance(model, nn.Batchwise) else [model(x) for x in X]
    nn.binary_cross_entropy(outputs, Y).backward()
    layers = [layer for layer in model.layers if isinstance(layer, nn.Layer | nn.Residual)]
    return [math.hypot(*[p.grad for p in layer.parameters()]) for layer in layers]


def test_the_slope_of_the_sigmoid_is_at_most_a_quarter():
    assert max(grad(sigmoid)(x / 100) for x in range(-500, 501)) == 0.25


def test_the_gradient_of_a_deep_sigmoid_network_vanishes_layer_by_layer():
    sizes = norms(plain("sigmoid"))
    assert sizes == sorted(sizes)
    assert sizes[0] < 1e-5 * sizes[-1]


def test_relu_keeps_it():
    sizes = norms(plain("relu"))
    assert max(sizes) < 100 * min(sizes)
    assert sizes[0] > 1e4 * norms(plain("sigmoid"))[0]


@pytest.mark.parametrize("rescue", [residual, normalised])
def test_residual_connections_and_batch_norm_rescue_depth(rescue):
    assert norms(rescue())[0] >= 100 * norms(plain("sigmoid"))[0]


def train(model, epochs, optimizer, batch_size=20):
    return nn.fit(
        model, X, Y, loss="binary_cross_entropy", optimizer=optimizer, epochs=epochs,
        batch_size=batch_size, metric=nn.accuracy, progress=False,
    )  # fmt: skip


def test_the_rescued_learn_and_the_plain_one_does_not():
    losses = {}
    for name, model in {"plain": plain("sigmoid"), "batch norm": normalised()}.items():
        losses[name] = train(model, 25, nn.SGD(model, lr=0.1)).loss[-1]
    assert losses["plain"] > 0.65
    assert losses["batch norm"] < 0.5


def test_relus_that_died_stay_dead_and_leaky_ones_recover():
    right = {}
    for activation in ("relu", "leaky_relu"):
        model = nn.MLP(2, [16, 16, 1], activation, seed=1)
        train(model, 10, nn.SGD(model, lr=8.0), batch_size=None)
        if activation == "relu":
            assert any("dead relu" in finding for finding in nn.diagnose(model, X, Y).findings)
        right[activation] = train(model, 40, nn.Adam(model, lr=0.02)).metric[-1]
    assert right["relu"] <= 0.6
    assert right["leaky_relu"] >= 0.9


def spread(activation, init):
    rows = X[:10]
    for layer in plain(activation, init, width=32).layers[:-1]:
        rows = [layer(row) for row in rows]
    return math.sqrt(sum(z.data * z.data for row in rows for z in row) / (32 * len(rows)))


def test_he_for_relu_and_xavier_for_tanh_keep_the_numbers_in_range():
    tiny = lambda rng, fan_in, fan_out: rng.gauss(0.0, 0.05)  # noqa: E731
    assert 0.3 < spread("relu", "he_uniform") < 5.0
    assert 0.05 < spread("tanh", "xavier_uniform") < 1.0
    assert spread("relu", "uniform") > 100.0
    assert spread("relu", tiny) < 1e-4
    assert spread("tanh", tiny) < 1e-4
    assert grad(relu)(-1.0) == 0.0
