"""Sensitivities: how far each primitive's result moves when an operand does, by own formulas.

Nothing here is read from the table of derivatives: what judges a gradient must not be computed by
the code that it judges.  Each row also says how many units of round-off the forward function adds.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ROWS", "Row", "curvatures", "numeric_slopes", "slopes_of"]

INF = math.inf
# Half the distance from 1 to the next float: the relative error of one rounding.
UNIT = 2.0**-53
ROOT_HALF = math.sqrt(0.5)
ROOT_TAU = math.sqrt(2.0 * math.pi)


def magnitude(z: float, *xs: float) -> float:
    return abs(z)


@dataclass(frozen=True)
class Row:
    """What the error analysis knows of one primitive.

    Args:
        slopes: takes the operands, returns the derivative by each of them.
        units: the round-off of the forward function, in units of 2⁻⁵³ · size.
        size: takes the result and the operands, returns what its round-off is relative to.
        terms: the size of terms that cancel inside the partial, by which its round-off goes.
    """

    slopes: Callable[..., Sequence[float]]
    units: float = 4.0
    size: Callable[..., float] = magnitude
    terms: float = 0.0


def sech2(x: float) -> float:
    e = math.exp(-abs(x))
    return (2.0 * e / (1.0 + e * e)) ** 2


def logistic(x: float) -> float:
    e = math.exp(-abs(x))
    return (1.0 if x > 0.0 else e) / (1.0 + e)


def bell(x: float) -> float:
    """The derivative of the logistic function."""
    return 0.25 * sech2(0.5 * x)


def sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0))


def exponential(x: float, a: float) -> tuple[float, float]:
    return a * math.exp(x), math.expm1(x)


def bend(x: float) -> tuple[float]:
    return (0.5 * math.erfc(-x * ROOT_HALF) + x * math.exp(-0.5 * x * x) / ROOT_TAU,)


def power(x: float, y: float) -> tuple[float, float]:
    by_x = y * math.pow(x, y - 1.0) if y else 0.0
    by_y = math.pow(x, y) * math.log(x) if x > 0.0 else 0.0 if x == 0.0 < y else INF
    return by_x, by_y


def circle(x: float, y: float) -> tuple[float, float]:
    radius = math.hypot(x, y)
    return (y / radius / radius, -x / radius / radius)


def slant(x: float, y: float) -> tuple[float, float]:
    radius = math.hypot(x, y)
    return (x / radius, y / radius) if radius else (1.0, 1.0)


def ends(pick: Callable[[Sequence[float]], float]) -> Callable[..., Sequence[float]]:
    def slopes(*xs: float) -> Sequence[float]:
        hits = [float(x == pick(xs)) for x in xs]
        return [hit / (sum(hits) or 1.0) for hit in hits]

    return slopes


def softmax(*xs: float) -> Sequence[float]:
    largest = max(xs)
    weights = [math.exp(x - largest) for x in xs]
    return [weight / sum(weights) for weight in weights]


def sum_size(z: float, *xs: float) -> float:
    return len(xs) * sum(map(abs, xs))


def dot_size(z: float, *xs: float) -> float:
    half = len(xs) // 2
    return (half + 1) * sum(abs(x * y) for x, y in zip(xs[:half], xs[half:], strict=True))


def lse_size(z: float, *xs: float) -> float:
    return (abs(max(xs)) + math.log(len(xs)) + abs(z)) * len(xs)


def share_size(z: float, x: float, y: float) -> float:
    return abs(z) * (1.0 + abs(x - y)) if z else 0.0


# fmt: off
ROWS: dict[str, Row] = {
    "identity":   Row(lambda x: (1.0,), 0.0),
    "add":        Row(lambda x, y: (1.0, 1.0), 1.0),
    "sub":        Row(lambda x, y: (1.0, -1.0), 1.0),
    "mul":        Row(lambda x, y: (y, x), 1.0),
    "div":        Row(lambda x, y: (1.0 / y, -x / y / y), 1.0),
    "neg":        Row(lambda x: (-1.0,), 0.0),
    "abs":        Row(lambda x: (sign(x),), 0.0),
    "weigh":      Row(lambda a, p: (p, a), 1.0),
    "pow":        Row(power),
    "sqrt":       Row(lambda x: (0.5 / math.sqrt(x),), 1.0),
    "exp":        Row(lambda x: (math.exp(x),)),
    "expm1":      Row(lambda x: (math.exp(x),)),
    "log":        Row(lambda x: (1.0 / x,)),
    "log1p":      Row(lambda x: (1.0 / (1.0 + x),)),
    "sin":        Row(lambda x: (math.cos(x),)),
    "cos":        Row(lambda x: (-math.sin(x),)),
    "tan":        Row(lambda x: (math.cos(x) ** -2.0,)),
    "asin":       Row(lambda x: (((1.0 - x) * (1.0 + x)) ** -0.5,)),
    "acos":       Row(lambda x: (-(((1.0 - x) * (1.0 + x)) ** -0.5),)),
    "atan":       Row(lambda x: (1.0 / (1.0 + x * x),)),
    "atan2":      Row(circle),
    "hypot":      Row(slant),
    "sinh":       Row(lambda x: (math.cosh(x),)),
    "cosh":       Row(lambda x: (math.sinh(x),)),
    "tanh":       Row(lambda x: (sech2(x),)),
    "sech2":      Row(lambda x: (-2.0 * math.tanh(x) * sech2(x),), 8.0),
    "sigmoid":    Row(lambda x: (bell(x),), 8.0),
    "softplus":   Row(lambda x: (logistic(x),), 8.0),
    "relu":       Row(lambda x: (float(x > 0.0),), 0.0),
    "leaky_relu": Row(lambda x, s: (1.0, 0.0) if x > 0.0 else (s, x), 1.0),
    "elu":        Row(lambda x, a: (1.0, 0.0) if x > 0.0 else exponential(x, a), 8.0),
    "gelu":       Row(bend, 16.0, lambda z, x: abs(z) * (1.0 + x * x), 1.0),
    "silu":       Row(lambda x: (logistic(x) + x * bell(x),), 8.0, terms=1.0),
    "erf":        Row(lambda x: (2.0 / math.sqrt(math.pi) * math.exp(-x * x),)),
    "erfc":       Row(lambda x: (-2.0 / math.sqrt(math.pi) * math.exp(-x * x),)),
    "step":       Row(lambda x: (0.0,), 0.0),
    "same":       Row(lambda x, y: (0.0, 0.0), 0.0),
    "where":      Row(lambda c, x, y: (0.0, 1.0, 0.0) if c > 0.0 else (0.0, 0.0, 1.0), 0.0),
    "total":      Row(lambda *xs: (1.0,) * len(xs), 1.0, sum_size),
    "dot":        Row(lambda *xs: xs[len(xs) // 2:] + xs[: len(xs) // 2], 1.0, dot_size),
    "maximum":    Row(ends(max), 0.0),
    "minimum":    Row(ends(min), 0.0),
    "logsumexp":  Row(softmax, 4.0, lse_size),
    "share":      Row(lambda x, y: (math.exp(x - y), -math.exp(x - y)), 4.0, share_size),
}
# fmt: on

# A user's own primitive: its round-off is not known.
UNKNOWN = Row(lambda *xs: (INF,) * len(xs), 16.0)


def row_of(rule: Any) -> Row:
    """Return what is known of a rule; a user's own hides what the table calls by its name."""
    return ROWS[rule.name] if rule.trusted and rule.name in ROWS else UNKNOWN


def slopes_of(rule: Any, xs: Sequence[float]) -> Sequence[float]:
    """Return the derivative of a rule by each operand; inf where it cannot be told.

    Args:
        rule: a Primitive, or what stands for one where the partials were given.
        xs: its operands.

    >>> from autograd import primitives
    >>> slopes_of(primitives.mul, (2.0, 3.0))
    (3.0, 2.0)
    """
    if hasattr(rule, "given"):
        return [x if type(x) is float else x.data for x in rule.given]
    row = row_of(rule)
    if row is UNKNOWN:
        return numeric_slopes(rule.evaluate, xs)
    try:
        return row.slopes(*xs)
    except (ArithmeticError, ValueError):
        return (INF,) * len(xs)


def moved(xs: Sequence[float], i: int, step: float) -> list[float]:
    return [x + step if i == j else x for j, x in enumerate(xs)]


def probe(f: Callable[[Sequence[float]], float], xs: Sequence[float], i: int, step: float) -> float:
    try:
        return f(moved(xs, i, step))
    except Exception:  # a user's function may raise anything outside its domain
        return math.nan


def numeric_slopes(f: Callable[[Sequence[float]], float], xs: Sequence[float]) -> list[float]:
    """Return the slopes of a function nothing is known of, by moving one operand at a time.

    >>> [round(slope, 6) for slope in numeric_slopes(lambda xs: xs[0] * xs[1], (2.0, 3.0))]
    [3.0, 2.0]
    """
    slopes = []
    for i, x in enumerate(xs):
        step = 1e-5 * max(1.0, abs(x))
        slope = (probe(f, xs, i, step) - probe(f, xs, i, -step)) / (2.0 * step)
        slopes.append(slope if math.isfinite(slope) else INF)
    return slopes


def curvatures(f: Callable[[Sequence[float]], float], xs: Sequence[float]) -> list[float]:
    """Return the size of the second derivative by each operand, by moving one at a time."""
    here = f(xs)
    found = []
    for i, x in enumerate(xs):
        step = 1e-4 * max(1.0, abs(x))
        bend = (probe(f, xs, i, step) - 2.0 * here + probe(f, xs, i, -step)) / step**2
        found.append(abs(bend) if math.isfinite(bend) else INF)
    return found
