"""Every primitive as SymPy writes it."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import sympy

Expression = Any


def choose(c: Expression, x: Expression, y: Expression) -> Expression:
    return sympy.Piecewise((x, c), (y, True))


def larger(x: Expression, y: Expression) -> Expression:
    return choose(x > y, x, y)


def smaller(x: Expression, y: Expression) -> Expression:
    return choose(x < y, x, y)


def paired(*xs: Expression) -> Expression:
    half = len(xs) // 2
    return sum(x * y for x, y in zip(xs[:half], xs[half:], strict=True))


def logistic(x: Expression) -> Expression:
    return 1 / (1 + sympy.exp(-x))


FORMULAS: dict[str, Callable[..., Expression]] = {
    "identity": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": lambda x: choose(x > 0, x, -x),
    "weigh": lambda a, p: a * p,
    "pow": lambda x, y: x**y,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "sech2": lambda x: sympy.sech(x) ** 2,
    "sigmoid": logistic,
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: choose(x > 0, x, 0),
    "leaky_relu": lambda x, slope: choose(x > 0, x, slope * x),
    "elu": lambda x, alpha: choose(x > 0, x, alpha * (sympy.exp(x) - 1)),
    "gelu": lambda x: x * sympy.erfc(-x / sympy.sqrt(2)) / 2,
    "silu": lambda x: x * logistic(x),
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "step": lambda x: choose(x > 0, 1, 0),
    "same": lambda x, y: choose(sympy.Eq(x, y), 1, 0),
    "where": lambda c, x, y: choose(c > 0, x, y),
    "total": lambda *xs: sum(xs),
    "dot": paired,
    "maximum": lambda *xs: reduce(larger, xs),
    "minimum": lambda *xs: reduce(smaller, xs),
    "logsumexp": lambda *xs: sympy.log(sum(sympy.exp(x) for x in xs)),
    "share": lambda x, z: sympy.exp(x - z),
}
