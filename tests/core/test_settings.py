"""Settings: what stands for an int, a float, a bool or positions, at every place that takes one."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, check, compile, draw, grad, hessian, jacobian, value_and_grad
from autograd.core import settings

X, Y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
INTEGERS = [np.int8, np.int16, np.int64, np.uint8, np.uint64, np.array]
REALS = [np.float16, np.float32, np.float64, np.array, Fraction, Decimal]


def train(**given):
    model = nn.MLP(1, [2, 1], seed=0)
    fixed = {"loss": "mse", "optimizer": "sgd", "progress": False}
    history = nn.fit(model, X, Y, **{**fixed, "epochs": 3, **given})
    return history.loss, history.val_loss, [p.data for p in model.parameters()]


def f(x, y):
    return x * x * y


def moved(make):
    """Where two steps of an optimizer take a parameter, to the bit."""
    x = Value(1.0)
    optimizer = make(x)
    for _ in range(2):
        x.grad = 1.0 / 3.0
        optimizer.step()
    return x.data, type(x.data), {name: type(a) for name, a in vars(optimizer).items()}


def steps(rate):
    return [rate(t) for t in range(6)]


def made(model):
    return repr(model), [p.data for p in model.parameters()]


def clipped(clip, limit):
    x = Value(1.0)
    x.grad = 7.0 / 3.0
    clip([x], limit)
    return x.grad


def drawn_with(**given):
    x = Value(3.0, label="x")
    return draw((x * x + x).tanh(), engine="builtin", **given).svg()


# Each takes the setting; what it gives must not depend on the type of that.
WHOLE = {
    "epochs": lambda n: train(epochs=n),
    "batch_size": lambda n: train(batch_size=n),
    "early_stopping": lambda n: train(early_stopping=n),
    "seed of fit": lambda n: train(seed=n, batch_size=1, validation=0.25),
    "sizes of an MLP": lambda n: made(nn.MLP(n, [n, n], seed=n)),
    "sizes of a layer": lambda n: made(nn.Layer(n, n, seed=n)),
    "a neuron": lambda n: made(nn.Neuron(n, seed=n)),
    "conv": lambda n: made(nn.Conv2d(n, n, n, stride=n, padding=n, seed=n)),
    "pool": lambda n: repr(nn.MaxPool2d(n, stride=n)),
    "recurrent": lambda n: made(nn.LSTM(n, n, seed=n)),
    "embedding": lambda n: made(nn.Embedding(n, n, seed=n)),
    "attention": lambda n: made(nn.Attention(n, n, seed=n)),
    "layer norm": lambda n: made(nn.LayerNorm(n)),
    "schedules": lambda n: (
        steps(nn.step_decay(n)),
        steps(nn.cosine(n)),
        steps(nn.warmup(n)),
    ),
    "cells": lambda n: nn.plot_decision_boundary(
        nn.MLP(2, [1], seed=0), [[0, 1], [1, 0]], [1, -1], cells=n
    ).svg,
    "images": lambda n: nn.plot_images([[[1.0]]] * 3, columns=n, size=n).svg,
    "argnums": lambda n: grad(lambda *xs: f(*xs[1:]), n)(1.0, 3.0, 2.0),
    "argnums of the others": lambda n: (
        value_and_grad(f, (n - 2,))(3.0, 2.0),
        jacobian(f, n - 2)(3.0, 2.0),
        hessian(f, n - 2)(3.0, 2.0),
        compile(f).value_and_grad(3.0, 2.0, argnums=n - 2),
        compile(f).value_and_grad(3.0, 2.0, argnums=[n - 2, 1]),
    ),
    "in_axes": lambda n: (
        compile(f, in_axes=n - 2)([1.0, 3.0], [2.0, 5.0]),
        compile(f, in_axes=(n - 2, None))([1.0, 3.0], 2.0),
    ),
    "order and seed of check": lambda n: str(check(f, (3.0, 2.0), order=n, seed=n)),
    "max_nodes": lambda n: drawn_with(max_nodes=n),
    "depth": lambda n: drawn_with(depth=n),
}
REAL = {
    "validation": lambda x: train(validation=x),
    "clip": lambda x: train(clip=x),
    "SGD": lambda x: moved(lambda p: nn.SGD([p], lr=x, momentum=x, weight_decay=x, nesterov=True)),
    "RMSProp": lambda x: moved(lambda p: nn.RMSProp([p], x, x, x, x, x)),
    "Adam": lambda x: moved(lambda p: nn.Adam([p], x, (x, x), x, x)),
    "AdamW": lambda x: moved(lambda p: nn.AdamW([p], x, (x, x), x, x)),
    "clip_by_norm": lambda x: clipped(nn.clip_by_norm, x),
    "clip_by_value": lambda x: clipped(nn.clip_by_value, x),
    "huber": lambda x: nn.huber([Value(3.0)], [1 / 3], delta=x).data,
    "l1": lambda x: nn.l1_penalty([Value(1 / 3)], x).data,
    "l2": lambda x: nn.l2_penalty([Value(1 / 3)], x).data,
    "dropout": lambda x: nn.Dropout(x, seed=0)([1 / 3] * 8),
    "eps": lambda x: [y.data for y in nn.LayerNorm(2, eps=x)([1 / 3, 2.0])],
    "momentum": lambda x: [
        nn.BatchNorm(1, eps=x, momentum=x)([[1 / 3], [2.0]])[0][0].data,
    ],
    "scale": lambda x: made(nn.Embedding(2, 2, scale=x, seed=0)),
    "factor": lambda x: steps(nn.step_decay(2, x)),
    "floor": lambda x: steps(nn.cosine(3, x)),
    "resolution": lambda x: str(check(f, (3.0, 2.0), resolution=x)),
}


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("use", WHOLE.values(), ids=WHOLE.keys())
def test_an_integer_of_any_type_is_that_integer(use, kind):
    assert use(kind(2)) == use(2)


@pytest.mark.parametrize("kind", REALS)
@pytest.mark.parametrize("use", REAL.values(), ids=REAL.keys())
def test_a_real_number_of_any_type_is_its_float(use, kind):
    if kind is np.array:
        assert use(np.array(0.3)) == use(0.3)
    else:
        assert use(kind(0.3)) == use(float(kind(0.3)))


NO_INTEGERS = ["2", 2.0, 2.5, np.float64(2.0), math.nan, True, np.True_, 1j, [2], np.array([2, 3])]
# Several positions are allowed; the others reckon with what they are given.
REFUSED_ELSEWHERE = {"argnums", "argnums of the others", "in_axes"}
NO_REALS = ["0.3", b"0.3", True, np.False_, 0.3j, np.complex64(0.3), [0.3], np.array([0.3]), {}]


@pytest.mark.parametrize("x", NO_INTEGERS, ids=repr)
@pytest.mark.parametrize(
    "use", [use for name, use in WHOLE.items() if name not in REFUSED_ELSEWHERE]
)
def test_what_is_no_integer_is_one_clear_error(use, x):
    with pytest.raises(ValueError, match=r"expected .*, got "):
        use(x)


@pytest.mark.parametrize("x", [*NO_REALS, math.nan, Value(0.3)], ids=repr)
@pytest.mark.parametrize("use", REAL.values(), ids=REAL.keys())
def test_what_is_no_real_number_is_one_clear_error(use, x):
    free = ("momentum", "scale", "factor", "floor")  # nan is theirs to use
    if x != x and use in [REAL[name] for name in free]:
        return
    with pytest.raises(ValueError, match=r"expected .*, got "):
        use(x)


@pytest.mark.parametrize("lr", REALS[:4])
def test_a_rate_that_is_assigned_later_is_a_float_too(lr):
    def make(x):
        optimizer = nn.SGD([x], lr=1.0)
        optimizer.lr = lr(0.1)
        return optimizer

    number = float(lr(0.1))
    assert moved(make)[0] == moved(lambda x: nn.SGD([x], lr=number))[0]
    schedule = nn.Schedule(nn.SGD([Value(1.0)], lr=0.5), lambda t: lr(0.1))
    assert schedule.optimizer.lr == 0.5 * number
    assert type(schedule.optimizer.lr) is float


@pytest.mark.parametrize(
    ("answer", "stops"),
    [(True, True), (np.True_, True), (np.array(True), True), (False, False), (np.False_, False),
     (None, False), (1, False), ("yes", False), (np.int64(1), False)],
)  # fmt: skip
def test_training_stops_at_an_answer_of_true(answer, stops):
    assert len(train(callbacks=[lambda epoch, history: answer])[0]) == (1 if stops else 3)


@pytest.mark.parametrize("kind", [bool, np.bool_, int])
def test_flags(kind):
    for compiled in (True, False):
        assert train(compiled=kind(compiled)) == train(compiled=compiled)
    for nonlin in (True, False):
        assert repr(nn.Layer(1, 1, nonlin=kind(nonlin))) == repr(nn.Layer(1, 1, nonlin=nonlin))
    wrong: Any
    for wrong in ("yes", 2, np.array([True, False])):
        with pytest.raises(
            ValueError, match=r"expected compiled to be True, False or \"auto\", got"
        ):
            train(compiled=wrong)
        with pytest.raises(ValueError, match="expected nonlin to be True, False or None, got"):
            nn.Layer(1, 1, nonlin=wrong)


@given(st.integers())
def test_every_int_is_read_as_it_is(n):
    assert settings.whole(n, "expected n") == n
    assert settings.positions([n]) == (n,)


@given(st.floats() | st.fractions() | st.integers(-(2**60), 2**60))
def test_every_real_is_read_as_its_float(x):
    assert settings.real(x, "expected x") == float(x) or x != x


@pytest.mark.parametrize("wrong", ["y", 1.0, None, True, ("x",), (0, 1.5), {"x": 1}, object()])
def test_argnums_that_are_no_positions(wrong):
    for use in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(ValueError, match="expected argnums to be a position, counted from 0"):
            use(f, wrong)
    with pytest.raises(ValueError, match="expected argnums to be a position, counted from 0"):
        compile(f).value_and_grad(3.0, 2.0, argnums=wrong)


def test_compiled_and_eager_take_the_same_argnums():
    for argnums in ((0, 0), (0, -2), 2, -3):
        with pytest.raises(ValueError, match="argnums=") as eager:
            value_and_grad(f, argnums)(3.0, 2.0)
        with pytest.raises(ValueError, match="argnums=") as compiled:
            compile(f).value_and_grad(3.0, 2.0, argnums=argnums)
        assert str(eager.value) == str(compiled.value)
