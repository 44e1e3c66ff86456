"""First, second and third derivatives of every row at special points, in every way there is.

SymPy derives them from what a row computes; mpmath reads them on both sides of the point, or far
out where the point is infinite.  What the engine says is one of these limits, or their mean, or inf
or nan where they are not finite, or where there is none.
"""

import itertools
import math
from functools import cache

import sympy
from mpmath import mp

from autograd import grad, jvp
from autograd.primitives import TABLE
from tests.test_sympy import FORMULAS

inf, nan = math.inf, math.nan
DIGITS = 900
LARGEST, TINY = mp.mpf(2) ** 1024, mp.mpf(2) ** -1000
LINE = (
    0.0, -0.0, inf, -inf, 1.0, -1.0, 5e-324, -5e-324, 1e-300, -1e-300, 1e-155, 1e-8, -1e-8, 0.3,
    -2.5, 40.0, -40.0, 1000.0, -1000.0, 1e155, -1e155, 1e300, -1e300,
)  # fmt: skip
PLANE = (0.0, inf, -inf, 1.0, -1.0, 2.0, 5e-324, 1e-155, 1e-8, -1e155)
UNARY = [n for n, row in TABLE.items() if not row.variadic and len(row.partials) == 1]
BINARY = [n for n, r in TABLE.items() if n != "dot" and (r.variadic or len(r.partials) == 2)]


def forward(f, i):
    def derived(*xs):
        return jvp(f, xs, tuple(float(i == j) for j in range(len(xs))))[1]

    return derived


WAYS = {
    "reverse over reverse": (grad, grad),
    "forward over reverse": (grad, forward),
    "reverse over forward": (forward, grad),
}


def derived(f, indices, way):
    inner, outer = WAYS[way]
    for depth, i in enumerate(indices):
        f = (inner if depth == 0 else outer)(f, i)
    return f


@cache
def formula(name, orders):
    """The derivative as SymPy has it, for mpmath."""
    xs = [sympy.Symbol(f"x{i}", real=True) for i in range(len(orders))]
    found = sympy.sympify(FORMULAS[name](*xs))
    for x, order in zip(xs, orders, strict=True):
        found = sympy.diff(found, x, order) if order else found
    return sympy.lambdify(xs, found, [{"erfc": erfc}, "mpmath"])


def erfc(x):
    return mp.erfc(x) if mp.fabs(x) < 1e100 else mp.mpf(2 if x < 0 else 0)


def beside(x):
    """Two numbers in the neighbourhood of x, far out where x is infinite."""
    if math.isinf(x):
        return [mp.mpf(math.copysign(1.0, x)) * mp.mpf(10) ** power for power in (350, 353)]
    step = mp.mpf(10) ** -700 * (mp.mpf(math.fabs(x)) or 1)
    return [mp.mpf(x) - step, mp.mpf(x) + step]


@cache
def limits(name, point, orders):
    """What the derivative is around the point, where it is real."""
    function, found = formula(name, orders), []
    with mp.workdps(DIGITS):
        for xs in itertools.product(*map(beside, point)):
            try:
                number = function(*xs)
            except (ZeroDivisionError, ValueError):
                continue
            if not isinstance(number, mp.mpc) and not mp.isnan(number):
                found.append(far_out(+mp.mpf(number)) if inf in map(math.fabs, point) else +mp.mpf(number))
    return found


def far_out(number):
    """The limit that a number near infinity stands for."""
    size = mp.fabs(number)
    return mp.mpf(0) if size < 1e-100 else number * LARGEST if size > 1e100 else number


def is_right(ours, around):
    agree = all(mp.almosteq(x, around[0], 1e-9, TINY) for x in around)
    if not around or not agree or mp.fabs(around[0]) >= LARGEST / 2:
        if not math.isfinite(ours):
            return True
    return any(mp.almosteq(ours, x, 1e-11, TINY) for x in [*around, *[mp.fsum(around) / len(around)][: len(around)]])
