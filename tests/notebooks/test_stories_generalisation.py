"""What notebook 12 claims: each remedy against overfitting helps on held-out digits."""

import random

import pytest
from sklearn.datasets import load_digits

import nn
from autograd import log

DATA = load_digits()
ORDER = random.Random(0).sample(range(len(DATA.data)), 900)
X = [[ink / 16 for ink in DATA.data[i].tolist()] for i in ORDER]
Y = [int(DATA.target[i]) for i in ORDER]
SHARE_WRONG = 0.2


def careless(labels):
    rng = random.Random(1)
    return [rng.randrange(10) if rng.random() < SHARE_WRONG else label for label in labels]


LEARNED = X[:100], careless(Y[:100])
WATCHED, HELD = (X[200:300], Y[200:300]), (X[300:], Y[300:])


def network(seed=0, dropout=0.0):
    rng = random.Random(seed)
    first, last = nn.Layer(64, 32, seed=rng), nn.Layer(32, 10, "linear", seed=rng)
    return nn.Sequential(first, nn.Dropout(dropout, seed=rng), last)


def trained(model, rows=LEARNED, loss="cross_entropy", **settings):
    nn.fit(
        model, *rows, loss=loss, optimizer=nn.Adam(model, lr=0.02), epochs=30, batch_size=20,
        progress=False, **settings,
    )  # fmt: skip
    return model


def right(model, rows=HELD):
    inputs, labels = rows
    return nn.evaluate(model, inputs, labels, metric=nn.accuracy).metric


@pytest.fixture(scope="module")
def plain():
    return trained(network())


def test_the_plain_network_learns_wrong_labels_by_heart(plain):
    assert right(plain, LEARNED) > 0.97
    assert right(plain) < 0.85


def test_early_stopping_helps(plain):
    stopped = trained(network(), validation=WATCHED, early_stopping=5)
    assert right(stopped) > right(plain)
    assert right(stopped, LEARNED) < right(plain, LEARNED)


def weights(model):
    return [p for name, p in model.named_parameters() if not name.endswith(".b")]


@pytest.mark.parametrize(("penalty", "strength"), [(nn.l2_penalty, 0.01), (nn.l1_penalty, 0.003)])
def test_penalties_help_and_make_weights_small(plain, penalty, strength):
    model = network()
    trained(model, loss=lambda z, y: nn.cross_entropy(z, y) + penalty(weights(model), strength))
    assert right(model) > right(plain)
    sizes, others = ([abs(p.data) for p in weights(m)] for m in (model, plain))
    assert sum(sizes) < 0.5 * sum(others)
    assert sum(size < 0.01 for size in sizes) > 4 * sum(size < 0.01 for size in others)


def test_dropout_helps(plain):
    assert right(trained(network(dropout=0.4))) > right(plain)


class Ensemble(nn.Module):
    def __init__(self, members):
        self.members = members

    def forward(self, image):
        shares = [nn.softmax(member(image)) for member in self.members]
        return [log(sum(column)) for column in zip(*shares, strict=True)]


def test_bagging_is_better_than_its_members():
    members = []
    for seed in range(5):
        drawn = random.Random(seed).choices(range(100), k=100)
        rows = [LEARNED[0][i] for i in drawn], [LEARNED[1][i] for i in drawn]
        members.append(trained(network(seed), rows))
    assert right(Ensemble(members)) > max(right(member) for member in members)
