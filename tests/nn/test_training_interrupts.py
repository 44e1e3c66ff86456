"""An interrupt at any instruction leaves model and optimizer at a whole step."""

import random
import sys

import pytest

from autograd import Value, backend
from autograd.extend import assign_all
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Batchwise,
    Dropout,
    Layer,
    RMSProp,
    Sequential,
    fit,
    mse,
)

pytestmark = pytest.mark.engine

DRAW = random.Random(0)
X = [[DRAW.gauss(0.0, 1.0), DRAW.gauss(0.0, 1.0)] for _ in range(5)]
Y = [DRAW.gauss(0.0, 1.0) for _ in range(5)]
MODELS = {
    "mlp": lambda: MLP(2, [2, 1], "tanh", seed=0),
    "norm": lambda: Batchwise(
        Layer(2, 2, "linear", seed=0), BatchNorm(2), Layer(2, 1, "linear", seed=1)
    ),
    "dropout": lambda: Sequential(Layer(2, 2, "tanh", seed=0), Dropout(0.3, seed=1), Layer(2, 1)),
}
OPTIMIZERS = {
    "sgd": lambda m: SGD(m, lr=0.05),
    "momentum": lambda m: SGD(m, lr=0.05, momentum=0.9),
    "rmsprop": lambda m: RMSProp(m, lr=0.05, momentum=0.5),
    "adam": lambda m: Adam(m, lr=0.05),
    "adamw": lambda m: AdamW(m, lr=0.05),
}
# Where things are written back: each instruction there is a moment of its own.
FILES = (
    "nn/optim/optimizer.py", "nn/training/rollback.py", "nn/training/trainer.py",
    "nn/training/fit.py", "nn/modules/module.py", "nn/training/early_stopping.py",
    "nn/training/compiled_trainer.py", "nn/modules/normalization.py", "nn/modules/buffers.py",
    "autograd/extend.py", "autograd/value.py", "autograd/compiler/specialization.py",
    "autograd/compiler/training/training_loop.py", "autograd/compiler/training/optimizer_update.py",
)  # fmt: skip


def interrupted(run, moment):
    """Run something that is interrupted at the moment-th instruction; how many there were."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if event == "call":
            if not frame.f_code.co_filename.endswith(FILES):
                return None
            frame.f_trace_opcodes = True
        count += 1
        if count == moment:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return count


def state(net, optimizer):
    return tuple(net.state_dict().values()), tuple(optimizer.states)


def moments(run, about):
    """Some moments of a run, spread over it, those near its end among them."""
    total = interrupted(run, 0)
    return [*range(1, total, max(1, total // about)), *range(max(1, total - 20), total)]


def training(model, make, seen=None, **settings):
    random.seed(0)  # what has no seed of its own
    net = MODELS[model]()
    optimizer = make(net)

    def keep(epoch, history):
        if seen is not None:
            seen.append(state(net, optimizer))

    def run():
        fit(net, X, Y, loss="mse", optimizer=optimizer, epochs=3, callbacks=[keep], progress=False,
            **settings)  # fmt: skip

    return net, optimizer, run


@pytest.mark.parametrize("compiled", [False, True] if backend != "python" else [False])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_fit_is_at_a_whole_step_after_any_interrupt(model, name, compiled):
    seen: list[object] = []
    net, optimizer, run = training(model, OPTIMIZERS[name], seen, compiled=compiled)
    seen.append(state(net, optimizer))
    run()
    assert len({*seen}) == 4
    for moment in moments(training(model, OPTIMIZERS[name], compiled=compiled)[2], 20):
        net, optimizer, run = training(model, OPTIMIZERS[name], compiled=compiled)
        interrupted(run, moment)
        assert state(net, optimizer) in seen, moment


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_of_an_optimizer_is_whole_after_any_interrupt(name):
    def ready():
        net = MODELS["mlp"]()
        optimizer = OPTIMIZERS[name](net)
        mse([net(x) for x in X], Y).backward()
        return net, optimizer

    net, optimizer = ready()
    whole = [state(net, optimizer)]
    total = interrupted(optimizer.step, 0)
    whole.append(state(net, optimizer))
    assert whole[0] != whole[1]
    for moment in range(1, total, 1 + total // 400):
        net, optimizer = ready()
        interrupted(optimizer.step, moment)
        assert state(net, optimizer) in whole, moment


@pytest.mark.parametrize("name", MODELS)
def test_loading_is_whole_after_any_interrupt(name):
    net, other = MODELS[name](), dict.fromkeys(MODELS[name]().state_dict(), 3.0)
    start = net.state_dict()
    for moment in moments(lambda: MODELS[name]().load_state_dict(other), 200):
        net.load_state_dict(start)
        interrupted(lambda: net.load_state_dict(other), moment)
        assert net.state_dict() in (start, other)


def test_an_error_in_a_step_leaves_running_statistics_as_they_were():
    net, optimizer, _ = training("norm", OPTIMIZERS["adam"])
    before = state(net, optimizer)

    def loss(predictions, targets):
        raise RuntimeError("here")

    with pytest.raises(RuntimeError, match="here"):
        fit(net, X, Y, loss=loss, optimizer=optimizer, epochs=1, progress=False)
    assert state(net, optimizer) == before


def test_an_error_in_an_update_leaves_all_parameters_as_they_were():
    seen = [0.0]

    class Failing(SGD):
        def update(self, p, g, *state):
            if len(seen) == 3:
                raise RuntimeError("here")
            seen.append(p)
            return super().update(p, g, *state)

    net = MODELS["mlp"]()
    optimizer = Failing(net, lr=0.1)
    before = state(net, optimizer)
    mse([net(x) for x in X], Y).backward()
    with pytest.raises(RuntimeError, match="here"):
        optimizer.step()
    assert state(net, optimizer) == before


# -- assign ----------------------------------------------------------------------------------------


def test_assigned_leaves_make_what_rests_on_them_stale():
    x, y = Value(1.0), Value(2.0)
    z = x * y
    assign_all([x, y], [3.0, 4])
    assert (x.data, y.data, z.data) == (3.0, 4.0, 2.0)
    z.refresh()
    assert z.data == 12.0


@pytest.mark.parametrize(
    ("leaves", "numbers", "lists", "error", "said"),
    [
        ([Value(1.0)], [1.0, 2.0], [], ValueError, "expected 2 numbers for as many leaves, got 3"),
        ([1.0], [1.0], [], TypeError, "expected leaf Values to assign, got a float"),
        ([Value(1.0)], ["x"], [], TypeError, "expected a real number"),
        ([Value(1.0) + 1.0], [1.0], [], AttributeError, "is computed from its parents"),
        ([Value(1.0)], [1.0], [((1,), [2])], TypeError, "expected a list"),
    ],
)
def test_what_cannot_be_assigned_leaves_all_as_it_was(leaves, numbers, lists, error, said):
    good, held = Value(0.5), [0]
    with pytest.raises(error, match=said):
        assign_all([good, *leaves], [9.0, *numbers], (held, [1]), *lists)
    assert (good.data, held) == (0.5, [0])
