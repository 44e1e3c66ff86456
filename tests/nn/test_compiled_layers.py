"""fit(compiled="auto") of every layer: it is taken, and the losses are those of Python."""

import random

import pytest

import nn
from autograd import TraceError, backend
from autograd.extend import assign
from nn import (
    GRU,
    LSTM,
    MLP,
    RNN,
    SGD,
    Adam,
    AdamW,
    Attention,
    AvgPool2d,
    BatchNorm,
    Batchwise,
    Conv2d,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    MaxPool2d,
    Module,
    Residual,
    RMSProp,
    Sequential,
    TransformerBlock,
    accuracy,
    fit,
    flatten,
    mse,
)
from nn.modules.dataset import read_rows
from nn.training.batches import Batches
from nn.training.compile_mode import compiled_trainer
from nn.training.compiled_trainer import CompiledTrainer
from nn.training.trainer import Trainer

pytestmark = [
    pytest.mark.skipif(backend == "python", reason="the accelerator is not there"),
    pytest.mark.compiled,
]

DRAW = random.Random(3)


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch):
    monkeypatch.setattr(nn.training.compile_mode, "STEPS_WORTH_IT", 0)


def numbers(*sizes):
    if not sizes:
        return DRAW.uniform(-1.0, 1.0)
    return [numbers(*sizes[1:]) for _ in range(sizes[0])]


ROWS, IMAGES, SEQUENCES, SERIES = (
    numbers(20, 3),
    numbers(20, 5, 5),
    numbers(20, 3, 2),
    numbers(20, 3),
)
LINEAR = "linear"

# A model, and the rows it takes.
MODELS = {
    "mlp": (lambda: MLP(3, [4, 1], "tanh", seed=0), ROWS),
    "softmax": (
        lambda: Sequential(Layer(3, 3, "softmax", seed=0), Layer(3, 1, LINEAR, seed=1)),
        ROWS,
    ),
    "residual": (
        lambda: Sequential(Residual(Layer(3, 3, "relu", seed=0)), Layer(3, 1, LINEAR, seed=1)),
        ROWS,
    ),
    "layer_norm": (
        lambda: Sequential(Layer(3, 4, "gelu", seed=0), LayerNorm(4), Layer(4, 1, LINEAR, seed=1)),
        ROWS,
    ),
    "dropout": (
        lambda: Sequential(Layer(3, 6, seed=0), Dropout(0.3, seed=5), Layer(6, 1, LINEAR, seed=1)),
        ROWS,
    ),
    "dropout twice": (
        lambda: Sequential(
            Dropout(0.2, seed=4), Layer(3, 6, seed=0), Dropout(0.5), Layer(6, 1, LINEAR, seed=1)
        ),
        ROWS,
    ),
    "conv": (
        lambda: Sequential(
            Conv2d(1, 2, 2, seed=0), MaxPool2d(2), flatten, Layer(8, 1, LINEAR, seed=1)
        ),
        IMAGES,
    ),
    "padded conv": (
        lambda: Sequential(
            Conv2d(1, 2, 3, stride=2, padding=1, activation="elu", seed=0), AvgPool2d(2, 1),
            flatten, Layer(8, 1, LINEAR, seed=1),
        ),
        IMAGES,
    ),
    "rnn": (lambda: Sequential(RNN(2, 3, seed=0), flatten, Layer(9, 1, LINEAR, seed=1)), SEQUENCES),
    "lstm": (lambda: Sequential(LSTM(1, 2, seed=0), flatten, Layer(6, 1, LINEAR, seed=1)), SERIES),
    "gru": (lambda: Sequential(GRU(2, 2, seed=0), flatten, Layer(6, 1, LINEAR, seed=1)), SEQUENCES),
    "attention": (
        lambda: Sequential(Attention(2, seed=0), flatten, Layer(6, 1, LINEAR, seed=1)), SEQUENCES,
    ),
    "block": (
        lambda: Sequential(
            TransformerBlock(2, 2, hidden=3, dropout=0.25, seed=0), flatten, Layer(6, 1, seed=1)
        ),
        SEQUENCES,
    ),
    "batch_norm": (
        lambda: Batchwise(
            Layer(3, 4, LINEAR, seed=0), BatchNorm(4), Residual(BatchNorm(4)),
            Dropout(0.25, seed=2), Layer(4, 1, LINEAR, seed=1),
        ),
        ROWS,
    ),
    "batchwise": (lambda: Batchwise(Layer(3, 2, "tanh", seed=0), Layer(2, 1, seed=1)), ROWS),
}  # fmt: skip
every = pytest.mark.parametrize("name", MODELS)


def targets_of(rows):
    return [nn.flatten(row)[0] * nn.flatten(row)[-1] for row in rows]


def descent(model):
    """What leads to the same weights: the gradient of a bias that a norm takes away again is 0 but
    for rounding, which Adam divides by itself."""
    return SGD(model, lr=0.02, momentum=0.9)


def train(model, rows, compiled, y=None, make=descent, **settings):
    random.seed(7)  # a Dropout without a seed draws there
    optimizer = make(model)
    settings = {"loss": "mse", "epochs": 20, "batch_size": 4, **settings}
    return fit(
        model, rows, targets_of(rows) if y is None else y, optimizer=optimizer, progress=False,
        compiled=compiled, **settings,
    )  # fmt: skip


def compare(make, rows, **settings):
    """Train in Python and below it, and return the second model and history."""
    ours, theirs = make(), make()
    above, below = train(ours, rows, False, **settings), train(theirs, rows, "auto", **settings)
    for name in ("loss", "metric", "val_loss", "val_metric", "watched"):
        assert getattr(below, name) == pytest.approx(getattr(above, name), rel=1e-9), name
    assert theirs.state_dict() == pytest.approx(ours.state_dict(), rel=1e-9, abs=1e-12)
    return theirs, below


def is_compiled(model, rows, compiled="auto", loss=mse, epochs=20):
    held = read_rows(rows, targets_of(rows))
    trainer = Trainer(model, loss, SGD(model), None, None)
    batches = Batches(len(rows), 4, True, random.Random(0))
    return isinstance(compiled_trainer(trainer, held, batches, epochs, compiled), CompiledTrainer)


@every
def test_it_is_taken(name):
    make, rows = MODELS[name]
    assert is_compiled(make(), rows)


@every
def test_a_hundred_steps_are_those_of_eager(name):
    compare(*MODELS[name])


@every
@pytest.mark.parametrize("make_optimizer", [Adam, AdamW, RMSProp])
def test_the_losses_of_a_hundred_steps_with_any_optimizer(name, make_optimizer):
    make, rows = MODELS[name]
    above, below = (
        train(make(), rows, compiled, make=lambda m: make_optimizer(m, lr=0.01))
        for compiled in (False, "auto")
    )
    assert below.loss == pytest.approx(above.loss, rel=1e-9)


@every
def test_a_smaller_last_batch_validation_and_metrics(name):
    make, rows = MODELS[name]
    compare(
        make, rows, batch_size=6, epochs=6, validation=0.2, early_stopping=4, clip=0.5,
        metric=lambda prediction, target: abs(prediction - target),
    )  # fmt: skip


def test_every_layer_that_compiles_is_tested():
    layers = {type(m) for make, _ in MODELS.values() for m in make().modules()}
    every = {x for x in vars(nn).values() if isinstance(x, type) and issubclass(x, Module)}
    neuron = {nn.Neuron}  # has one output, and is what a layer has
    assert {x for x in every if x.compiles} <= layers | neuron
    assert {x for x in every if not x.compiles} == {Module, Embedding}


def steps_in_python(monkeypatch):
    """A list that grows by one for each step that is taken in Python."""
    steps = []
    step = Trainer.step

    def counted(self, rows):
        steps.append(1)
        return step(self, rows)

    monkeypatch.setattr(Trainer, "step", counted)
    return steps


@every
def test_no_step_is_taken_in_python(name, monkeypatch):
    make, rows = MODELS[name]
    steps = steps_in_python(monkeypatch)
    train(make(), rows, "auto", epochs=2, batch_size=8)
    assert not steps


# -- dropout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 1, 5])
@pytest.mark.parametrize("at_once", [1, 50, 10_000])
def test_masks_are_those_of_eager_however_many_epochs_go_at_once(batch_size, at_once, monkeypatch):
    monkeypatch.setattr(nn.training.compiled_trainer, "ROWS_HELD", at_once)
    make, rows = MODELS["dropout twice"]
    _, history = compare(make, rows, batch_size=batch_size, epochs=7)
    assert len({*history.loss}) == 7


def test_training_goes_on_with_other_masks():
    make, rows = MODELS["dropout"]
    ours, theirs = make(), make()
    for _ in range(3):
        above, below = train(ours, rows, False, epochs=3), train(theirs, rows, "auto", epochs=3)
        assert below.loss == pytest.approx(above.loss, rel=1e-9)


@pytest.mark.parametrize("name", ["dropout", "batch_norm"])
def test_another_share_to_drop_in_between(name):
    make, rows = MODELS[name]
    histories = []
    for compiled in (False, "auto"):
        model = make()
        [dropout] = [m for m in model.modules() if isinstance(m, Dropout)]

        def callback(epoch, history, dropout=dropout):
            dropout.p = 0.2 * (epoch % 3)  # of 0 nothing is drawn: another trace

        histories.append(train(model, rows, compiled, callbacks=[callback], epochs=7))
    assert histories[1].loss == pytest.approx(histories[0].loss, rel=1e-9)


class Branching(Module):
    def __init__(self):
        self.net, self.dropout = Layer(3, 4, seed=0), Dropout(0.5, seed=1)

    def forward(self, x):
        hidden = self.dropout(self.net(x))
        return hidden[0] + hidden[1] if x[0] > 0.0 else hidden[2] - hidden[3]


def test_rows_on_another_branch_are_steps_in_python(monkeypatch):
    steps = steps_in_python(monkeypatch)
    history = train(Branching(), ROWS, True, batch_size=1, epochs=2)
    assert len(history.loss) == 2
    assert 0 < len(steps) < 40


# -- whole mini-batches ----------------------------------------------------------------------------

LABELS = [int(x > 0.0) + int(y > 0.0) for x, y, _ in ROWS]


def test_classes_of_a_batchwise_model():
    def make():
        return Batchwise(Layer(3, 5, LINEAR, seed=0), BatchNorm(5), Layer(5, 3, LINEAR, seed=1))

    _, history = compare(
        make, ROWS, y=LABELS, loss="cross_entropy", metric=accuracy, validation=0.25, epochs=12
    )
    assert len(history.val_metric) == 12


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("penalised", [False, True])
def test_a_loss_of_classes_has_the_bits_of_python_with_running_statistics(loss, penalised):
    outputs = 3 if loss == "cross_entropy" else 1
    labels = [label if outputs == 3 else label / 2.0 for label in LABELS]
    states = []
    for compiled in (False, True):
        model = Batchwise(
            Layer(3, 4, LINEAR, seed=3), BatchNorm(4), Layer(4, outputs, LINEAR, seed=5)
        )

        def of_weights(predictions, targets, model=model):
            return nn.LOSSES[loss](predictions, targets) + nn.l1_penalty(model, 0.01)

        optimizer = Adam(model, lr=0.05, weight_decay=0.05)
        fit(model, ROWS, labels, loss=of_weights if penalised else loss, optimizer=optimizer,
            epochs=8, batch_size=4, progress=False, compiled=compiled)  # fmt: skip
        states.append({name: x.hex() for name, x in model.state_dict().items()})
    assert states[0] == states[1]


def states_after_each_epoch(compiled, batch_size):
    make, rows = MODELS["batch_norm"]
    model, states = make(), list[dict[str, float]]()

    def callback(epoch, history):
        states.append(model.state_dict())

    train(model, rows, compiled, batch_size=batch_size, epochs=4, callbacks=[callback])
    return states


@pytest.mark.parametrize("batch_size", [None, 5, 7])
def test_running_statistics_are_up_to_date_whenever_python_runs(batch_size):
    above = states_after_each_epoch(False, batch_size)
    below = states_after_each_epoch("auto", batch_size)
    for ours, theirs in zip(above, below, strict=True):
        assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-12)
    assert below[0]["layers.1.mean.0"] != below[1]["layers.1.mean.0"]


def test_a_last_batch_of_one_row_is_refused_as_ever():
    make, rows = MODELS["batch_norm"]
    for compiled in (False, "auto", True):
        with pytest.raises(ValueError, match="at least 2 rows in training, got 1"):
            train(make(), rows[:5], compiled, batch_size=4)


def test_a_few_steps_on_whole_mini_batches_are_not_worth_it(monkeypatch):
    make, rows = MODELS["batch_norm"]
    monkeypatch.undo()
    assert not is_compiled(make(), rows, epochs=19)
    assert is_compiled(make(), rows, epochs=20)
    assert is_compiled(make(), rows, True, epochs=1)
    monkeypatch.setattr(nn.training.compile_mode, "LARGEST_WHOLE", 100)
    assert not is_compiled(make(), rows, epochs=20)
    assert is_compiled(make(), rows, True, epochs=20)
    rowwise, rows = MODELS["dropout"]
    assert is_compiled(rowwise(), rows, epochs=1)


def spread(predictions, targets):
    """No mean of rows' losses."""
    return mse(predictions, targets) + (predictions[0] - predictions[-1]) ** 2


def test_any_loss_of_a_whole_mini_batch_when_asked(monkeypatch):
    make, rows = MODELS["batch_norm"]
    assert not is_compiled(make(), rows, loss=spread)
    ours, theirs = make(), make()
    steps = steps_in_python(monkeypatch)
    settings = {"loss": spread, "validation": 0.2, "make": lambda m: SGD(m, lr=0.001)}
    above = train(ours, rows, False, **settings)
    assert steps
    steps.clear()
    below = train(theirs, rows, True, **settings)
    assert not steps
    assert below.loss == pytest.approx(above.loss, rel=1e-9)
    assert below.val_loss == pytest.approx(above.val_loss, rel=1e-9)


class Moving(Module):
    """A parameter that becomes another number in between."""

    def __init__(self):
        self.layer = Layer(3, 1, LINEAR, seed=0)

    def forward(self, x):
        assign(self.layer.neurons[0].b, 0.5)
        return self.layer(x)


class Counting(Module):
    """A buffer that each row moves."""

    def __init__(self):
        self.layer, self.seen = Layer(3, 1, LINEAR, seed=0), nn.Buffer(0.0, label="seen")

    def forward(self, x):
        self.seen.assign(self.seen + 1.0)
        return self.layer(x) + self.seen


def test_what_cannot_be_compiled_says_so_when_asked():
    with pytest.raises(TraceError, match="assigns to a parameter, 'b', which the"):
        train(Moving(), ROWS, True)
    with pytest.raises(TraceError, match=r"over rows a function that assigns to 'seen'"):
        train(Counting(), ROWS, True)
    model = Counting()
    train(model, ROWS, True, batch_size=1, epochs=1)
    assert model.seen.data == 20.0


# -- tokens ----------------------------------------------------------------------------------------


def test_embeddings_are_compiled_when_asked_and_equal_in_plain_descent():
    """Adam differs: in Python it leaves a row alone that no symbol of the batch has reached."""
    tokens = [[i % 4, (i * i) % 4] for i in range(20)]

    def make():
        return Sequential(Embedding(4, 2, seed=0), flatten, Layer(4, 1, LINEAR, seed=1))

    assert not is_compiled(make(), tokens)
    ours, theirs = make(), make()
    settings = {"y": [float(a - b) for a, b in tokens], "make": lambda m: SGD(m, lr=0.05)}
    above = train(ours, tokens, False, **settings)
    below = train(theirs, tokens, True, **settings)
    assert below.loss == pytest.approx(above.loss, rel=1e-9)


# -- evaluation ------------------------------------------------------------------------------------


def test_validation_runs_the_compiled_model(monkeypatch):
    def never(*args):
        raise AssertionError("evaluated in Python")

    monkeypatch.setattr(nn.training.trainer, "measured", never)
    make, rows = MODELS["dropout"]
    model = make()
    history = train(model, rows, "auto", validation=0.2, epochs=3)
    assert len(history.val_loss) == 3
    assert model.training
