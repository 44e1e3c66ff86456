"""The derivative of a black box by central differences, with a bound on its own error."""

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Estimate", "differentiate"]

EPSILON = 2.0**-52
LEVELS = 12
# Points on each side at which round-off is sampled, and how far apart, relative to max(1, |x|).
SAMPLES = 4
SPACING = 2.0**-36


@dataclass(frozen=True)
class Estimate:
    """A derivative, how far it may be off, and what it cost."""

    derivative: float
    bound: float
    evaluations: int


def differentiate(f: Callable[[float], float], x: float) -> Estimate:
    """Return df/dx at x by central differences, extrapolated to step 0.

    The steps halve from a quarter of max(1, |x|); each is a power of two times that, so that
    x ± h is as exact as floats allow.  Neville's table extrapolates in h²; every entry carries
    the round-off that got into it, and the entry whose error estimate is least is taken.

    Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
    Engineering Software 4 (1982), with the round-off term added; the size of the round-off after
    J. J. Moré and S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).

    >>> estimate = differentiate(lambda x: x ** 3, 2.0)
    >>> abs(estimate.derivative - 12.0) <= estimate.bound < 1e-9
    True
    """
    best = Estimate(math.nan, math.inf, 2 * LEVELS + 2 * SAMPLES + 1)
    above: list[tuple[float, float]] = []
    unit = 2.0 ** math.floor(math.log2(max(1.0, abs(x))))
    noise_of_f = roundoff(f, x, unit * SPACING)
    step = 0.25 * unit
    for _ in range(LEVELS):
        line = extrapolated(difference(f, x, step, noise_of_f), above)
        for k in range(1, len(line)):
            (value, noise), (left, _), (diagonal, _) = line[k], line[k - 1], above[k - 1]
            bound = max(abs(value - left), abs(value - diagonal)) + noise
            if bound < best.bound:
                best = Estimate(value, bound, best.evaluations)
        above = line
        step /= 2.0
    return best


def roundoff(f: Callable[[float], float], x: float, spacing: float) -> float:
    """Return the size of the round-off in f near x.

    Over so short a stretch f is a straight line but for its round-off, so second differences
    show nothing else.
    """
    values = [f(x + k * spacing) for k in range(-SAMPLES, SAMPLES + 1)]
    bends = (abs(a - 2.0 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False))
    return max(*bends, EPSILON * abs(values[SAMPLES]))


def difference(
    f: Callable[[float], float], x: float, step: float, noise_of_f: float
) -> tuple[float, float]:
    """Return the central difference and the round-off in it."""
    right, left = x + step, x - step
    high, low = f(right), f(left)
    noise = 2.0 * noise_of_f + 4.0 * EPSILON * (abs(high) + abs(low))
    return (high - low) / (right - left), noise / (right - left)


def extrapolated(
    first: tuple[float, float], above: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return the next line of Neville's table, (value, round-off) pairs."""
    line = [first]
    for k, (value, noise) in enumerate(above, start=1):
        weight = 4.0**k
        last_value, last_noise = line[-1]
        line.append(
            (
                last_value + (last_value - value) / (weight - 1.0),
                (weight * last_noise + noise) / (weight - 1.0),
            )
        )
    return line
