"""Neurons, layers and models: what they compute, what they accept, how they start."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import (
    ACTIVATIONS,
    INITIALIZERS,
    MLP,
    Layer,
    Neuron,
    Sequential,
    log_softmax,
    softmax,
)

numbers = st.floats(-50.0, 50.0)
SCALAR = [name for name in ACTIVATIONS if name != "softmax"]


# -- activations ---------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_softmax_is_a_distribution(xs):
    ps = softmax(xs)
    assert sum(ps) == pytest.approx(1.0, abs=1e-9)
    assert all(0.0 <= p <= 1.0 + 1e-9 for p in ps)
    assert [math.exp(x) for x in log_softmax(xs)] == pytest.approx(ps)


@given(st.lists(st.floats(-20.0, 20.0), min_size=2, max_size=5), st.floats(-20.0, 20.0))
def test_softmax_does_not_see_a_shift(xs, shift):
    assert softmax([x + shift for x in xs]) == pytest.approx(softmax(xs))


def test_softmax_gradient():
    xs = [Value(0.5), Value(-1.0), Value(2.0)]
    ps = softmax(xs)
    ps[0].backward()
    expected = [ps[0].data * ((i == 0) - p.data) for i, p in enumerate(ps)]
    assert [x.grad for x in xs] == pytest.approx(expected)


def test_softmax_of_minus_infinity_and_of_nothing():
    assert softmax([-math.inf, 0.0]) == [0.0, 1.0]
    for of_nothing in (softmax, log_softmax):
        with pytest.raises(
            ValueError, match=f"^{of_nothing.__name__} of nothing: expected at least"
        ):
            of_nothing([])


def test_unknown_activation_lists_the_known_ones():
    with pytest.raises(ValueError, match="unknown activation 'rleu': expected one of linear, sig"):
        Neuron(2, "rleu")
    with pytest.raises(ValueError, match="unknown activation False"):
        Neuron(2, False)  # type: ignore[arg-type]


# -- forward -------------------------------------------------------------------------------------


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), numbers)
@pytest.mark.parametrize("name", SCALAR)
def test_a_neuron_is_its_formula(name, terms, bias):
    n = Neuron(len(terms), name)
    n.b.data = bias
    for w, (number, _) in zip(n.w, terms, strict=True):
        w.data = number
    z = 0.0
    for w, x in terms:
        z += w * x
    assert n([x for _, x in terms]).data == ACTIVATIONS[name](z + bias)


def test_a_neuron_uses_one_dot_node():
    y = Neuron(3, "tanh")([1.0, 2.0, 3.0])
    assert y.rule is autograd.tanh
    (add,) = y.parents
    assert [p.rule.name for p in add.parents if p.rule] == ["dot"]


def test_rows_of_every_kind_give_the_same():
    layer = Layer(2, 2, "tanh", seed=1)
    rows = [
        [1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1.0, 2.0], dtype=np.float32), range(1, 3),
        [Value(1.0), Fraction(2)], iter([1.0, 2.0]),
    ]  # fmt: skip
    assert len({tuple(y.data for y in layer(row)) for row in rows}) == 1
    neuron = layer.neurons[0]
    assert neuron((1, 2)).data == neuron(np.array([1, 2])).data == layer([1, 2])[0].data


def test_gradients_reach_inputs_and_weights():
    x = [Value(1.0), Value(2.0)]
    n = Neuron(2, "linear")
    n(x).backward()
    assert [w.grad for w in n.w] == [1.0, 2.0]
    assert [v.grad for v in x] == [w.data for w in n.w]
    assert n.b.grad == 1.0


@pytest.mark.parametrize("make", [lambda: Neuron(2), lambda: Layer(2, 3)])
@pytest.mark.parametrize("row", [[1.0], (1.0, 2.0, 3.0), [], 5.0])
def test_wrong_length(make, row):
    module, count = make(), 1 if row == 5.0 else len(row)
    with pytest.raises(
        ValueError, match=f"{type(module).__name__} of 2 inputs got a row of {count}"
    ):
        module(row)
    with pytest.raises(ValueError, match="Layer of 1 input got a row of 2"):
        Layer(1, 1)([1.0, 2.0])


@pytest.mark.parametrize("row", [["a", "b"], "ab", None, [None, 1.0], [[1.0], [2.0]], [1j, 2.0]])
def test_what_is_no_row_of_numbers(row):
    with pytest.raises(TypeError):
        Layer(2, 1)(row)


# -- micrograd -----------------------------------------------------------------------------------


def test_micrograds_calls_work():
    model = MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    y = model([1.0, -2.0])
    assert isinstance(y, Value)
    assert [layer.activation for layer in model.layers] == ["relu", "relu", "linear"]
    assert len(model.layers[0].neurons[0].w) == 2
    assert Neuron(3, nonlin=True).activation == "relu"
    assert Neuron(3, nonlin=False).activation == "linear"
    assert Layer(3, 2, nonlin=False).neurons[0].activation == "linear"
    assert [type(out) for out in (Layer(2, 1)([1, 2]), Layer(2, 3)([1, 2]))] == [Value, list]


def test_a_bare_value_is_a_row_of_one():
    assert len(MLP(2, [1, 3])([0.5, 0.5])) == 3
    assert isinstance(MLP(1, [1])(np.float32(0.5)), Value)


def test_micrograds_weights_come_out_of_the_same_seed():
    random.seed(1337)
    model = MLP(2, [3, 1], init="uniform")
    random.seed(1337)
    weights = [random.uniform(-1, 1) for _ in range(9)]
    assert [w.data for la in model.layers for n in la.neurons for w in n.w] == weights
    assert all(n.b.data == 0.0 for la in model.layers for n in la.neurons)


# -- starting weights ----------------------------------------------------------------------------


def test_seeds():
    def weights(**settings):
        return [p.data for p in MLP(2, [3, 1], **settings).parameters()]

    state = random.getstate()
    assert weights(seed=3) == weights(seed=3) == weights(seed=np.int64(3)) != weights(seed=4)
    assert random.getstate() == state
    assert len(set(weights(seed=3))) == 10  # 9 weights, and the biases' 0
    random.seed(0)
    first = weights()
    assert weights() != first
    random.seed(0)
    assert weights() == first


def spread(init, activation="linear", nin=6, nout=3):
    layer = Layer(nin, nout * 500, activation, init=init, seed=0)
    return [w.data for n in layer.neurons for w in n.w]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers_have_their_variance(name):
    rng = random.Random(0)
    xs = [INITIALIZERS[name](rng, 6, 3) for _ in range(6000)]
    variance = {"x": 2 / 9, "g": 2 / 9, "h": 1 / 3, "k": 1 / 3, "u": 1 / 3}[name[0]]
    assert sum(xs) / len(xs) == pytest.approx(0.0, abs=0.03)
    assert sum(x * x for x in xs) / len(xs) == pytest.approx(variance, rel=0.07)
    if name.endswith("uniform"):
        assert max(map(abs, xs)) <= math.sqrt(3 * variance)


def test_auto_is_he_for_the_relu_family_and_xavier_otherwise():
    for rectifier in ("relu", "leaky_relu", "elu", "gelu", "silu", autograd.relu):
        assert spread("auto", rectifier) == spread("he_uniform", rectifier)
    for other in ("linear", "tanh", "sigmoid", "softmax", math.tanh):
        assert spread("auto", other) == spread("xavier_uniform", other)
    assert Neuron(2, init=lambda rng, i, o: i + 10.0 * o).w[0].data == 12.0
    assert Layer(2, 3, init=lambda rng, i, o: i + 10.0 * o).neurons[0].w[0].data == 32.0


def test_unknown_initializer():
    with pytest.raises(ValueError, match="unknown initializer 'he': expected one of auto, xavier"):
        Layer(2, 2, init="he")


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", None])
def test_counts_below_one(count):
    for make in (lambda: Neuron(count), lambda: Layer(count, 1), lambda: Layer(1, count)):
        with pytest.raises(ValueError, match="to be an integer of at least 1, got"):
            make()
    with pytest.raises(ValueError, match="at least one layer's size, got none"):
        MLP(2, [])


# -- softmax, callables, reprs -------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["softmax", softmax, log_softmax])
def test_vector_activations_belong_to_layers(activation):
    with pytest.raises(ValueError, match="needs all outputs of a layer: give it to a Layer"):
        Neuron(2, activation)
    plain, layer = Layer(2, 3, "linear", seed=0), Layer(2, 3, activation, seed=0)
    function = log_softmax if activation is log_softmax else softmax
    expected = function([y.data for y in plain([1.0, 2.0])])
    assert [y.data for y in layer([1.0, 2.0])] == pytest.approx(expected)
    assert layer([1.0, 2.0])[0].scope == "layer"


def test_a_callable_activation():
    y = Neuron(1, lambda x: x * x)
    y.w[0].data = 3.0
    assert y(2.0).data == 36.0
    assert repr(Neuron(1, autograd.tanh)) == "Neuron(1, activation='tanh')"


def test_reprs():
    assert repr(MLP(2, [16, 16, 1])) == "MLP(2, [16, 16, 1], activation='relu')"
    assert repr(MLP(2, [1], output_activation="sigmoid")) == (
        "MLP(2, [1], activation='relu', output_activation='sigmoid')"
    )
    assert repr(Neuron(2)) == "Neuron(2, activation='relu')"
    assert repr(Layer(2, 3, nonlin=False)) == "Layer(2, 3, activation='linear')"
    assert repr(Sequential(Neuron(1))) == "Sequential(Neuron(1, activation='relu'))"


def test_an_mlp_is_its_layers_in_a_row():
    model = MLP(2, [3, 2], "tanh", output_activation="softmax", seed=0)
    by_hand = model.layers[1](model.layers[0]([1.0, 2.0]))
    assert [y.data for y in model([1.0, 2.0])] == [y.data for y in by_hand]


def test_a_layer_is_its_neurons_one_by_one():
    layer, row = Layer(3, 4, "tanh", seed=0), [0.5, Value(-1.0), 2]
    by_hand = [neuron(row) for neuron in layer.neurons]
    together = layer(row)
    assert [y.data for y in together] == [y.data for y in by_hand]
    assert [y.scope for y in together] == [f"layer.neuron{i}" for i in range(4)]


def test_a_neuron_of_ones_own_in_a_layer_is_called():
    class Half(Neuron):
        def forward(self, x):
            return 0.5 * super().forward(x)

    class Micrograds(Neuron):
        def __call__(self, x):
            return 0.25 * super().__call__(x)

    layer = Layer(2, 3, "linear", seed=0)
    plain = [y.data for y in layer([1.0, 2.0])]
    for i, kind in enumerate((Half, Micrograds)):
        own = kind(2, "linear")
        own.w, own.b = layer.neurons[i].w, layer.neurons[i].b
        layer.neurons[i] = own
    assert [y.data for y in layer([1.0, 2.0])] == [0.5 * plain[0], 0.25 * plain[1], plain[2]]


def test_what_follows_a_neuron_of_ones_own_is_called_too():
    layer = Layer(2, 4, "tanh", seed=0)
    plain = [y.data for y in layer([1.0, 2.0])]
    layer.neurons[2] = lambda row: row[0] * Value(5.0)  # type: ignore[call-overload]
    together = layer([1.0, 2.0])
    assert [y.data for y in together] == [*plain[:2], 5.0, plain[3]]
    assert [y.scope for y in together] == [
        "layer.neuron0", "layer.neuron1", "layer", "layer.neuron3"
    ]  # fmt: skip
