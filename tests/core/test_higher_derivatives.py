"""First, second and third derivatives of every row at special points, in every way there is.

SymPy derives them from what a row computes; mpmath reads them on both sides of the point, or far
out where the point is infinite.  What the engine says is one of these limits, or their mean, or inf
or nan where they are not finite, or where there is none.
"""

import itertools
import math
from functools import cache
from typing import Any

import pytest
import sympy
from mpmath import mp

import autograd
from autograd import compile, grad, hessian, hvp, jvp
from autograd.primitives import TABLE
from tests.support.sympy_formulas import FORMULAS

pytestmark = pytest.mark.engine

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
    def directional(*xs):
        return jvp(f, xs, tuple(float(i == j) for j in range(len(xs))))[1]

    return directional


WAYS: Any = {
    "reverse over reverse": (grad, grad),
    "forward over reverse": (grad, forward),
    "reverse over forward": (forward, grad),
}


def derived(f, indices, way):
    inner, outer = WAYS[way]
    for depth, i in enumerate(indices):
        f = (outer if depth else inner)(f, i)
    return f


@cache
def formula(name, orders):
    """The derivative as SymPy has it, for mpmath."""
    xs = [sympy.Symbol(f"x{i}", real=True) for i in range(len(orders))]
    if name == "softplus":  # its own formula cancels far out
        name, orders = "sigmoid", (orders[0] - 1,)
    found = sympy.sympify(FORMULAS[name](*xs))
    for x, order in zip(xs, orders, strict=True):
        found = sympy.diff(found, x, order) if order else found
    return sympy.lambdify(xs, found, [QUICK, "mpmath"])


def quick(f):
    """Return f, no further out than where it has long settled, or overflowed all that counts."""
    return lambda x: f(max(min(x, mp.mpf(10**5)), mp.mpf(-(10**5))))


QUICK = {name: quick(getattr(mp, name)) for name in ("exp", "sinh", "cosh", "tanh", "sech")}
QUICK["erfc"] = lambda x: mp.erfc(x) if abs(x) < 1000 else mp.mpf(2 if x < 0 else 0)


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
                found.append(+mp.mpf(number))
    return [far_out(x) for x in found] if inf in map(math.fabs, point) else found


def far_out(number):
    """The limit that a number near infinity stands for."""
    size = mp.fabs(number)
    return mp.mpf(0) if size < 1e-100 else number * LARGEST if size > 1e100 else number


def near(ours, exact):
    return mp.almosteq(ours, exact, 1e-11, TINY)


def is_right(ours, around):
    """Whether a derivative is a limit, or the mean of those from several sides, or is not finite
    where no finite limit exists.
    """
    if not around:  # outside the domain
        return True
    if math.isfinite(ours):
        return any(near(ours, x) for x in [*around, mp.fsum(around) / len(around)])
    agree = all(mp.almosteq(x, around[0], 1e-9, TINY) for x in around)
    return not agree or mp.fabs(around[0]) >= LARGEST / 2


def same(x, y):
    return math.isclose(x, y, rel_tol=1e-11, abs_tol=1e-290) or not (
        math.isfinite(x) or math.isfinite(y)
    )


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", UNARY)
def test_rows_of_one_operand(name, order):
    row, indices = TABLE[name], (0,) * order
    for x in LINE:
        around = limits(name, (x,), (order,))
        for way in WAYS:
            ours = derived(lambda x: row(x), indices, way)(x)
            assert is_right(ours, around), (x, way, ours)
        assert math.isnan(derived(lambda x: row(x), indices, way)(nan)) or name in FLAT[order]


# Of nan they are what they are of any number.
FLAT = {
    1: ("identity", "neg", "step"),
    2: ("identity", "neg", "step", "abs", "relu"),
    3: ("identity", "neg", "step", "abs", "relu"),
}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", UNARY)
def test_compiled_ones_are_those_of_eager(name, order):
    row = TABLE[name]
    f = derived(lambda x: row(x), (0,) * order, "reverse over reverse")
    lanes, one = compile(f, in_axes=0)([*LINE, nan]), compile(f)
    for x, ours in zip([*LINE, nan], lanes, strict=True):
        assert same(ours, f(x)), x
        assert same(one(x), f(x)), x


# Where a formula would have ∞·0 in another operand's derivative, or a convention says 0.
INDEFINITE = {
    "div": lambda x, y: math.isinf(x),
    "pow": lambda x, y: (x < 1e-100 and y != 2.0) or math.isinf(y) or 0.0 < y < 1e-100,
    "atan2": lambda y, x: 0.0 < math.hypot(x, y) < 1e-100 or x == y == 1e-8,
    "hypot": lambda x, y: max(x, y) < 1e-300 or (math.isinf(x) and math.isinf(y)),
    "leaky_relu": lambda x, slope: math.isinf(slope) or math.isinf(x),
    "elu": lambda x, alpha: math.isinf(alpha),
    "maximum": lambda x, y: x == y,
    "minimum": lambda x, y: x == y,
    "same": lambda x, y: x == y,
    "mul": lambda x, y: math.isinf(x) or math.isinf(y),
    "weigh": lambda x, y: math.isinf(x) or math.isinf(y),
    "logsumexp": lambda x, y: max(x, y) < -1e5,
}
SECOND = [(0,), (1,), (0, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize("name", BINARY)
def test_rows_of_two_operands(name):
    row, left_out = TABLE[name], INDEFINITE.get(name, lambda x, y: False)
    for point in itertools.product(PLANE, repeat=2):
        for indices in SECOND if not left_out(*point) else ():
            around = limits(name, point, (indices.count(0), indices.count(1)))
            for way in WAYS:
                ours = derived(lambda *xs: row(*xs), indices, way)(*point)
                assert is_right(ours, around), (point, indices, way, ours)


# -- kinks and tips that a smooth function of them does not show ----------------------------------

ABS, MAX, MIN, HYPOT = autograd.abs, autograd.maximum, autograd.minimum, autograd.hypot
HIDDEN = [
    (lambda x: ABS(x) ** 2, 2.0),
    (lambda x: ABS(2.0 * ABS(x)) ** 2, 8.0),
    (lambda x: ABS(x) * ABS(x), 2.0),
    (lambda x: autograd.exp(ABS(x) ** 2), 2.0),
    (lambda x: MAX(x, -x) ** 2, 2.0),
    (lambda x: MIN(x, -x) ** 2, 2.0),
    (lambda x: MAX(3.0 * x, -3.0 * x, x) ** 2, 18.0),
    (lambda x: HYPOT(x, 0.0) ** 2, 2.0),
    (lambda x: 0 ** (x + 2.0), 0.0),
    (lambda x: ABS(x), 0.0),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("f", "second"), HIDDEN)
def test_a_smooth_function_of_a_kink_has_its_second_derivative(f, second, way):
    twice = derived(f, (0, 0), way)
    assert twice(0.0) == second
    assert compile(twice)(0.0) == second
    assert compile(twice, in_axes=0)([0.0, 0.0]) == [second] * 2


@pytest.mark.parametrize("x", [1.0, 3.0, -2.0, 1e-200])
def test_a_cone_has_its_hessian_off_the_tip_and_none_there(x):
    exact = [[0.0, 0.0], [0.0, 1.0 / math.fabs(x)]]
    assert hessian(lambda p: HYPOT(p[0], p[1]))([x, 0.0]) == exact
    for f in (lambda p: HYPOT(p[0], p[1]), lambda p: HYPOT(p[0], p[1]) ** 2):
        assert not any(map(math.isfinite, itertools.chain(*hessian(f)([0.0, 0.0]))))
    assert hessian(lambda p: autograd.where(p[0] > 0, HYPOT(p[0], p[1]), p[0] ** 2))(
        [0.0, 0.0]
    ) == [
        [2.0, 0.0],
        [0.0, 0.0],
    ]


def test_a_product_along_a_direction_at_the_tip_is_the_right_one_or_nan():
    def along(p, v):
        return hvp(lambda p: HYPOT(p[0], p[1]) ** 2, (p,), (v,))

    for v in ([1.0, 0.0], [1.0, 2.0], [0.0, 0.0]):
        for way in (along, compile(along)):
            for got, way_there in zip(way([0.0, 0.0], v), v, strict=True):
                assert got == 2.0 * way_there or math.isnan(got)


def test_powers_of_zero_have_a_symmetric_hessian():
    assert hessian(lambda p: p[0] ** p[1])([0.0, 2.0]) == [[2.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda p: p[0] ** p[1])([0.0, 1.0]) == [[0.0, -inf], [-inf, 0.0]]
    assert hessian(lambda p: p[0] ** p[1])([0.0, 3.0]) == [[0.0, 0.0], [0.0, 0.0]]
