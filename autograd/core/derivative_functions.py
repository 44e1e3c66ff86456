"""Forward functions that only derivatives are made of, with IEEE 754 results as in ieee754.py."""

import math

from autograd.core.ieee754 import INF, NAN, div, hypot, log, pow, sigmoid, sqrt, weigh

__all__ = ["dasin", "datan", "dsigmoid", "follow", "over", "powlog", "slant"]


def powlog(x: float, y: float, n: float) -> float:
    """xʸ·(ln x)ⁿ."""
    return pow(x, y) if n == 0.0 else weigh(pow(x, y), pow(log(x), n))


def dasin(x: float) -> float:
    """1/√(1 − x²), the derivative of asin."""
    return div(1.0, sqrt((1.0 - x) * (1.0 + x)))


def datan(x: float) -> float:
    """1/(1 + x²), the derivative of atan."""
    q = 1.0 + x * x
    return 1.0 / q if q != INF else 1.0 / x / x


def dsigmoid(x: float) -> float:
    """σ(x)·σ(−x), the derivative of sigmoid."""
    return sigmoid(x) * sigmoid(-x)


def over(x: float, y: float) -> float:
    """x/y for y = √(x² + …): 0 at 0, ±1 at ±∞."""
    if y == 0.0:
        return y
    return x / y if y != INF or x - x == 0.0 else math.copysign(1.0, x) if x == x else x


def slant(x: float, y: float) -> float:
    """x/√(x² + y²), which does not exist at the origin."""
    z = hypot(x, y)
    return over(x, z) if z != 0.0 else NAN


def follow(x: float, y: float) -> float:
    """x; its derivatives are those of y."""
    return x
