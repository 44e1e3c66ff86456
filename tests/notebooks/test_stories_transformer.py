"""What notebook 15 claims: a small GPT learns names better than counting does, and invents some."""

import math
import random
from collections import Counter
from pathlib import Path

import names
import pytest

import nn
from autograd import no_grad

LETTERS = ".abcdefghijklmnopqrstuvwxyz"
FILE = Path(names.__file__).parent / "dist.female.first"
KNOWN = [line.split()[0].lower() for line in FILE.read_text(encoding="utf-8").splitlines()]
SHORT = [name for name in KNOWN if len(name) <= 6][:1000]
random.Random(0).shuffle(SHORT)
HELD, LEARNED = SHORT[:60], SHORT[60:]
LONGEST, STEPS = 7, 220


class GPT(nn.Module):
    def __init__(self, size, heads, seed):
        rng = random.Random(seed)
        self.letters = nn.Embedding(27, size, scale=0.3, seed=rng)
        self.places = nn.Embedding(LONGEST, size, scale=0.3, seed=rng)
        self.block = nn.TransformerBlock(size, heads, hidden=2 * size, seed=rng)
        self.norm = nn.LayerNorm(size)
        self.out = nn.Layer(size, 27, "linear", seed=rng)

    def forward(self, text):
        places = enumerate(text)
        rows = [
            [a + b for a, b in zip(self.letters(c), self.places(i), strict=True)] for i, c in places
        ]
        return [self.out(self.norm(row)) for row in self.block(rows)]


def loss_of(model, some):
    scores, wanted = [], []
    for name in some:
        text = [LETTERS.index(letter) for letter in f".{name}."]
        scores += model(text[:-1])
        wanted += text[1:]
    return nn.cross_entropy(scores, wanted)


def counted(memory):
    """The loss of counting what follows a letter (or, without memory, anything)."""
    counts: dict[str, Counter[str]] = {}
    for name in LEARNED:
        for before, after in zip(f".{name}", f"{name}.", strict=True):
            counts.setdefault(before if memory else "", Counter())[after] += 1
    losses = []
    for name in HELD:
        for before, after in zip(f".{name}", f"{name}.", strict=True):
            count = counts[before if memory else ""]
            losses.append(-math.log((count[after] + 1) / (count.total() + 27)))
    return sum(losses) / len(losses)


@pytest.fixture(scope="module")
def model():
    gpt, rng = GPT(12, 2, seed=0), random.Random(1)
    optimizer = nn.Adam(gpt, lr=0.02)
    schedule = nn.Schedule(optimizer, nn.warmup(10, nn.cosine(STEPS, floor=0.02)))
    for _ in range(STEPS):
        loss = loss_of(gpt, rng.sample(LEARNED, 8))
        gpt.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return gpt


def test_it_beats_counting_on_names_held_out(model):
    with no_grad():
        loss = loss_of(model, HELD).data
    assert loss < counted(memory=True) < counted(memory=False) < math.log(27)


def invent(model, rng):
    text = [0]
    with no_grad():
        while len(text) < LONGEST:
            shares = [share.data for share in nn.softmax(model(text)[-1])]
            letter = rng.choices(range(27), shares)[0]
            if letter == 0:
                break
            text.append(letter)
    return "".join(LETTERS[letter] for letter in text[1:])


def test_it_invents_names_that_are_new_and_can_be_spoken(model):
    rng = random.Random(0)
    made = [invent(model, rng) for _ in range(30)]
    new = [name for name in made if name not in KNOWN]
    assert len({*new}) >= 10
    assert sum(any(vowel in name for vowel in "aeiouy") for name in made) >= 27


def test_it_never_looks_ahead(model):
    start = [LETTERS.index(letter) for letter in ".an"]
    with no_grad():
        first, second = model(start), model([*start, 26])
    expected = [[z.data for z in row] for row in first]
    assert [[z.data for z in row] for row in second[:3]] == expected
