"""What notebook 13 claims: a small convolutional network reads at least 96 % of held-out digits."""

import random

from sklearn.datasets import load_digits

import nn

DATA = load_digits()
ORDER = list(range(len(DATA.images)))
random.Random(0).shuffle(ORDER)
IMAGES = [[[ink / 16 for ink in line] for line in DATA.images[i].tolist()] for i in ORDER]
LABELS = [int(DATA.target[i]) for i in ORDER]
EPOCHS = 6


def test_it_reads_96_percent_of_held_out_digits():
    rng = random.Random(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, seed=rng),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, seed=rng),
        nn.flatten,
        nn.Layer(64, 10, "linear", seed=rng),
    )
    optimizer = nn.Adam(model, lr=0.02)
    nn.fit(
        model, IMAGES[:1200], LABELS[:1200], loss="cross_entropy", optimizer=optimizer,
        epochs=EPOCHS, batch_size=20, progress=False,
        callbacks=[nn.Schedule(optimizer, nn.cosine(EPOCHS, floor=0.02))],
    )  # fmt: skip
    held = nn.evaluate(model, IMAGES[1200:], LABELS[1200:], metric=nn.accuracy)
    assert held.metric is not None
    assert held.metric >= 0.96


def test_a_filter_for_upright_edges_finds_them():
    edges = nn.Conv2d(1, 1, 3, activation="linear")
    for w, number in zip(edges.filters[0].w, [-1.0, 0.0, 1.0] * 3, strict=True):
        w.data = number
    bar = [[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]] * 3
    assert [z.data for z in edges(bar)[0][0]] == [3.0, 3.0, -3.0, -3.0, 0.0]
