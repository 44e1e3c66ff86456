"""Noise: the round-off in a function without a graph, by how its numbers scatter near a point."""

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from autograd.checking.finite_differences import EPSILON, unit_of

__all__ = ["ORDINARY", "Scatter", "quiet"]

# Where round-off is sampled, relative to max(1, |x|): close by, and at no regular distances, since
# rounding may repeat itself at such.
OFFSETS = tuple(
    2.0**-36 * t for t in (-4.309, -3.143, -2.236, -1.207, 0.0, 0.939, 1.862, 3.317, 4.123)
)
ENDS = (OFFSETS[0], OFFSETS[-1])
# Where f is one number there, it may be made of steps, as in float32: up to so many times further
# away it may leave that number on both sides, which beside a kink it does not.
WIDEST = 8.0**8
# Where the scatter is more than round-off of the result, it is looked at so many times closer by,
# and again, until the distances are so many units in the last place of x, or less than the third.
CLOSER, CLOSEST, LEAST = 2.0**-4, 2.0**5, 2.0**-100
# The round-off of an ordinary function, and the most that is taken for round-off when it comes in
# steps, relative to the result.
ORDINARY, STEPPED = 2.0**6 * EPSILON, 2.0**6 * EPSILON
# Scatter that falls by more than this at finer distances is not round-off, but f itself.
FALLS = 8.0


class Scatter(NamedTuple):
    """How far numbers of f are off a straight line.

    Attributes:
        coarse: next to the point, at distances where any f is straight that does not turn fast.
        fine: at a few units in the last place, where that is less; else the same.
        stepped: whether f is made of steps: it is one number at the finest distances.
        wild: whether it is more than the round-off of a result at all distances: numbers inside f
            cancel, or f turns within the distance of two floats.
    """

    coarse: float
    fine: float
    stepped: bool = False
    wild: bool = False


def quiet(f: Callable[[float], float], x: float) -> Scatter:
    """Return the size of the round-off in f near x.

    Over so short a stretch f is a straight line but for its round-off, so what a number is off the
    line between its neighbours shows nothing else.  Unless f turns within it: then a shorter
    stretch shows less.

    Source: J. J. Moré and S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33
    (2011), in its simplest form.

    >>> 0.0 < quiet(lambda t: 3.0 * t, 1.0).coarse < 1e-14
    True
    """
    points = sampled(f, x, OFFSETS)
    scale, values = 1.0, {value for _, value in points}
    while len(values) == 1 and scale < WIDEST:
        scale = 8.0 * scale
        if values.isdisjoint(value for _, value in sampled(f, x, ENDS, scale)):
            points, values = sampled(f, x, OFFSETS, scale), set()
    coarse = off_lines(points)
    usual = max((abs(value) for _, value in points if math.isfinite(value)), default=0.0)
    if scale > 1.0:
        stepped = coarse > STEPPED * max(1.0, usual)
        return Scatter(coarse, 0.0 if stepped else coarse, stepped)
    if coarse <= ORDINARY * usual:
        return Scatter(coarse, coarse)
    return finer(f, x, coarse, usual)


def finer(f: Callable[[float], float], x: float, coarse: float, usual: float) -> Scatter:
    """Return the scatter at ever shorter distances, until it is ordinary round-off."""
    fine, points, scale = coarse, list[tuple[float, float]](), CLOSER
    while scale * OFFSETS[-1] * unit_of(x) >= max(CLOSEST * math.ulp(x), LEAST):
        points = sampled(f, x, OFFSETS, scale)
        fine = min(fine, off_lines(points))
        if fine <= ORDINARY * usual:
            break
        scale *= CLOSER
    wild = fine > ORDINARY * usual
    stepped = len({value for _, value in points}) <= 4
    rounded = stepped and coarse <= STEPPED * max(1.0, usual)
    if FALLS * fine > coarse or rounded:
        return Scatter(coarse, coarse, wild=wild and not rounded)
    return Scatter(coarse, fine, stepped, wild)


def sampled(
    f: Callable[[float], float], x: float, offsets: Iterable[float], scale: float = 1.0
) -> list[tuple[float, float]]:
    """Return points around x, and f there: nan where it raises, as a user's function may."""
    points = [(x + unit_of(x) * scale * offset, math.nan) for offset in offsets]
    for i, (number, _) in enumerate(points):
        with suppress(Exception):
            points[i] = (number, f(number))
    return points


def off_lines(points: list[tuple[float, float]]) -> float:
    """Return twice the largest distance of a point from the line between its neighbours.

    Where only lines with the middle point on them are off, f has a kink or a jump there.
    """
    bends = list(map(off_line, points, points[1:], points[2:]))
    middle = len(bends) // 2
    beside = largest(bends[: middle - 1] + bends[middle + 2 :])
    return beside if largest(bends) > FALLS * beside else largest(bends)


def largest(numbers: list[float]) -> float:
    return max(filter(math.isfinite, numbers), default=0.0)


def off_line(*points: tuple[float, float]) -> float:
    """Return twice the distance of the middle one of three points from the line of the others."""
    (a, f), (b, g), (c, h) = points
    return 2.0 * abs((g - f) - (h - f) * ((b - a) / (c - a))) if a < b < c else 0.0
