"""Derivatives computed without the engine: its table, its graph and its walks are not used here.

One set of rules, written from the textbook with the output never at hand, serves two arithmetics:
`Fraction`, where a rational program's gradient is exact, and mpmath at 50 digits.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpmath import mp

from tests.support.programs import Constant, RandomProgram

mp.dps = 50

# A Fraction or an mpmath number.
Number = Any
EPSILON = 2.0**-53


def sign(x: Number) -> int:
    return int(x > 0) - int(x < 0)


def shares(*xs: Number) -> list[Number]:
    """1/k for each of the k largest."""
    largest = max(xs)
    return [Fraction(int(x == largest), xs.count(largest)) for x in xs]


def lowest(*xs: Number) -> list[Number]:
    return shares(*[-x for x in xs])


def softmax(*xs: Number) -> list[Number]:
    weights = [mp.exp(x) for x in xs]
    return [weight / sum(weights) for weight in weights]


def sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def gauss(x: Number) -> Number:
    return mp.exp(-(x**2))


def cdf(x: Number) -> Number:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x: Number) -> Number:
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


@dataclass(frozen=True)
class Rule:
    """A function and all its partial derivatives, each in terms of the inputs alone."""

    forward: Callable[..., Number]
    partials: Callable[..., Sequence[Number]]


RULES = {
    # rational: exact on Fractions
    "identity": Rule(lambda x: x, lambda x: [1]),
    "add": Rule(lambda x, y: x + y, lambda x, y: [1, 1]),
    "sub": Rule(lambda x, y: x - y, lambda x, y: [1, -1]),
    "mul": Rule(lambda x, y: x * y, lambda x, y: [y, x]),
    "div": Rule(lambda x, y: x / y, lambda x, y: [1 / y, -x / y**2]),
    "halves": Rule(lambda x, y: x / y, lambda x, y: [1 / y, -x / y**2]),
    "neg": Rule(lambda x: -x, lambda x: [-1]),
    "square": Rule(lambda x: x * x, lambda x: [2 * x]),
    "cube": Rule(lambda x: x * x * x, lambda x: [3 * x * x]),
    "one": Rule(lambda x: x * 0 + 1, lambda x: [0]),
    "inverse": Rule(lambda x: 1 / x, lambda x: [-1 / x**2]),
    "abs": Rule(lambda x: x * sign(x), lambda x: [sign(x)]),
    "relu": Rule(lambda x: x * (x > 0), lambda x: [int(x > 0)]),
    "leaky_relu": Rule(
        lambda x, s: x if x > 0 else s * x,
        lambda x, s: [1, 0] if x > 0 else [s, x],
    ),
    "step": Rule(lambda x: x * 0 + (x > 0), lambda x: [0]),
    "same": Rule(lambda x, y: x * 0 + (x == y), lambda x, y: [0, 0]),
    "where": Rule(
        lambda c, x, y: x if c > 0 else y,
        lambda c, x, y: [0, int(c > 0), int(not c > 0)],
    ),
    "weigh": Rule(lambda a, p: a * p, lambda a, p: [p, a]),
    "total": Rule(lambda *xs: sum(xs), lambda *xs: [1] * len(xs)),
    "dot": Rule(lambda a, b, c, d: a * c + b * d, lambda a, b, c, d: [c, d, a, b]),
    "maximum": Rule(lambda *xs: max(xs), shares),
    "minimum": Rule(lambda *xs: min(xs), lowest),
    # the others need mpmath
    "pow": Rule(
        lambda x, y: mp.power(x, y),
        lambda x, y: [y * mp.power(x, y - 1), mp.power(x, y) * mp.log(x)],
    ),
    "sqrt": Rule(lambda x: mp.sqrt(x), lambda x: [1 / (2 * mp.sqrt(x))]),
    "exp": Rule(lambda x: mp.exp(x), lambda x: [mp.exp(x)]),
    "expm1": Rule(lambda x: mp.expm1(x), lambda x: [mp.exp(x)]),
    "log": Rule(lambda x: mp.log(x), lambda x: [1 / x]),
    "log1p": Rule(lambda x: mp.log1p(x), lambda x: [1 / (1 + x)]),
    "sin": Rule(lambda x: mp.sin(x), lambda x: [mp.cos(x)]),
    "cos": Rule(lambda x: mp.cos(x), lambda x: [-mp.sin(x)]),
    "tan": Rule(lambda x: mp.tan(x), lambda x: [mp.sec(x) ** 2]),
    "asin": Rule(lambda x: mp.asin(x), lambda x: [1 / mp.sqrt(1 - x**2)]),
    "acos": Rule(lambda x: mp.acos(x), lambda x: [-1 / mp.sqrt(1 - x**2)]),
    "atan": Rule(lambda x: mp.atan(x), lambda x: [1 / (1 + x**2)]),
    "atan2": Rule(
        lambda y, x: mp.atan2(y, x),
        lambda y, x: [x / (x**2 + y**2), -y / (x**2 + y**2)],
    ),
    "hypot": Rule(
        lambda x, y: mp.hypot(x, y),
        lambda x, y: [x / mp.hypot(x, y), y / mp.hypot(x, y)],
    ),
    "sinh": Rule(lambda x: mp.sinh(x), lambda x: [mp.cosh(x)]),
    "cosh": Rule(lambda x: mp.cosh(x), lambda x: [mp.sinh(x)]),
    "tanh": Rule(lambda x: mp.tanh(x), lambda x: [mp.sech(x) ** 2]),
    "sech2": Rule(lambda x: mp.sech(x) ** 2, lambda x: [-2 * mp.sech(x) ** 2 * mp.tanh(x)]),
    "sigmoid": Rule(sigmoid, lambda x: [sigmoid(x) * sigmoid(-x)]),
    "softplus": Rule(lambda x: mp.log1p(mp.exp(x)), lambda x: [sigmoid(x)]),
    "elu": Rule(
        lambda x, a: x if x > 0 else a * mp.expm1(x),
        lambda x, a: [1, 0] if x > 0 else [a * mp.exp(x), mp.expm1(x)],
    ),
    "gelu": Rule(lambda x: x * cdf(x), lambda x: [cdf(x) + x * density(x)]),
    "silu": Rule(
        lambda x: x * sigmoid(x),
        lambda x: [sigmoid(x) * (1 + x * sigmoid(-x))],
    ),
    "erf": Rule(lambda x: mp.erf(x), lambda x: [2 / mp.sqrt(mp.pi) * gauss(x)]),
    "erfc": Rule(lambda x: mp.erfc(x), lambda x: [-2 / mp.sqrt(mp.pi) * gauss(x)]),
    "logsumexp": Rule(lambda *xs: mp.log(sum(mp.exp(x) for x in xs)), softmax),
    "share": Rule(lambda x, z: mp.exp(x - z), lambda x, z: [mp.exp(x - z), -mp.exp(x - z)]),
}

# Where two terms of a partial cancel, the rounding error keeps the size of the terms.
TERMS = {"gelu": 1.0, "silu": 1.0}


def forward(name: str) -> Callable[..., Number]:
    return RULES[name].forward


def exactly(number: Any) -> Fraction:
    return Fraction(float(number))


def precisely(number: Any) -> Number:
    return mp.mpf(float(number))


@dataclass
class Adjoint:
    """The derivative of a program's result by one of its values.

    Args:
        derivative: the sum over all paths.
        size: the same sum with every term taken positive, which rounding errors go with.
        grain: every term is a multiple of this.
    """

    derivative: Number
    size: Number
    grain: Fraction = Fraction(1)


def reverse(
    program: RandomProgram, values: Sequence[Number], lift: Callable[[Any], Number]
) -> list[Adjoint]:
    """Return the adjoint of each value, by a reverse sweep in the arithmetic of `values`."""
    adjoints = [Adjoint(lift(0), lift(0)) for _ in values]
    adjoints[-1] = Adjoint(lift(1), lift(1))
    wiring = list(program.wiring())
    for index in range(len(values) - 1, len(program.leaves) - 1, -1):
        op, operands = wiring[index - len(program.leaves)]
        xs = [lift(x.number) if isinstance(x, Constant) else values[x] for x in operands]
        for x, partial in zip(operands, RULES[op].partials(*xs), strict=True):
            if not isinstance(x, Constant):
                hand_down(adjoints[index], adjoints[x], partial, TERMS.get(op, 0.0))
    return adjoints


def hand_down(above: Adjoint, below: Adjoint, partial: Number, terms: float) -> None:
    below.derivative += above.derivative * partial
    below.size += above.size * max(abs(partial), terms)
    if isinstance(partial, int | Fraction) and partial:
        below.grain = min(below.grain, above.grain * grain(Fraction(partial)))


def grain(number: Fraction) -> Fraction:
    """The largest power of two that divides a dyadic number."""
    lowest_bit = number.numerator & -number.numerator
    return Fraction(lowest_bit, number.denominator)


def exact_gradient(program: RandomProgram) -> list[Fraction] | None:
    """Return a rational program's gradient; None where doubles might have to round on the way."""
    values = program.run([exactly(x) for x in program.leaves], forward, exactly)
    adjoints = reverse(program, values, exactly)
    fits = all(each.size < each.grain * 2**53 for each in adjoints)
    if not fits or any(exactly(x) != x for x in values):
        return None
    return [each.derivative for each in adjoints[: len(program.leaves)]]


def precise_gradient(program: RandomProgram, data: Sequence[float]) -> list[Adjoint]:
    """Return the adjoints of the leaves, each partial taken at the numbers the engine computed.

    So rounding in the forward pass does not count, and what remains is bounded by `tolerance`.
    """
    return reverse(program, [precisely(x) for x in data], precisely)[: len(program.leaves)]


def tolerance(program: RandomProgram, adjoint: Adjoint) -> float:
    """A bound on the rounding error of a reverse sweep, to first order.

    Each partial is right to a few units in the last place, and each path multiplies at most as
    many of them as the program has instructions.
    """
    return float(16 * EPSILON * (1 + len(program.instructions)) * adjoint.size) + 5e-324


def relative_error(number: float, exact: Number) -> float:
    """|number − exact| in units of 2⁻⁵³·|exact|."""
    if exact == 0:
        return 0.0 if number == 0.0 else math.inf
    return float(abs((precisely(number) - exact) / exact)) / EPSILON
