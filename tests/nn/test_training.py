"""fit and evaluate: every mode, what is recorded, when it stops, and what is refused."""

import math
import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.training.history
from autograd import Value, no_grad
from nn import MLP, SGD, Adam, Module, accuracy, evaluate, fit, hinge, mse
from nn.modules.dataset import read_rows
from nn.training.batches import Batches, split
from nn.training.history import History
from nn.training.progress import Silent, epochs_bar

pytestmark = pytest.mark.compiled

X = [[i / 10.0] for i in range(-10, 11)]
Y = [2.0 * x + 0.5 for (x,) in X]


def line(seed=0):
    return MLP(1, [1], seed=seed)


def train(model=None, x=X, y=Y, *, loss="mse", optimizer="sgd", epochs=3, **settings):
    settings.setdefault("progress", False)
    return fit(model or line(), x, y, loss=loss, optimizer=optimizer, epochs=epochs, **settings)


def weights(model):
    return list(model.state_dict().values())


# -- batches -------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.none() | st.integers(1, 50), st.booleans(), st.integers(0, 9))
def test_each_epoch_deals_every_row_once(count, size, shuffle, seed):
    dealt = list(Batches(count, size, shuffle, random.Random(seed)).epoch())
    assert sorted(i for batch in dealt for i in batch) == list(range(count))
    full = min(size or count, count)
    assert [len(batch) for batch in dealt[:-1]] == [full] * (len(dealt) - 1)
    if not shuffle or full == count:
        assert [i for batch in dealt for i in batch] == list(range(count))


@given(st.integers(2, 40), st.floats(0.01, 0.9), st.integers(0, 9))
def test_split_parts_the_rows(count, fraction, seed):
    rows = read_rows([[i] for i in range(count)], range(count))
    try:
        train_rows, held = split(rows, fraction, seed)
    except ValueError:
        assert round(count * fraction) >= count
        return
    assert held is not None
    assert sorted(train_rows.targets + held.targets) == list(range(count))
    assert len(held.inputs) == max(1, round(count * fraction))
    assert all(x == (y,) for x, y in zip(*train_rows, strict=True))
    assert split(rows, fraction, seed) == (train_rows, held)


# -- learning ------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 1, 4, 100])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_every_mode_learns(batch_size, optimizer):
    history = train(optimizer=optimizer, batch_size=batch_size, epochs=4)
    assert history.epochs == [1, 2, 3, 4]
    assert history.loss[-1] < history.loss[0]
    assert history.val_loss == history.metric == history.val_metric == []


def test_a_full_batch_is_the_loop_written_by_hand():
    model, twin = line(), line()
    history = train(model, optimizer=SGD(model, lr=0.1), epochs=5, compiled=False)
    optimizer, losses = SGD(twin, lr=0.1), []
    for _ in range(5):
        optimizer.zero_grad()
        loss = mse([twin(x) for x in X], Y)
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert history.loss == losses
    assert weights(model) == weights(twin)


@given(st.integers(1, 25))
@settings(max_examples=10)
def test_the_last_small_batch_weighs_less(batch_size):
    model = line()
    before = weights(model)
    history = train(model, optimizer=SGD(model, lr=0.0), epochs=1, batch_size=batch_size,
                    metric=lambda p, t: p)  # fmt: skip
    assert weights(model) == before
    scores = evaluate(model, X, Y, "mse", lambda p, t: p)
    assert history.loss[0] == pytest.approx(scores.loss)
    assert history.metric[0] == pytest.approx(scores.metric)


@pytest.mark.parametrize("batch_size", [None, 1, 4])
def test_the_same_seed_gives_the_same_history_bit_for_bit(batch_size):
    def run(seed):
        model = MLP(1, [3, 1], "tanh", seed=1)
        history = train(model, optimizer=Adam(model), batch_size=batch_size, validation=0.3,
                        seed=seed, metric=lambda p, t: abs(p - t))  # fmt: skip
        return history, weights(model)

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_no_shuffle_keeps_the_order():
    seen = []

    class Spy(Module):
        def __init__(self):
            self.w = Value(1.0)

        def forward(self, x):
            seen.append(x[0])
            return self.w * x[0]

    train(Spy(), [[0], [1], [2]], [0, 0, 0], batch_size=2, shuffle=False, epochs=2)
    assert seen == [0.0, 1.0, 2.0] * 2
    assert all(type(x) is float for x in seen)


def test_labels_stay_integers_so_that_they_can_index():
    def loss(predictions, targets):
        assert all(type(t) is int for t in targets)
        return predictions[0][targets[0]]

    train(MLP(1, [2]), [[1.0]], np.array([1]), loss=loss)


def test_clip():
    norms = []

    def clip(parameters):
        norms.append(math.hypot(*[p.grad for p in parameters]))

    model = line()
    start = weights(model)
    train(model, optimizer=SGD(model, lr=1.0), epochs=1, clip=0.01)
    assert math.dist(start, weights(model)) == pytest.approx(0.01)
    train(epochs=2, clip=clip)
    assert len(norms) == 2


# -- validation, metrics, evaluation -------------------------------------------------------------


def test_validation_pair_and_fraction():
    for validation in ((X[:5], Y[:5]), [np.array(X), np.array(Y)], 0.25):
        history = train(validation=validation, epochs=3)
        assert len(history.val_loss) == 3
        assert history.watched == history.val_loss


def test_validation_is_measured_after_the_epoch():
    model = line()
    history = train(model, validation=(X, Y), epochs=2, metric=lambda p, t: p - t)
    scores = evaluate(model, X, Y, "mse", lambda p, t: p - t)
    assert (history.val_loss[-1], history.val_metric[-1]) == scores


def test_accuracy():
    assert accuracy([Value(0.0), Value(2.0)], 1) == 1.0
    assert accuracy((3.0, 2.0), 1) == 0.0
    assert [accuracy(Value(s), t) for s, t in [(2.0, 1), (2.0, -1), (-2.0, -1), (-2.0, 0)]] == [
        1.0, 0.0, 1.0, 1.0,
    ]  # fmt: skip


def test_evaluate():
    model = line()
    assert evaluate(model, X, Y, loss=mse).loss == mse([model(x) for x in X], Y).data
    assert evaluate(model, X, Y, metric=accuracy).loss is None
    with pytest.raises(ValueError, match="expected a loss or a metric to evaluate, got neither"):
        evaluate(model, X, Y)
    with pytest.raises(ValueError, match="unknown loss 'msee': expected one of mse, l1"):
        evaluate(model, X, Y, "msee")


class Flags(Module):
    """Notes its training flag, and whether it records."""

    def __init__(self):
        self.w, self.inner, self.seen = Value(1.0), MLP(1, [1], seed=0), []

    def forward(self, x):
        y = self.w * self.inner(x)
        self.seen.append((self.training, self.inner.training, bool(y.parents)))
        return y


@pytest.mark.parametrize("flag", [True, False])
def test_training_flags_are_set_and_put_back(flag):
    model = Flags()
    model.inner.training = flag
    train(model, [[1.0]], [1.0], validation=([[2.0]], [1.0]), epochs=2)
    assert model.seen == [(True, True, True), (False, False, False)] * 2
    assert (model.training, model.inner.training) == (True, flag)


def test_training_flags_are_put_back_after_an_error():
    model = Flags().eval()
    with pytest.raises(ZeroDivisionError):
        train(model, [[1.0]], [1.0], callbacks=[lambda epoch, history: 1 / 0])
    assert not model.training


# -- stopping ------------------------------------------------------------------------------------


def test_early_stopping_restores_the_best_weights():
    model = line()
    kept: dict[int, list[float]] = {}
    history = train(
        model, optimizer=SGD(model, lr=1.4), epochs=50, early_stopping=3, validation=(X, Y),
        callbacks=[lambda epoch, h: kept.__setitem__(epoch, weights(model))],
    )  # fmt: skip
    assert len(history.epochs) == history.best_epoch + 3 < 50
    assert weights(model) == kept[history.best_epoch]
    assert evaluate(model, X, Y, "mse").loss == min(history.val_loss)


def test_early_stopping_without_validation_watches_the_training_rows_after_the_epoch():
    model = line()
    history = train(model, optimizer=SGD(model, lr=1.4), epochs=50, early_stopping=2)
    assert history.val_loss == []
    assert evaluate(model, X, Y, "mse").loss == min(history.watched)
    assert history.best_epoch == history.watched.index(min(history.watched)) + 1


def test_early_stopping_when_every_loss_is_nan():
    with pytest.warns(RuntimeWarning, match="the loss of epoch 1 is nan"):
        history = train(loss=lambda p, t: p[0] * math.nan, early_stopping=2, epochs=9)
    assert history.epochs == [1, 2]
    assert history.best_epoch is None


def test_callbacks():
    calls = []

    def stop(epoch, history):
        calls.append((epoch, len(history.loss)))
        return epoch == 3

    history = train(epochs=10, callbacks=[stop, lambda epoch, history: 1])
    assert calls == [(1, 1), (2, 2), (3, 3)]
    assert history.epochs == [1, 2, 3]
    assert train(epochs=0) == History()


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": Y[:-1]}, "expected one target per row, got 21 rows in X and 20 in y"),
        ({"x": [], "y": []}, "expected at least one row in X, got none"),
        ({"x": [[1.0], [math.nan]], "y": [1, 2]}, "got nan in row 1 of X"),
        ({"x": [[1.0], [1.0]], "y": [math.nan, 2]}, "got nan in row 0 of y"),
        ({"x": np.ones((2, 2)), "y": np.array([[1.0], [math.nan]])}, "got nan in row 1 of y"),
        ({"batch_size": 0}, "expected batch_size ≥ 1 or None, got 0"),
        ({"batch_size": 2.5}, "expected batch_size ≥ 1 or None, got 2.5"),
        ({"validation": 0.0}, r"validation as a share in \(0, 1\) or \(X, y\), got 0.0"),
        ({"validation": 1.0}, r"validation as a share in \(0, 1\)"),
        ({"validation": 5}, r"validation as a share in \(0, 1\)"),
        ({"validation": "half"}, r"validation as a share in \(0, 1\)"),
        ({"validation": (X, Y[:2])}, "got 21 rows in X and 2 in y"),
        ({"x": [[1.0]], "y": [1.0], "validation": 0.5}, "of 1 rows leaves none to train on"),
        ({"early_stopping": 0}, "expected early_stopping ≥ 1 epochs or None, got 0"),
        ({"epochs": -1}, "expected epochs to be an integer ≥ 0, got -1"),
        ({"epochs": 1.5}, "expected epochs to be an integer ≥ 0, got 1.5"),
        ({"loss": "mean"}, "unknown loss 'mean': expected one of mse, l1, huber"),
        ({"optimizer": "adamm"}, "unknown optimizer 'adamm': expected one of sgd, rmsprop, adam"),
        ({"clip": -1.0}, "expected max_norm > 0, got -1.0"),
    ],
)
def test_what_fit_refuses(changes, message):
    model = line()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        train(model, **changes)
    assert weights(model) == before


def test_a_loss_that_is_no_value():
    with pytest.raises(TypeError, match="expected the loss to return a Value, got a float"):
        train(loss=lambda predictions, targets: 0.0)
    with pytest.raises(ValueError, match=r"got Value\(.*\): is this in no_grad\(\)\?"), no_grad():
        train()


# -- progress, history ---------------------------------------------------------------------------


def test_the_bar_shows_loss_and_accuracy(capsys):
    train(progress=True, y=[1.0 if y > 0 else -1.0 for y in Y], loss=hinge, metric=accuracy)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "loss=" in shown
    assert "accuracy=" in shown


def test_no_bar_without_tqdm(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert train(progress=True).epochs == [1, 2, 3]
    assert isinstance(epochs_bar(2, True), Silent)
    assert capsys.readouterr().err == ""


def test_best_epoch_is_the_first_of_the_smallest():
    history = History(watched=[math.nan, 2.0, 1.0, 1.0], epochs=[1, 2, 3, 4])
    assert history.best_epoch == 3
    assert History().best_epoch is None


def test_history_plots():
    history = train(validation=0.2, metric=accuracy)
    assert "val_loss" in history.plot().svg
    assert "val_metric" in history.plot("metric", "val_metric", title="accuracy").svg
    with pytest.raises(ValueError, match="unknown list 'los': expected one of loss, val_loss"):
        history.plot("los")
    with pytest.raises(ValueError, match="expected at least one series"):
        nn.training.history.History().plot()
