"""fit compiled and in Python: the same losses, whatever the layers, optimizers and settings."""

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import backend
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Batchwise,
    Dropout,
    Layer,
    LayerNorm,
    Module,
    Residual,
    RMSProp,
    Sequential,
    fit,
)
from nn.modules.buffers import Buffer

pytestmark = [
    pytest.mark.skipif(backend == "python", reason="the accelerator is not there"),
    pytest.mark.compiled,
]

ACTIVATIONS = ("linear", "tanh", "sigmoid", "silu", "gelu", "elu", "relu")


class Smoothed(Module):
    """Somebody's own layer with a buffer: what it gives is centred by a running mean of batches."""

    on_batch = True

    def __init__(self):
        self.inner, self.last = Layer(3, 2, "tanh", seed=3), Layer(2, 1, "linear", seed=4)
        self.kept = Buffer(0.0, label="kept")

    def forward(self, batch):
        rows = [self.inner(x) for x in batch]
        if self.training:
            mean = sum(row[0] for row in rows) / len(rows)
            self.kept.assign(0.9 * self.kept + 0.1 * mean)
        return [self.last([a - self.kept, b]) for a, b in rows]


MODELS = {
    "mlp": lambda act: MLP(3, [3, 1], act, seed=0),
    "norms": lambda act: Sequential(Layer(3, 3, act, seed=0), LayerNorm(3), Layer(3, 1, "linear")),
    "residual": lambda act: Sequential(Residual(Layer(3, 3, act, seed=0)), Layer(3, 1, "linear")),
    "dropout": lambda act: Sequential(
        Layer(3, 4, act, seed=0), Dropout(0.3, seed=1), Layer(4, 1, "linear")
    ),
    "batch norm": lambda act: Batchwise(
        Layer(3, 3, act, seed=0), BatchNorm(3, momentum=0.3), Layer(3, 1, "linear")
    ),
    "two batch norms and dropout": lambda act: Batchwise(
        BatchNorm(3),
        Layer(3, 3, act, seed=0),
        BatchNorm(3),
        Dropout(0.2, seed=1),
        Layer(3, 1, "linear"),
    ),
    "own": lambda act: Smoothed(),
}
OPTIMIZERS = {
    "sgd": lambda m, rate, decay: SGD(m, lr=rate, weight_decay=decay),
    "momentum": lambda m, rate, decay: SGD(m, lr=rate, momentum=0.8, weight_decay=decay),
    "nesterov": lambda m, rate, decay: SGD(m, lr=rate, momentum=0.8, nesterov=True),
    "rmsprop": lambda m, rate, decay: RMSProp(m, lr=rate, weight_decay=decay),
    "rmsprop and momentum": lambda m, rate, decay: RMSProp(m, lr=rate, momentum=0.5),
    "adam": lambda m, rate, decay: Adam(m, lr=rate, weight_decay=decay),
    "adamw": lambda m, rate, decay: AdamW(m, lr=rate, weight_decay=decay),
}
TRAININGS = st.fixed_dictionaries(
    {
        "model": st.sampled_from([*MODELS]),
        "activation": st.sampled_from(ACTIVATIONS),
        "optimizer": st.sampled_from([*OPTIMIZERS]),
        "rate": st.sampled_from([0.01, 0.05]),
        "decay": st.sampled_from([0.0, 0.01]),
        "rows": st.integers(8, 14),
        "resumed": st.booleans(),
        "falling": st.booleans(),
        "seed": st.integers(0, 10_000),
    }
)
SETTINGS = st.fixed_dictionaries(
    {
        "loss": st.sampled_from(["mse", "l1", "huber", "hinge", "binary_cross_entropy"]),
        "epochs": st.integers(1, 8),
        "batch_size": st.sampled_from([None, 2, 3, 4, 5]),
        "shuffle": st.booleans(),
        "validation": st.sampled_from([None, 0.2, 0.35]),
        "early_stopping": st.sampled_from([None, 2]),
        "clip": st.sampled_from([None, 0.5]),
        "seed": st.integers(0, 3),
    }
)

# What a number is made for losses that do not take any.
TARGETS = {
    "hinge": lambda x: 1.0 if x > 0.0 else -1.0,
    "binary_cross_entropy": lambda x: min(max(x, 0.0), 1.0),
}


def trained(training, given, compiled):
    """The histories and the weights of one training, perhaps taken up again."""
    draw = random.Random(training["seed"])
    rows = [[draw.gauss(0.0, 1.0) for _ in range(3)] for _ in range(training["rows"])]
    target = TARGETS.get(given["loss"], float)
    targets = [target(draw.gauss(0.0, 1.0)) for _ in rows]
    random.seed(0)  # of the layers that have no seed
    net = MODELS[training["model"]](training["activation"])
    optimizer = OPTIMIZERS[training["optimizer"]](net, training["rate"], training["decay"])

    def fall(epoch, history):
        if training["falling"]:
            optimizer.lr *= 0.8

    histories = [
        fit(net, rows, targets, optimizer=optimizer, callbacks=[fall], progress=False,
            compiled=compiled, **given)
        for _ in range(1 + training["resumed"])
    ]  # fmt: skip
    return histories, [*net.state_dict().values()]


def batches_of_one(training, given):
    """Whether the last batch would have one row, which a batch norm refuses."""
    held = given["validation"]
    count = training["rows"] - (max(1, round(training["rows"] * held)) if held else 0)
    return count % (given["batch_size"] or count) == 1


@settings(max_examples=60)
@given(TRAININGS, SETTINGS)
def test_losses_are_those_of_python(training, given):
    if "norm" in training["model"] and batches_of_one(training, given):
        given = {**given, "batch_size": None}
    above, weights = trained(training, given, False)
    below, others = trained(training, given, True)
    for one, other in zip(above, below, strict=True):
        assert other.epochs == one.epochs
        assert other.loss == pytest.approx(one.loss, rel=1e-9, nan_ok=True)
        assert other.val_loss == pytest.approx(one.val_loss, rel=1e-9, nan_ok=True)
        assert other.watched == pytest.approx(one.watched, rel=1e-9, nan_ok=True)
    if any(
        isinstance(x, BatchNorm | Smoothed) for x in MODELS[training["model"]]("tanh").modules()
    ):
        assert bits(others) == bits(weights)  # else a bias before a norm goes ways of its own


def bits(numbers):
    return array("d", numbers).tobytes()
