"""Real numbers: what counts as one, and every forward function with IEEE 754 results.

Python's `math` raises where IEEE 754 has an answer (`math.log(0)`, `math.exp(1000)`, `1 / 0`)
and `**` turns a negative base into a complex number.  Nothing here does either: a result that
is too large is inf, one that does not exist is nan.
"""

import math
import numbers
import operator
from collections.abc import Callable
from functools import reduce

from autograd import errors

__all__ = ["as_float"]

INF, NAN = math.inf, math.nan


def as_float(x: object) -> float:
    """Return `x` as a plain float; raise TypeError, saying what to do, if it is no real number."""
    if type(x) is float:
        return x  # the line above is the proof
    if getattr(x, "shape", None) == () and not getattr(x, "requires_grad", False):
        x = x.item()  # type: ignore[attr-defined]  # an array without dimensions, or a scalar
    kind = type(x)
    real = hasattr(kind, "__float__") or hasattr(kind, "__index__")
    complex_only = isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real)
    if not real or complex_only or hasattr(kind, "__len__") or hasattr(kind, "__autograd_record__"):
        raise TypeError(errors.not_a_number(x))
    try:
        return float(x)  # type: ignore[arg-type]  # it has __float__ or __index__
    except OverflowError:
        raise OverflowError(errors.too_large(x)) from None


def or_nan(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return `function` with nan where it raises ValueError: outside its domain."""

    def quiet(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN

    return quiet


add = operator.add
sub = operator.sub
mul = operator.mul
neg = operator.neg
absolute = math.fabs
tanh, atan, atan2, erf, erfc = math.tanh, math.atan, math.atan2, math.erf, math.erfc
sin = or_nan(math.sin)
cos = or_nan(math.cos)
tan = or_nan(math.tan)
asin = or_nan(math.asin)
acos = or_nan(math.acos)


def identity(x: float) -> float:
    return x


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return NAN
        return math.copysign(INF, x) * math.copysign(1.0, y)


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INF if x < 0.0 and is_odd(y) else INF
    except ValueError:
        if x != 0.0:  # a negative base with a fractional exponent
            return NAN
        return math.copysign(INF, x) if is_odd(y) else INF


def is_odd(y: float) -> bool:
    return abs(math.fmod(y, 2.0)) == 1.0


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def sqrt(x: float) -> float:
    """The root of −0 is +0 here, so that the slope there is +inf from both zeros."""
    return math.sqrt(x) + 0.0 if x >= 0.0 else NAN


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    if x > -1.0:
        return math.log1p(x)
    return -INF if x == -1.0 else NAN


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INF, x)


def cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return INF


def sech2(x: float) -> float:
    """1 − tanh², accurate where tanh rounds to 1."""
    e = math.exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def leaky_relu(x: float, slope: float) -> float:
    return x if x > 0.0 else slope * x


def elu(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)


def gelu(x: float) -> float:
    return weigh(0.5 * math.erfc(-x * math.sqrt(0.5)), x)


def silu(x: float) -> float:
    return weigh(sigmoid(x), x)


def hypot(x: float, y: float) -> float:
    """√(x² + y²) by scaling: the same few operations, hence the same bits, in every engine."""
    x, y = abs(x), abs(y)
    if x == INF or y == INF:
        return INF
    small, large = (y, x) if x > y else (x, y)
    if large == 0.0:
        return small + large  # 0, or nan
    ratio = small / large
    return large * math.sqrt(1.0 + ratio * ratio)


def step(x: float) -> float:
    """1 right of zero, 0 at zero and left of it; nan stays nan."""
    if x > 0.0:
        return 1.0
    return 0.0 if x <= 0.0 else x


def same(x: float, y: float) -> float:
    """1 where x equals y, else 0; nan when either is nan."""
    if x == y:
        return 1.0
    return 0.0 if x == x and y == y else NAN


def where(c: float, x: float, y: float) -> float:
    return x if c > 0.0 else y


def weigh(a: float, p: float) -> float:
    """a·p, but 0 where a is 0 whatever p is: a path that carries nothing adds nothing."""
    return 0.0 if a == 0.0 else a * p


def share(x: float, z: float) -> float:
    """exp(x − z), the share of x in z = logsumexp(..., x, ...); of −inf in −inf it is 0."""
    if x == z:
        return 0.0 if x == -INF else 1.0
    return exp(x - z)


def total(*xs: float) -> float:
    result = 0.0
    for x in xs:
        result += x
    return result


def dot(*xs: float) -> float:
    """The first half of the operands times the second half, as x·u + y·v adds them, −0 and all."""
    half = len(xs) // 2
    # Not `sum`, which adds otherwise from Python 3.12 on.  Only −0 adds nothing to −0.
    return reduce(add, map(mul, xs[:half], xs[half:]), -0.0 if xs else 0.0)


def maximum(*xs: float) -> float:
    result = xs[0]
    for x in xs:
        if x > result or x != x:
            result = x
    return result


def minimum(*xs: float) -> float:
    result = xs[0]
    for x in xs:
        if x < result or x != x:
            result = x
    return result


def logsumexp(*xs: float) -> float:
    largest = maximum(*xs)
    if not math.isfinite(largest):
        return largest
    return largest + math.log(total(*[math.exp(x - largest) for x in xs]))
