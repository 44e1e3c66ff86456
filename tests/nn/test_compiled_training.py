"""fit(compiled=...): the same training below Python, and when it stays above."""

import gc
import os
import random
import signal
import threading
from typing import Any

import pytest

import nn.training.compile_mode
import nn.training.compiled_trainer
from autograd import (
    NonFiniteError,
    Primitive,
    TraceError,
    Value,
    backend,
    debug,
    log,
    no_grad,
    relu,
    tanh,
)
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Batchwise,
    Layer,
    Module,
    Optimizer,
    RMSProp,
    Sequential,
    accuracy,
    fit,
    mse,
)
from nn.modules.dataset import read_rows
from nn.training.batches import Batches
from nn.training.compile_mode import compiled_trainer
from nn.training.compiled_trainer import CompiledTrainer
from nn.training.losses import LOSSES
from nn.training.trainer import Trainer

pytestmark = [
    pytest.mark.skipif(backend == "python", reason="the accelerator is not there"),
    pytest.mark.compiled,
]

DRAW = random.Random(0)
X = [[DRAW.uniform(-1.0, 1.0), DRAW.uniform(-1.0, 1.0)] for _ in range(30)]
SIGNS = [1 if x * y > 0.0 else -1 for x, y in X]
TARGETS = {
    "mse": [x * y for x, y in X],
    "l1": [x * y for x, y in X],
    "huber": [3.0 * x * y for x, y in X],
    "binary_cross_entropy": [max(sign, 0) for sign in SIGNS],
    "hinge": SIGNS,
}
OPTIMIZERS = {
    "sgd": lambda m: SGD(m, lr=0.05),
    "momentum": lambda m: SGD(m, lr=0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda m: SGD(m, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda m: RMSProp(m, lr=0.01),
    "rmsprop with momentum": lambda m: RMSProp(m, lr=0.01, momentum=0.5, weight_decay=0.1),
    "adam": lambda m: Adam(m, lr=0.01),
    "adam with decay": lambda m: Adam(m, lr=0.01, weight_decay=0.1),
    "adamw": lambda m: AdamW(m, lr=0.01),
}


def model(seed=0, activation="tanh", out=1):
    return MLP(2, [5, out], activation, seed=seed)


def train(net, y=SIGNS, *, make=OPTIMIZERS["sgd"], epochs=25, batch_size=8, **settings):
    """History, optimizer."""
    optimizer = make(net)
    settings = {"loss": "hinge", "progress": False, "compiled": True, **settings}
    return fit(
        net, X, y, optimizer=optimizer, epochs=epochs, batch_size=batch_size, **settings
    ), optimizer


def weights(net):
    return list(net.state_dict().values())


def both(**settings):
    """The same training in Python and below it."""
    nets = model(), model()
    above = train(nets[0], compiled=False, **settings)
    below = train(nets[1], **settings)
    return nets, above, below


@pytest.mark.parametrize("clip", [None, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_hundred_steps_are_those_of_eager(name, clip):
    nets, (above, optimizer), (below, other) = both(make=OPTIMIZERS[name], clip=clip)
    assert len(below.loss) * 4 == 100
    assert below.loss == pytest.approx(above.loss, rel=1e-9)
    assert weights(nets[1]) == pytest.approx(weights(nets[0]), rel=1e-9)
    assert other.states[0] == pytest.approx(optimizer.states[0], rel=1e-9)


@pytest.mark.parametrize("batch_size", [None, 1, 10])
@pytest.mark.parametrize("at_once", [1, 10_000, 10_000_000])
def test_several_epochs_at_once_are_the_same(batch_size, at_once, monkeypatch):
    monkeypatch.setattr(nn.training.compiled_trainer, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(nn.training.compiled_trainer, "WORK_AT_ONCE", at_once)
    nets, (above, _), (below, _) = both(batch_size=batch_size, epochs=7)
    assert below.epochs == above.epochs == [1, 2, 3, 4, 5, 6, 7]
    assert below.loss == pytest.approx(above.loss, rel=1e-9)
    assert weights(nets[1]) == pytest.approx(weights(nets[0]), rel=1e-9)


@pytest.mark.parametrize("loss", TARGETS)
def test_every_loss(loss):
    _, (above, _), (below, _) = both(loss=loss, y=TARGETS[loss], epochs=5)
    assert below.loss == pytest.approx(above.loss, rel=1e-9)


def test_every_loss_is_tested():
    assert LOSSES.keys() == {*TARGETS, "cross_entropy"}


def test_classes_metrics_validation_and_early_stopping():
    labels = [int(x > 0.0) + int(y > 0.0) for x, y in X]
    histories = [
        train(model(out=3), labels, loss="cross_entropy", metric=accuracy, validation=0.2,
              early_stopping=3, epochs=12, compiled=compiled)[0]
        for compiled in (False, True)
    ]  # fmt: skip
    for name in ("loss", "metric", "val_loss", "val_metric"):
        above, below = (getattr(history, name) for history in histories)
        assert below == pytest.approx(above, rel=1e-9)


def test_the_rate_may_be_assigned_between_epochs():
    def slower(optimizer):
        def callback(epoch, history):
            optimizer.lr /= 2.0

        return callback

    histories = []
    for compiled in (False, True):
        net = model()
        optimizer = Adam(net, lr=0.1)
        histories.append(fit(net, X, SIGNS, loss="hinge", optimizer=optimizer, epochs=5,
                             callbacks=[slower(optimizer)], progress=False,
                             compiled=compiled))  # fmt: skip
    assert histories[1].loss == pytest.approx(histories[0].loss, rel=1e-9)


def test_any_other_setting_too():
    histories = []
    for compiled in (False, True):
        net = model()
        optimizer = SGD(net, lr=0.1, momentum=0.5)

        def callback(epoch, history, optimizer=optimizer):
            optimizer.momentum = 0.1 * epoch

        histories.append(fit(net, X, SIGNS, loss="hinge", optimizer=optimizer, epochs=5,
                             callbacks=[callback], compiled=compiled, progress=False))  # fmt: skip
    assert histories[1].loss == pytest.approx(histories[0].loss, rel=1e-9)


def test_parameters_may_be_frozen_between_epochs_and_thawed():
    histories, states = [], []
    for compiled in (False, True):
        net = model()
        optimizer = Adam(net, lr=0.1)
        held = [*optimizer.parameters]

        def callback(epoch, history, optimizer=optimizer, held=held):
            optimizer.parameters[:] = held[2:] if epoch in (2, 3) else held

        histories.append(fit(net, X, SIGNS, loss="hinge", optimizer=optimizer, epochs=6,
                             callbacks=[callback], compiled=compiled, progress=False))  # fmt: skip
        states.append(weights(net))
    assert histories[1].loss == pytest.approx(histories[0].loss, rel=1e-9)
    assert states[1] == pytest.approx(states[0], rel=1e-9)


def test_the_model_is_up_to_date_whenever_python_runs():
    net, seen = model(), []
    train(net, epochs=3, callbacks=[lambda epoch, history: seen.append(weights(net))])
    assert seen[0] != seen[1] != seen[2] == weights(net)


def test_the_next_training_goes_on_from_there():
    nets = model(), model()
    for net, compiled in zip(nets, (False, True), strict=True):
        optimizer = Adam(net, lr=0.01)
        for _ in range(2):
            fit(net, X, SIGNS, loss="hinge", optimizer=optimizer, epochs=3, compiled=compiled,
                progress=False)  # fmt: skip
    assert weights(nets[1]) == pytest.approx(weights(nets[0]), rel=1e-9)


def test_gradients_are_not_computed_then():
    net = model()
    train(net, epochs=1)
    assert not any(p.reached for p in net.parameters())


class Branching(Module):
    """A model that goes another way for half of the rows."""

    def __init__(self) -> None:
        self.w, self.v = Value(0.5), Value(-0.25)

    def forward(self, x):
        return self.w * x[0] if x[1] > 0.0 else tanh(self.v * x[0])


def test_rows_that_take_another_branch():
    nets = Branching(), Branching()
    above, _ = train(nets[0], compiled=False, epochs=5)
    below, _ = train(nets[1], epochs=5)
    assert below.loss == pytest.approx(above.loss, rel=1e-9)
    assert weights(nets[1]) == pytest.approx(weights(nets[0]), rel=1e-9)


@pytest.fixture
def interrupt():
    """A function that interrupts this process after a while."""
    # A job in the background of a shell ignores the interrupt.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # Hypothesis looks on when garbage is collected, and an interrupt that meets it there is lost.
    gc.disable()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    yield timer.start
    timer.join()
    gc.enable()
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_leaves_the_model_at_a_whole_step(interrupt):
    net, twin = model(), model()
    optimizer = Adam(net, lr=1e-4)
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        fit(net, X, SIGNS, loss="hinge", optimizer=optimizer, epochs=10**8, batch_size=1,
            shuffle=False, compiled=True, progress=False)  # fmt: skip
    steps = {state[2] for state in optimizer.states}
    assert len(steps) == 1
    epochs, rest = divmod(int(*steps), len(X))
    other = Adam(twin, lr=1e-4)
    for rows, times in ((len(X), epochs), (rest, 1)):
        if rows:
            fit(twin, X[:rows], SIGNS[:rows], loss="hinge", optimizer=other, epochs=times,
                batch_size=1, shuffle=False, compiled=True, progress=False)  # fmt: skip
    assert weights(net) == weights(twin)


def test_an_interrupt_leaves_running_statistics_at_the_same_step(interrupt):
    nets = [
        Batchwise(Layer(2, 3, "linear", seed=0), BatchNorm(3), Layer(3, 1, seed=1))
        for _ in range(2)
    ]
    optimizers = [Adam(net, lr=1e-4) for net in nets]
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        fit(nets[0], X, SIGNS, loss="hinge", optimizer=optimizers[0], epochs=10**8, compiled=True,
            progress=False)  # fmt: skip
    [steps] = {state[2] for state in optimizers[0].states}
    fit(nets[1], X, SIGNS, loss="hinge", optimizer=optimizers[1], epochs=int(steps), compiled=True,
        progress=False)  # fmt: skip
    assert weights(nets[0]) == weights(nets[1])


# -- when it is on ---------------------------------------------------------------------------------


def trainer(net=None, loss=mse, optimizer=None, clip=None):
    net = net or model()
    return Trainer(net, loss, optimizer or SGD(net), None, clip)


ROWS = read_rows(X, TARGETS["mse"])
BATCHES = Batches(len(X), 8, True, random.Random(0))


def is_compiled(made, compiled="auto"):
    return isinstance(compiled_trainer(made, ROWS, BATCHES, 1, compiled), CompiledTrainer)


def test_it_is_on_for_models_of_this_package():
    assert is_compiled(trainer())
    assert not is_compiled(trainer(), False)
    assert is_compiled(trainer(Sequential(Layer(2, 3, relu), Layer(3, 1, "linear"))))


class Own(Module):
    def __init__(self):
        self.layer = Layer(2, 1, "tanh")

    def forward(self, x):
        return self.layer(x)


class OwnOptimizer(SGD):
    pass


def own_loss(predictions, targets):
    return mse(predictions, targets)


def test_it_is_asked_for_otherwise():
    for made in (
        trainer(Own()),
        trainer(MLP(2, [2, 1], lambda x: x * x)),
        trainer(Sequential(lambda x: x, Layer(2, 1))),
        trainer(loss=own_loss),
        trainer(optimizer=OwnOptimizer(model())),
    ):
        assert not is_compiled(made)
        assert is_compiled(made, True)
        assert not is_compiled(made, False)


def test_it_is_off_in_debug_and_no_grad_and_for_a_clipping_function():
    with debug():
        assert not is_compiled(trainer())
    with no_grad():
        assert not is_compiled(trainer())
    assert not is_compiled(trainer(clip=lambda parameters: None))


class Reading(Own):
    def forward(self, x):
        return self.layer(x) * self.layer(x).data


cube = Primitive("cube", lambda x: x**3, lambda z, x: 3.0 * x * x)


class Cubing(Own):
    def forward(self, x):
        return cube(self.layer(x))


class CubingDescent(SGD):
    def update(self, p, g, *state):
        return (p - self.lr * cube(g),)


class Comparing(Optimizer):
    def __init__(self, net):
        super().__init__(net, 0.1)

    def update(self, p, g, *state):
        return (p - self.lr * g if g > 0.0 else p,)


class Stepping(SGD):
    def step(self):
        super().step()


def summed(predictions, targets):
    return mse(predictions, targets) * len(targets)


@pytest.mark.parametrize(
    ("made", "error", "message"),
    [
        (trainer(Reading()), TraceError, "reads the data"),
        (trainer(Cubing()), TraceError, "row uses cube, a Primitive that only Python knows: write"),
        (trainer(clip=lambda parameters: None), ValueError, "expected clip to be a number"),
        (trainer(optimizer=Stepping(model())), ValueError, "for an optimizer with its own step"),
        (trainer(loss=summed), ValueError, "expected a loss that is the mean of its rows' losses"),
    ],
)
def test_what_cannot_be_compiled_says_so_when_asked(made, error, message):
    with pytest.raises(error, match=message):
        compiled_trainer(made, ROWS, BATCHES, 1, True)


def test_an_update_that_compares_cannot_be_compiled():
    with pytest.raises(TraceError, match=r"compiled training loop: Comparing\.update comp"):
        train(model(), make=Comparing)


def test_an_update_with_a_primitive_of_ones_own_cannot_be_compiled():
    with pytest.raises(TraceError, match=r"CubingDescent\.update uses cube, a Primitive that only"):
        train(model(), make=CubingDescent)


class Logarithm(Own):
    def forward(self, x):
        return log(self.layer(x) + x[0])


@pytest.mark.parametrize("compiled", [True, False, "auto"])
def test_in_debug_it_trains_in_python_and_names_the_line(compiled):
    nets, rows = (Logarithm(), Logarithm()), [[1.0, 1.0], [0.0, 0.0]]
    nets[0].layer.neurons[0].b.data = nets[1].layer.neurons[0].b.data = 0.0
    settings: Any = {"loss": "mse", "epochs": 1, "progress": False}
    with pytest.warns(RuntimeWarning, match="the loss of epoch 1 is inf"):  # names no line
        fit(nets[0], rows, [1.0, 1.0], optimizer="sgd", compiled=True, **settings)
    with debug(), pytest.raises(NonFiniteError) as caught:
        fit(nets[1], rows, [1.0, 1.0], optimizer="sgd", compiled=compiled, **settings)
    assert str(caught.value).startswith("log gave -inf of finite operands (0.0)\n")
    assert "test_compiled_training.py" in str(caught.value)
    assert str(caught.value).endswith(" in forward")


def test_in_debug_the_losses_are_the_same():
    with debug():
        history, _ = train(model(), epochs=3)
    assert history.loss == pytest.approx(train(model(), epochs=3)[0].loss, rel=1e-9)


def test_in_no_grad_it_says_so_when_asked():
    with (
        no_grad(),
        pytest.raises(TraceError, match=r"compiled training loop in debug\(\)"),
    ):
        train(model())


def test_another_setting_is_refused():
    with pytest.raises(ValueError, match='expected compiled to be True, False or "auto", got 2'):
        train(model(), compiled=2)


def test_bad_rows_are_reported_as_ever():
    with pytest.raises(ValueError, match="hinge: expected targets -1 or"):
        train(model(), [1, -1, 2] * 10, compiled="auto")
    with pytest.raises(ValueError, match="expected max_norm > 0"):
        train(model(), clip=-1.0)


def test_without_the_accelerator_it_stays_in_python(monkeypatch):
    monkeypatch.setattr(nn.training.compile_mode, "backend", "python")
    assert not is_compiled(trainer(), True)
