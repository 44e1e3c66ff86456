"""The distributions that weights are first drawn from."""

import math
import random
from collections.abc import Callable
from typing import SupportsIndex, cast

from autograd.extend import settings
from nn.modules.activations import RECTIFIERS, Activation, find_activation
from nn.modules.lookup import lookup

__all__ = [
    "INITIALIZERS", "Initializer", "Seed", "find_initializer", "generator", "he_normal",
    "he_uniform", "uniform", "xavier_normal", "xavier_uniform",
]  # fmt: skip

Initializer = Callable[[random.Random, int, int], float]
Seed = SupportsIndex | random.Random | None
EXPECTED_SEED = "expected seed to be an integer, a random.Random or None"


def xavier_uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Draw from U(−a, a) with a = √(6 / (fan_in + fan_out)).

    Args:
        rng: the generator to draw from.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.

    >>> abs(xavier_uniform(random.Random(0), 3, 3)) <= 1.0
    True
    """
    a = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-a, a)


def xavier_normal(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Draw from N(0, σ²) with σ² = 2 / (fan_in + fan_out).

    Args:
        rng: the generator to draw from.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer.

    Glorot and Bengio 2010, equation 12.

    >>> isinstance(xavier_normal(random.Random(0), 3, 3), float)
    True
    """
    return rng.gauss(0.0, math.sqrt(2.0 / (fan_in + fan_out)))


def he_uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Draw from U(−a, a) with a = √(6 / fan_in), of the variance of `he_normal`.

    Args:
        rng: the generator to draw from.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer, not used.

    He et al., "Delving deep into rectifiers", 2015, equation 10.

    >>> abs(he_uniform(random.Random(0), 6, 1)) <= 1.0
    True
    """
    a = math.sqrt(6.0 / fan_in)
    return rng.uniform(-a, a)


def he_normal(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Draw from N(0, σ²) with σ² = 2 / fan_in.

    Args:
        rng: the generator to draw from.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer, not used.

    He et al. 2015, equation 10.

    >>> isinstance(he_normal(random.Random(0), 3, 3), float)
    True
    """
    return rng.gauss(0.0, math.sqrt(2.0 / fan_in))


def uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Draw from U(−1, 1), as micrograd does.

    Args:
        rng: the generator to draw from.
        fan_in: not used.
        fan_out: not used.

    >>> abs(uniform(random.Random(0), 3, 3)) <= 1.0
    True
    """
    return rng.uniform(-1.0, 1.0)


INITIALIZERS: dict[str, Initializer] = {
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "glorot_uniform": xavier_uniform,
    "glorot_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": he_uniform,
    "kaiming_normal": he_normal,
    "uniform": uniform,
}


def find_initializer(init: str | Initializer, activation: Activation) -> Initializer:
    """Return the initializer; "auto" is He's for the relu family and Xavier's for the rest.

    Raises:
        ValueError: when the name is unknown; lists the known ones.

    >>> find_initializer("auto", "tanh").__name__
    'xavier_uniform'
    """
    rectifier = find_activation(activation) in RECTIFIERS
    auto = he_uniform if rectifier else xavier_uniform
    return lookup("initializer", init, {"auto": auto, **INITIALIZERS})  # type: ignore[no-any-return]


def generator(seed: Seed) -> random.Random:
    """Return a generator of its own for an integer, and for None the one behind `random`.

    >>> generator(7).random() == random.Random(7).random()
    True
    """
    if seed is None:  # the module has the methods of its hidden generator
        return cast(random.Random, random)
    if isinstance(seed, random.Random):  # quicker than to ask what it supports
        return seed
    if hasattr(seed, "gauss") and hasattr(seed, "uniform"):  # the module itself, or one like it
        return cast(random.Random, seed)
    return random.Random(settings.whole(seed, EXPECTED_SEED))
