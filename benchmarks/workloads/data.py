"""The numbers that the compiled workloads start from, the same for every engine."""

import json
import math
import random
from pathlib import Path

from moons import moons

__all__ = [
    "BATCH", "DIGITS", "FUNCTIONS", "LEARNING_RATE", "MOONS", "PENALTY", "WIDE", "Layers", "Rows",
    "digits_rows", "flat", "layers", "moons_rows", "names_by_length", "point",
    "wide_rows",
]  # fmt: skip

# A layer's weights, a list for each neuron, and its biases.
Layers = list[tuple[list[list[float]], list[float]]]
Rows = tuple[list[list[float]], list[int]]

MOONS, DIGITS, WIDE = [2, 16, 16, 1], [64, 32, 10], [784, 128, 10]
LEARNING_RATE = {"moons": 0.1, "digits": 0.01, "wide": 0.1}
# Of the moons: the weight of the sum of all squared parameters.
PENALTY = 1e-4
BATCH = {"moons": 100, "digits": 64, "wide": 256}
# The last component of ode stays exactly 0 for n = 1,000, as do its derivatives: with four stages
# in each of ten steps it rests on 40 others at most.  The small one, n = 20, is not 0.
FUNCTIONS = ("det", "ode", "ode small", "llsq", "lse", "gmm")
# `gmm`: numbers in a row, Gaussians, rows.
D, K, N = 2, 5, 1_000


def layers(sizes: list[int]) -> Layers:
    """Draw a network's parameters, neuron by neuron: its weights, then its bias."""
    rng = random.Random(0)
    found: Layers = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007 - as a pair
        bound = 0.5 if sizes is MOONS else inputs**-0.5
        neurons = [[rng.uniform(-bound, bound) for _ in range(inputs + 1)] for _ in range(outputs)]
        found.append(([neuron[:-1] for neuron in neurons], [neuron[-1] for neuron in neurons]))
    return found


def flat(found: Layers) -> list[float]:
    """Return the parameters of a network in the order that they were drawn in."""
    return [
        p
        for weights, biases in found
        for row, bias in zip(weights, biases, strict=True)
        for p in (*row, bias)
    ]


def moons_rows() -> Rows:
    rows: Rows = moons(BATCH["moons"], random.Random(1337))
    return rows


def digits_rows(path: str) -> Rows:
    """Read the demo's images that fill whole batches: 22 of 64."""
    images, labels = json.loads(Path(path).read_text(encoding="ascii"))
    rows = len(images) // BATCH["digits"] * BATCH["digits"]
    return images[:rows], labels[:rows]


def names_by_length(path: str) -> list[str]:
    """Read the first names beside the demo's images, the short ones first."""
    names: list[str] = json.loads(Path(path).with_name("names.json").read_text(encoding="ascii"))
    return sorted(names, key=len)


def wide_rows() -> Rows:
    rng = random.Random(1)
    rows = [[rng.random() for _ in range(WIDE[0])] for _ in range(BATCH["wide"])]
    return rows, [rng.randrange(WIDE[-1]) for _ in rows]


def point(name: str) -> list[float]:
    """Return where the gradient of a function is asked for; `gmm` keeps α, μ, q, l in a row."""
    rng = random.Random(31337)
    if name == "gmm":
        means = [rng.random() for _ in range(K * D)]
        normal = [rng.gauss(0.0, 1.0) for _ in range(K + K * D + K * D * (D - 1) // 2)]
        return [*normal[:K], *means, *normal[K:]]
    sizes = {"det": 49, "ode": 1_000, "ode small": 20, "llsq": 128, "lse": 10_000}
    return [rng.random() for _ in range(sizes[name])]


def gmm_rows() -> list[list[float]]:
    rng = random.Random(2)
    return [[rng.gauss(0.0, 1.0) for _ in range(D)] for _ in range(N)]


def gmm_constant() -> float:
    """Return what does not depend on the parameters, with a Wishart prior of γ = 1, m = 0."""
    degrees = D + 1
    gammas = sum(math.lgamma(0.5 * (degrees - j)) for j in range(D))
    prior = -0.5 * degrees * D * math.log(2.0) - 0.25 * D * (D - 1) * math.log(math.pi) - gammas
    return K * prior - 0.5 * N * D * math.log(2.0 * math.pi)


def llsq_table(points: int = 64, terms: int = 128) -> tuple[list[list[float]], list[float]]:
    """Return the powers of t from −1 to 1, a row for each t, and the signs of t."""
    ts = [2.0 * i / (points - 1) - 1.0 for i in range(points)]
    return [[t**j for j in range(terms)] for t in ts], [math.copysign(1.0, t) for t in ts]
