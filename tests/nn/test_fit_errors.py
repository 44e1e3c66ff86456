"""What fit and the layers say when something is wrong: in Python and compiled the same."""

import copy
from typing import Any

import pytest

import nn
from autograd import Value, backend
from nn import MLP, SGD, Adam, Conv2d, Layer, Module, Neuron, Optimizer, RMSProp, fit

pytestmark = pytest.mark.engine

X, Y = [[0.1, 0.2], [0.3, -0.4], [1.0, 2.0]], [0.0, 1.0, 1.0]
WAYS = [False, True] if backend != "python" else [False]
both_ways = pytest.mark.parametrize("compiled", WAYS)


def model(seed=0):
    return MLP(2, [3, 1], "tanh", seed=seed)


def train(net, optimizer, compiled, loss="mse", **settings):
    return fit(net, X, Y, loss=loss, optimizer=optimizer, compiled=compiled, progress=False,
               **{"epochs": 2, **settings})  # fmt: skip


@both_ways
@pytest.mark.parametrize("make", [SGD, Adam, RMSProp])
def test_an_optimizer_of_another_model_is_refused(make, compiled):
    net = model()
    before = net.state_dict()
    with pytest.raises(ValueError, match=r"got 13 of 13 that are not in it .* Make it anew"):
        train(net, make(model(1)), compiled)
    assert net.state_dict() == before


@both_ways
def test_a_part_that_was_replaced_is_told(compiled):
    net = model()
    optimizer = SGD(net, lr=0.1)
    net.layers[1] = Layer(3, 1, "linear", seed=9)
    with pytest.warns(UserWarning, match="got 4 of 13 that are not in it") as caught:
        train(net, optimizer, compiled)
    assert caught[0].filename == __file__


@both_ways
def test_a_part_replaced_by_a_callback_is_told(compiled):
    net = model()
    optimizer = RMSProp(net.layers[1].parameters(), lr=0.05)

    def replace(epoch, history):
        net.layers[-1] = copy.deepcopy(net.layers[-1])

    with pytest.raises(ValueError, match="got 4 of 4 that are not in it"):
        train(net, optimizer, compiled, batch_size=1, callbacks=[replace])


@both_ways
def test_a_weight_that_was_replaced_is_told(compiled):
    net = model()
    optimizer = SGD(net, lr=0.1)
    net.layers[0].neurons[0].w[1] = Value(0.5)
    with pytest.warns(UserWarning, match="got 1 of 13 that are not in it"):
        train(net, optimizer, compiled)


@both_ways
def test_a_loss_may_have_parameters_of_its_own(compiled):
    net, scale = model(), Value(2.0)

    def loss(predictions, targets):
        return nn.mse([scale * p for p in predictions], targets)

    optimizer = SGD([*net.parameters(), scale], lr=0.1)
    train(net, optimizer, compiled, loss)
    assert scale.data != 2.0


class TwoHeads(Module):
    def __init__(self):
        self.used, self.idle = Layer(2, 1, "linear", seed=0), Layer(2, 1, "linear", seed=1)

    def forward(self, x):
        return self.used(x)


@pytest.mark.parametrize("make", [SGD, Adam, RMSProp, lambda p: SGD(p, momentum=0.9)])
def test_parameters_that_the_loss_does_not_use_stay(make):
    histories = []
    for compiled in WAYS:
        net = TwoHeads()
        optimizer = make(net.idle.parameters())
        before = net.state_dict(), list(optimizer.states)
        histories.append(train(net, optimizer, compiled).loss)
        assert (net.state_dict(), optimizer.states) == before
    assert histories[0] == pytest.approx(histories[-1], rel=1e-12)


@both_ways
def test_no_epochs_do_nothing(compiled):
    net = model()
    before = net.state_dict()
    assert train(net, Adam(net), compiled, epochs=0).loss == []
    assert net.state_dict() == before


@both_ways
@pytest.mark.parametrize(
    ("loss", "error", "said"),
    [
        (lambda p, t: 3.0, TypeError, "expected the loss to return a Value, got a float"),
        (lambda p, t: None, TypeError, "expected the loss to return a Value, got a NoneType"),
        (lambda p, t: p, TypeError, "expected the loss to return a Value, got a list"),
        (lambda p, t: Value(3.0), ValueError, "expected a computed loss, got Value"),
    ],
)
def test_a_loss_that_is_no_computed_value_is_refused(loss, error, said, compiled):
    net = model()
    before = net.state_dict()
    with pytest.raises(error, match=said):
        train(net, "sgd", compiled, loss)
    assert net.state_dict() == before


class Short(Optimizer):
    wrong = "a number"

    def update(self, p, g, *state):
        return p - self.lr * g if self.wrong == "a number" else (p - self.lr * g, g)


@both_ways
@pytest.mark.parametrize("wrong", ["a number", "a pair"])
def test_an_update_that_returns_something_else_is_refused(wrong, compiled):
    net = model()
    optimizer = Short(net, lr=0.1)
    optimizer.wrong = wrong
    with pytest.raises(TypeError, match=r"expected Short.update to return \(p, \*state\), 1 num"):
        train(net, optimizer, compiled)


@both_ways
def test_divergence_is_told_once(compiled):
    net = MLP(1, [1], seed=0)
    with pytest.warns(RuntimeWarning, match=r"the loss of epoch \d+ is (inf|nan)") as caught:
        fit(net, [[100.0], [200.0]], [1.0, 2.0], loss="mse", optimizer=SGD(net, lr=1.0), epochs=400,
            progress=False, compiled=compiled)  # fmt: skip
    assert [each.filename for each in caught] == [__file__]


# -- an activation that is assigned ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "sigmoid", "softmax", "linear"])
def test_an_assigned_activation_takes_effect(name):
    layer, other = Layer(2, 3, "tanh", seed=0), Layer(2, 3, name, seed=0, init="xavier_uniform")
    other.load_state_dict(layer.state_dict())
    layer.activation = name
    assert [x.data for x in layer([0.5, -1.0])] == [x.data for x in other([0.5, -1.0])]
    layer.activation = "tanh"
    assert [x.data for x in layer([0.5, -1.0])] == [x.data for x in
                                                    loaded(layer)([0.5, -1.0])]  # fmt: skip


def loaded(layer):
    other = Layer(2, 3, "tanh", seed=1)
    other.load_state_dict(layer.state_dict())
    return other


def test_a_models_activation_is_that_of_its_layers():
    net = MLP(2, [3, 3, 1], "tanh", seed=0)
    net.activation, net.output_activation = "relu", "sigmoid"
    assert [layer.activation for layer in net.layers] == ["relu", "relu", "sigmoid"]
    assert 0.0 < net([0.5, 1.0]).data < 1.0
    conv = Conv2d(1, 2, 2, activation="tanh", seed=0)
    conv.activation = "linear"
    assert [each.activation for each in conv.filters] == ["linear", "linear"]
    rnn = nn.RNN(1, 2, seed=0)
    rnn.activation = "relu"
    assert rnn.hidden.activation == "relu"


def test_an_activation_that_cannot_be_assigned_changes_nothing():
    neuron, layer, net = Neuron(2, "tanh", seed=0), Layer(2, 2, "tanh", seed=0), model()
    with pytest.raises(ValueError, match="needs all outputs of a layer"):
        neuron.activation = "softmax"
    for module in (neuron, layer, net):
        with pytest.raises(ValueError, match="unknown activation 'tahn'"):
            module.activation = "tahn"
        assert module.activation == "tanh"
    assert layer.neurons[0].activation == "tanh"


@both_ways
def test_training_goes_on_with_the_assigned_activation(compiled):
    losses = []
    for start in ("tanh", "sigmoid"):
        net = MLP(2, [3, 1], start, seed=0, init="xavier_uniform")
        optimizer = SGD(net, lr=0.1)
        if start == "tanh":
            train(MLP(2, [1]), "sgd", compiled)
            net.activation = "sigmoid"
        losses.append(train(net, optimizer, compiled).loss)
    assert losses[0] == losses[1]


BAD: dict[str, Any] = {
    "a short row": ([[0.1, 0.2], [0.3]], [0.0, 1.0], "mse"),
    "rows too long": ([[0.1, 0.2, 0.3]] * 2, [0.0, 1.0], "mse"),
    "bare numbers": ([0.1, 0.2], [0.0, 1.0], "mse"),
    "rows of rows": ([[[0.1, 0.2]]] * 2, [0.0, 1.0], "mse"),
    "a target that is a row": ([[0.1, 0.2]] * 2, [[0.0, 1.0], [1.0, 0.0]], "mse"),
    "too many targets": ([[0.1, 0.2]] * 2, [0.0, 1.0, 1.0], "mse"),
    "classes for one output": ([[0.1, 0.2]] * 2, [0, 1], "cross_entropy"),
    "an error in the loss": ([[0.1, 0.2]] * 2, [0.0, 1.0], lambda p, t: p[0] * t[5]),
    "a loss of two arguments too few": ([[0.1, 0.2]] * 2, [0.0, 1.0], lambda: 1.0),
}


@pytest.mark.skipif(backend == "python", reason="the accelerator is not there")
@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("batch_size", [None, 1])
def test_what_is_wrong_is_said_alike(name, batch_size):
    rows, targets, loss = BAD[name]
    said = []
    for compiled in (False, True, "auto"):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            fit(model(), rows, targets, loss=loss, optimizer="sgd", epochs=2, progress=False,
                batch_size=batch_size, shuffle=False, compiled=compiled)  # fmt: skip
        said.append((type(caught.value), str(caught.value)))
    assert said[1] == said[2] == said[0]


@pytest.mark.parametrize("other", [lambda w: w - 0.1, lambda w: 2.0])
def test_an_item_that_is_no_leaf_does_not_drop_a_parameter_silently(other):
    net = model()
    w = net.layers[0].neurons[1].w
    w[1] = other(w[1])
    with pytest.warns(UserWarning, match=r"layers.0.neurons.1.w\[1\] is a .* no parameter"):
        assert len(net.parameters()) == 12
    w[1] = Value(0.5)
    assert net.parameters()[4] is w[1]
