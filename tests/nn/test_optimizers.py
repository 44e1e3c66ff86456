"""Optimisers against PyTorch's formulas written out by hand, and gradient clipping."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import NonFiniteError, Value, debug
from nn import (
    MLP,
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Optimizer,
    RMSProp,
    clip_by_norm,
    clip_by_value,
)

numbers = st.floats(-10.0, 10.0)
paths = st.tuples(numbers, st.lists(numbers, min_size=1, max_size=6))
share = st.floats(0.01, 0.99)


def run(make, start, gradients):
    """The parameter after each step with these gradients."""
    p = Value(start)
    optimizer, seen = make([p]), []
    for g in gradients:
        p.grad = g
        optimizer.step()
        seen.append(p.data)
    return seen


def near(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(paths, share, share, st.booleans())
def test_sgd(path, momentum, decay, nesterov):
    p, gradients = path
    expected, buffer = [], None
    for g in gradients:
        d = g + decay * p
        buffer = d if buffer is None else momentum * buffer + d
        p -= 0.1 * (d + momentum * buffer if nesterov else buffer)
        expected.append(p)
    made = run(lambda ps: SGD(ps, 0.1, momentum, nesterov, decay), path[0], gradients)
    assert made == near(expected)


@given(paths)
def test_plain_sgd_is_exact(path):
    p, gradients = path
    expected = []
    for g in gradients:
        p = p - 0.1 * g
        expected.append(p)
    assert run(lambda ps: SGD(ps, lr=0.1), path[0], gradients) == expected


@given(paths, share, st.sampled_from([0.0, 0.9]), st.sampled_from([0.0, 0.1]))
def test_rmsprop(path, alpha, momentum, decay):
    p, gradients = path
    expected, square, buffer = [], 0.0, 0.0
    for g in gradients:
        d = g + decay * p
        square = alpha * square + (1 - alpha) * d * d
        buffer = momentum * buffer + d / (math.sqrt(square) + 1e-8)
        p -= 0.01 * buffer
        expected.append(p)
    made = run(
        lambda ps: RMSProp(ps, alpha=alpha, momentum=momentum, weight_decay=decay),
        path[0],
        gradients,
    )
    assert made == near(expected)


@given(paths, share, share, st.sampled_from([0.0, 0.1]), st.booleans())
def test_adam_and_adamw(path, beta1, beta2, decay, decoupled):
    p, gradients = path
    expected, m, v = [], 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        if decoupled:
            p *= 1 - 0.1 * decay
        d = g if decoupled else g + decay * p
        m = beta1 * m + (1 - beta1) * d
        v = beta2 * v + (1 - beta2) * d * d
        p -= 0.1 * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + 1e-8)
        expected.append(p)
    kind = AdamW if decoupled else Adam
    made = run(lambda ps: kind(ps, 0.1, (beta1, beta2), weight_decay=decay), path[0], gradients)
    assert made == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_adams_first_step_is_lr_whatever_the_gradient():
    for g in (1e-4, 1.0, 1e6, -3.0):
        assert run(lambda ps: Adam(ps, lr=0.5), 0.0, [g])[0] == pytest.approx(
            -math.copysign(0.5, g), rel=1e-3
        )


def test_defaults_are_pytorchs():
    p = [Value(1.0)]
    assert SGD(p).lr == Adam(p).lr == AdamW(p).lr == 1e-3
    assert (RMSProp(p).lr, RMSProp(p).alpha) == (1e-2, 0.99)
    assert (Adam(p).betas, Adam(p).eps, Adam(p).weight_decay) == ((0.9, 0.999), 1e-8, 0.0)
    assert AdamW(p).weight_decay == 1e-2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_update_is_pure_and_runs_on_values(name):
    optimizer = OPTIMIZERS[name]([Value(1.0)])
    floats = optimizer.update(2.0, 3.0, *optimizer.initial_state)
    assert floats == optimizer.update(2.0, 3.0, *optimizer.initial_state)
    assert all(type(x) is float for x in floats)
    assert len(floats) == 1 + len(optimizer.initial_state)
    traced = optimizer.update(Value(2.0), Value(3.0), *map(Value, optimizer.initial_state))
    assert [x.data for x in traced] == list(floats)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_downhill(name):
    p = Value(3.0)
    optimizer = OPTIMIZERS[name]([p])
    optimizer.lr = 0.1  # may be assigned at any time
    for _ in range(200):
        optimizer.zero_grad()
        (p * p).backward()
        optimizer.step()
    assert abs(p.data) < 0.2


def test_eps_zero_does_not_raise():
    assert math.isnan(run(lambda ps: Adam(ps, eps=0.0), 1.0, [0.0])[0])


def test_unreached_parameters_stay():
    a, b = Value(1.0), Value(1.0)
    optimizer = AdamW([a, b], lr=0.5)
    (a * a).backward()
    optimizer.step()
    assert a.data != 1.0
    assert b.data == 1.0
    optimizer.zero_grad()
    assert not a.reached


def test_a_parameter_given_twice_moves_once():
    a, b = Value(1.0), Value(1.0)
    a.grad = b.grad = 1.0
    SGD([a, a, b], lr=0.5).step()
    assert (a.data, b.data) == (0.5, 0.5)


def test_a_module_as_parameters():
    assert len(SGD(MLP(2, [3, 1])).parameters) == 13


def test_what_optimizers_refuse():
    p = [Value(1.0)]
    with pytest.raises(ValueError, match="expected at least one parameter, got none"):
        SGD([])
    with pytest.raises(TypeError, match="expected leaf Values, got a float as parameter 1"):
        SGD([p[0], 2.0])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="got a computed one as parameter 0"):
        SGD([p[0] * 2.0])
    for lr in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="expected lr ≥ 0 and finite, got"):
            Adam(p, lr=lr)
    with pytest.raises(ValueError, match="nesterov=True needs momentum > 0"):
        SGD(p, nesterov=True)
    with pytest.raises(ValueError, match="expected weight_decay ≥ 0"):
        SGD(p, weight_decay=-1.0)
    with pytest.raises(ValueError, match=r"expected betas\[1\] in \[0, 1\), got 1.0"):
        Adam(p, betas=(0.9, 1.0))
    with pytest.raises(ValueError, match=r"expected alpha in \[0, 1\)"):
        RMSProp(p, alpha=-0.5)
    p[0].grad = 1.0
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        Optimizer(p, 0.1).step()


# -- clipping ------------------------------------------------------------------------------------


def leaves(gradients):
    values = [Value(0.0) for _ in gradients]
    for p, g in zip(values, gradients, strict=True):
        p.grad = g
    return values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.floats(1e-3, 1e3))
def test_clip_by_norm(gradients, limit):
    ps = leaves(gradients)
    before = clip_by_norm(ps, limit)
    assert before == math.hypot(*gradients)
    after = [p.grad for p in ps]
    if before <= limit:
        assert after == gradients
    else:
        assert math.hypot(*after) == pytest.approx(limit)
        assert all(math.copysign(1.0, a) == math.copysign(1.0, g)
                   for a, g in zip(after, gradients, strict=True))  # fmt: skip


def test_clip_by_norm_does_not_overflow():
    ps = leaves([1e308, -1e308, 1e308, 1e308])
    assert clip_by_norm(ps, 2.0) == math.inf
    assert [p.grad for p in ps] == pytest.approx([1.0, -1.0, 1.0, 1.0])
    assert clip_by_norm(leaves([3e200, 4e200]), 1.0) == pytest.approx(5e200)


def test_clip_leaves_non_finite_and_uncomputed_gradients():
    ps = [*leaves([math.nan, 5.0]), Value(0.0)]
    assert math.isnan(clip_by_norm(ps, 1.0))
    assert ps[1].grad == 5.0
    clip_by_value(ps, 1.0)
    assert math.isnan(ps[0].grad)
    assert (ps[1].grad, ps[2].reached) == (1.0, False)
    assert clip_by_norm([Value(1.0)], 1.0) == 0.0


def test_in_debug_an_update_that_overflows_is_reported_and_not_taken():
    p = Value(1e308, label="w")
    p.grad = -1e300
    optimizer = SGD([p], lr=1e9)
    with debug(), pytest.raises(NonFiniteError) as caught:
        optimizer.step()
    assert str(caught.value) == (
        "SGD.update gave (inf,) for the parameter 'w', of finite numbers: (1e+308, -1e+300) as p, "
        "g and state"
    )
    assert p.data == 1e308
    optimizer.step()
    with debug():
        optimizer.step()  # was not finite before
    assert p.data == math.inf


def test_in_debug_so_is_a_state_that_overflows():
    (p,) = leaves([1e200])
    with debug(), pytest.raises(NonFiniteError, match=r"Adam\.update gave .* for a parameter, of"):
        Adam([p]).step()


@given(st.lists(st.floats(allow_nan=False)), st.floats(1e-3, 1e3))
def test_clip_by_value(gradients, limit):
    ps = leaves(gradients)
    clip_by_value(ps, limit)
    assert [p.grad for p in ps] == [max(-limit, min(limit, g)) for g in gradients]


def test_clip_takes_a_module_and_counts_a_shared_leaf_once():
    model = MLP(1, [1])
    model(3.0).backward()
    assert clip_by_norm(model, 100.0) == pytest.approx(math.sqrt(10.0))
    (p,) = leaves([3.0])
    assert clip_by_norm([p, p], 1.0) == 3.0
    assert p.grad == pytest.approx(1.0)


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_clip_limits(limit):
    with pytest.raises(ValueError, match="expected max_norm > 0, got"):
        clip_by_norm([], limit)
    with pytest.raises(ValueError, match="expected limit > 0, got"):
        clip_by_value([], limit)


def test_a_parameter_keeps_its_state_when_others_are_taken_out_and_put_back():
    a, b, c = (Value(0.0) for _ in range(3))
    optimizer = SGD([a, b], lr=1.0, momentum=0.5)

    def step():
        for p in (a, b, c):
            p.zero_grad()
        (a + 10.0 * b + 100.0 * c).backward()
        optimizer.step()
        return a.data, b.data, c.data

    assert step() == (-1.0, -10.0, 0.0)
    del optimizer.parameters[0:1]
    assert step() == (-1.0, -25.0, 0.0)
    optimizer.parameters[:] = [c, a, b]
    assert step() == (-2.5, -42.5, -100.0)
