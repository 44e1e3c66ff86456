"""Losses against closed forms and finite differences, and what they refuse."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd
import nn
from autograd import Value, grad
from nn import LOSSES, binary_cross_entropy, cross_entropy, hinge, huber, l1, mse

scores = st.floats(-30.0, 30.0)


def finite_difference(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


CLOSED = {
    "mse": lambda p, t: (p - t) ** 2,
    "l1": lambda p, t: abs(p - t),
    "huber": lambda p, t: 0.5 * (p - t) ** 2 if abs(p - t) <= 1 else abs(p - t) - 0.5,
    "binary_cross_entropy": lambda z, y: (
        y * math.log1p(math.exp(-z)) + (1 - y) * math.log1p(math.exp(z))
    ),
    "hinge": lambda s, y: max(0.0, 1 - y * s),
}
TARGETS = {"binary_cross_entropy": st.floats(0.0, 1.0), "hinge": st.sampled_from([-1, 1])}


@pytest.mark.parametrize("name", CLOSED)
@given(st.data())
def test_a_loss_is_the_mean_of_its_closed_form(name, data):
    pair = st.tuples(scores, TARGETS.get(name, scores))
    found = data.draw(st.lists(pair, min_size=1, max_size=6))
    ps, ts = zip(*found, strict=True)
    expected = math.fsum(CLOSED[name](p, t) for p, t in found) / len(found)
    result = LOSSES[name]([Value(p) for p in ps], np.array(ts))
    assert isinstance(result, Value)
    assert result.data == pytest.approx(expected, abs=1e-12)
    assert LOSSES[name](list(map(Value, ps)), list(ts)).data == result.data


@pytest.mark.parametrize("name", CLOSED)
@given(st.data())
def test_a_gradient_agrees_with_finite_differences(name, data):
    s, t = data.draw(scores), data.draw(TARGETS.get(name, scores))
    kinks = [t, t - 1, t + 1] if name != "hinge" else [t]
    if all(abs(s - kink) > 1e-3 for kink in kinks):
        slope = finite_difference(lambda x: CLOSED[name](x, t), s)
        assert grad(lambda x: LOSSES[name](x, t))(s) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@given(st.lists(scores, min_size=1, max_size=5), st.data())
def test_cross_entropy(row, data):
    label = data.draw(st.integers(0, len(row) - 1))
    top = max(row)
    z = top + math.log(math.fsum(math.exp(x - top) for x in row))
    values = [Value(x) for x in row]
    loss = cross_entropy([values, values], np.array([label, label]))
    assert loss.data == pytest.approx(z - row[label], abs=1e-12)
    loss.backward()
    expected = [math.exp(x - z) - (i == label) for i, x in enumerate(row)]
    assert [v.grad for v in values] == pytest.approx(expected, abs=1e-12)
    assert cross_entropy(values, label).data == pytest.approx(loss.data)
    assert cross_entropy(values, Value(label)).data == cross_entropy(values, float(label)).data


def test_stable_at_large_logits():
    for z, y, loss, slope in [
        (1000.0, 1, 0.0, 0.0), (1000.0, 0, 1000.0, 1.0),
        (-1000.0, 1, 1000.0, -1.0), (-1000.0, 0, 0.0, 0.0),
    ]:  # fmt: skip
        x = Value(z)
        result = binary_cross_entropy(x, y)
        result.backward()
        assert (result.data, x.grad) == (loss, slope)
    row = [Value(1000.0), Value(-1000.0)]
    wrong = cross_entropy([row], [1])
    wrong.backward()
    assert (wrong.data, [v.grad for v in row]) == (2000.0, [1.0, -1.0])


def test_huber_kink_and_delta():
    for d in (2.0, -2.0):
        x = Value(d)
        loss = huber([x], [0.0], delta=2.0)
        loss.backward()
        assert (loss.data, x.grad) == (2.0, d)
    assert huber(Value(5.0), 0.0, delta=2.0).data == 8.0
    for delta in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="huber: expected delta > 0, got"):
            huber([Value(1.0)], [1.0], delta=delta)


def test_rows_of_outputs_and_single_numbers():
    rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    for targets in ([[0, 0], [0, 0]], np.zeros((2, 2)), ((0.0, 0), (0, 0))):
        assert mse(rows, targets).data == 7.5
        assert l1(rows, targets).data == 2.5
        assert huber(rows, targets).data == 2.0
    assert mse(Value(3.0), 1).data == 4.0
    assert mse(map(Value, [1.0, 2.0]), (t for t in [0, 0])).data == 2.5


def test_targets_may_be_values():
    assert grad(lambda t: mse([1.0], [t]))(3.0) == 4.0
    assert hinge([Value(0.5)], [Value(-1.0)]).data == 1.5


ONE = Value(1.0)


@pytest.mark.parametrize("name", [n for n in LOSSES if n != "cross_entropy"])
def test_what_elementwise_losses_refuse(name):
    loss = LOSSES[name]
    with pytest.raises(
        ValueError, match=f"{name}: expected one target per prediction, got 2 predictions and 1 tar"
    ):
        loss([ONE, ONE], [1])
    with pytest.raises(ValueError, match=r"got 1 predictions and 2 targets at \[1\]"):
        loss([[ONE], [ONE]], [[1], [1, 1]])
    with pytest.raises(ValueError, match=f"{name}: expected at least one prediction, got none"):
        loss([], [])
    with pytest.raises(ValueError, match=rf"{name}: expected a number, got target\[1\] = nan"):
        loss([ONE, ONE], [1, math.nan])
    with pytest.raises(ValueError, match=r"target\[1\]\[0\] = nan"):
        loss([[ONE], [ONE]], np.array([[1.0], [math.nan]]))
    with pytest.raises(ValueError, match=r"got a sequence as prediction\[0\] and a number as targ"):
        loss([[ONE]], [1])
    with pytest.raises(ValueError, match="got a number as prediction and a sequence as target"):
        loss(ONE, [1])
    with pytest.raises(TypeError):
        loss([ONE], ["1"])


@pytest.mark.parametrize("label", [2, -1, 0.5, math.nan, math.inf, Value(2.0)])
def test_labels_out_of_range(label):
    with pytest.raises(ValueError, match=r"integer labels from 0 to 1, got target\[1\] = "):
        cross_entropy([[ONE, ONE], [ONE, ONE]], [0, label])


def test_what_cross_entropy_refuses():
    with pytest.raises(ValueError, match="cross_entropy: expected one target per prediction"):
        cross_entropy([[ONE, ONE]], [0, 1])
    with pytest.raises(ValueError, match="cross_entropy: expected at least one prediction"):
        cross_entropy([], [])
    with pytest.raises(ValueError, match=r"expected a row of logits, got prediction\[0\] = Value"):
        cross_entropy([ONE], [0])
    with pytest.raises(TypeError):
        cross_entropy([[ONE, ONE]], ["cat"])


def test_what_hinge_and_binary_cross_entropy_refuse():
    with pytest.raises(ValueError, match=r"hinge: expected targets -1 or \+1, got target\[1\] = 0"):
        hinge([ONE, ONE], [1, 0])
    for y in (-0.1, 1.5, -1):
        with pytest.raises(ValueError, match=r"targets in \[0, 1\], got target\[0\] = "):
            binary_cross_entropy([ONE], [y])


# -- logits of any size ---------------------------------------------------------------------------


def exact_shares(row):
    with mp.workdps(60):
        parts = [mp.exp(mp.mpf(x) - mp.mpf(max(row))) for x in row]
        return [part / mp.fsum(parts) for part in parts]


FAR = [
    [s * x + d for x, d in zip(pattern, (0.0, 1.0, -2.0), strict=True)]
    for s in (0.0, 1.0, -40.0, 700.0, 1e6, 1e10, 1e16, -1e16, 1e155, 1e300, -1e300)
    for pattern in ([1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 0.0, 0.0])
]


@pytest.mark.parametrize("row", FAR)
def test_softmax_and_its_losses_keep_their_digits(row):
    with mp.workdps(400):
        zs = [mp.mpf(x) for x in row]
        losses = [mp.log1p(mp.fsum(mp.exp(z - y) for z in zs) - 1) for y in zs]
    exact = exact_shares(row)
    for run in (lambda f: f, autograd.compile):
        for ours, p in zip(run(nn.softmax)(row), exact, strict=True):
            assert ours == pytest.approx(float(p), rel=2e-13, abs=1e-300)
        for ours, loss in zip(run(nn.log_softmax)(row), losses, strict=True):
            assert ours == pytest.approx(-float(loss), rel=2e-13, abs=1e-300)
        for k, loss in enumerate(losses):
            f = run(lambda row, k=k: nn.cross_entropy(row, k))
            assert float(f(row)) == pytest.approx(float(loss), rel=2e-13, abs=1e-300)
            slopes = autograd.grad(lambda row, f=f: f(row))(row)
            others = [float(p) for p in exact]
            others[k] = -float(mp.fsum(p for i, p in enumerate(exact) if i != k))
            assert slopes == pytest.approx(others, rel=2e-13, abs=1e-300)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
@pytest.mark.parametrize("z", [0.0, 1e-8, 1.0, 20.0, 40.0, 700.0, 1e10, 1e300])
def test_binary_cross_entropy_keeps_its_digits(y, z):
    for logit in (z, -z):
        with mp.workdps(400):
            m = mp.mpf(logit)
            loss: Any = (z * (1 - y), 1 - y) if logit > 0 else (z * y, -y)
            if z < 1e3:
                one = y * mp.log1p(mp.exp(-m)) + (1 - y) * mp.log1p(mp.exp(m))
                loss = one, (1 - y) / (1 + mp.exp(-m)) - y / (1 + mp.exp(m))
        loss, slope = loss
        given = autograd.compile(nn.binary_cross_entropy)(logit, y)
        for ours in (nn.binary_cross_entropy(logit, y), given):
            assert float(ours) == pytest.approx(float(loss), rel=2e-13, abs=1e-300)
        ours = autograd.grad(lambda x: nn.binary_cross_entropy(x, y))(logit)
        assert ours == pytest.approx(float(slope), rel=2e-13, abs=1e-300)
