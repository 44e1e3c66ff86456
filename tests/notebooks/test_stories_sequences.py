"""What notebook 14 claims: recurrent networks forecast sunspots better than "as last year"."""

import math

import pytest
import statsmodels.api as sm

import nn
from autograd import Value, no_grad

LENGTH = 12
DATA = sm.datasets.sunspots.load_pandas().data
YEARS = [int(year) for year in DATA.YEAR]
SPOTS = [float(count) / 100 for count in DATA.SUNACTIVITY]


def windows(first, last):
    at = [i for i in range(LENGTH, len(SPOTS)) if first <= YEARS[i] <= last]
    return [SPOTS[i - LENGTH : i] for i in at], [SPOTS[i] for i in at]


TRAIN, STOP, (TEST_X, TEST_Y) = windows(1700, 1920), windows(1921, 1960), windows(1961, 2008)


class Forecaster(nn.Module):
    def __init__(self, memory):
        self.memory = memory
        self.head = nn.Layer(memory.nhidden, 1, "linear", seed=1)

    def forward(self, window):
        return self.head(self.memory(window)[-1])


def error(forecasts):
    return math.sqrt(sum((f - y) ** 2 for f, y in zip(forecasts, TEST_Y, strict=True)))


BASELINE = error([window[-1] for window in TEST_X])


@pytest.mark.parametrize(
    ("kind", "cells", "epochs"), [(nn.RNN, 8, 40), (nn.LSTM, 4, 25), (nn.GRU, 4, 25)]
)
def test_it_beats_the_last_value(kind, cells, epochs):
    model = Forecaster(kind(1, cells, seed=0))
    history = nn.fit(
        model, *TRAIN, loss="mse", optimizer=nn.Adam(model, lr=0.02), epochs=epochs, batch_size=20,
        validation=STOP, early_stopping=10, clip=1.0, progress=False,
    )  # fmt: skip
    with no_grad():
        off = error([model(window).data for window in TEST_X])
    assert off < 0.7 * BASELINE
    # Early stopping put the weights of the best epoch back.
    stop_x, stop_y = STOP
    assert nn.evaluate(model, stop_x, stop_y, loss="mse").loss == min(history.val_loss)


def first_to_last(memory, steps=60):
    """How much smaller the gradient by the first input is than that by the last."""
    xs = [Value(math.sin(i)) for i in range(steps)]
    sum(memory(xs)[-1]).backward()
    return abs(xs[0].grad) / abs(xs[-1].grad)


def test_gradients_fade_through_time_and_the_lstm_keeps_most():
    kept = {kind: first_to_last(kind(1, 8, seed=0)) for kind in (nn.RNN, nn.LSTM, nn.GRU)}
    assert all(share < 0.1 for share in kept.values())
    assert kept[nn.LSTM] > 10 * kept[nn.RNN] > 10 * kept[nn.GRU]
