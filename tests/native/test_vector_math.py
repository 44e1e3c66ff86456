"""exp, log, tanh and their like in the lanes: within 2 units in the last place of the truth."""

import functools
import math
import random
from collections.abc import Callable

import pytest
from mpmath import mp

from autograd.core.backend import native
from tests.support.tapes import Program, available, same

pytestmark = [
    pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off"),
    pytest.mark.engine,
]
INF, NAN = math.inf, math.nan
EXACT = {
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "sech2": lambda x: mp.sech(x) ** 2,
}
# It is 4e/(1 + e)², eager's formula: five roundings.
LIMIT = {name: 4.0 if name == "sech2" else 2.0 for name in EXACT}


# At which point the result is a number: just below a power of two, an error is most units of it.
INVERSE: dict[str, Callable[[float], float]] = {
    "exp": math.log,
    "expm1": math.log1p,
    "log": math.exp,
    "log1p": math.expm1,
    "tanh": math.atanh,
    "sigmoid": lambda z: math.log(z) - math.log1p(-z),
    "softplus": lambda z: math.log(math.expm1(z)),
    "sech2": lambda z: math.acosh(1.0 / math.sqrt(z)),
}
EXPONENTS = {
    "exp": (-1000, 1000), "expm1": (-50, 1000), "log": (-50, 9), "log1p": (-50, 9),
    "tanh": (-50, 0), "sigmoid": (-40, 0), "softplus": (-40, 4), "sech2": (-1000, 0),
}  # fmt: skip


def hard_points(name, draw, count):
    results = [
        math.ldexp(1.0 - draw.uniform(1e-9, 0.004), draw.randint(*EXPONENTS[name]))
        for _ in range(count)
    ]
    return [*map(INVERSE[name], results)]


def points(name, count=3000):
    draw = random.Random(name)
    near = [draw.uniform(-1, 1) for _ in range(count)]
    wide = [draw.uniform(-50, 50) for _ in range(count)]
    far = [draw.uniform(-740, 709) for _ in range(count)]
    scales = [math.ldexp(draw.uniform(-2, 2), draw.randint(-1073, 9)) for _ in range(count)]
    found = [*near, *wide, *far, *scales, *hard_points(name, draw, 5 * count)]
    if name == "log":
        found = [abs(x) for x in found]
        found += [math.ldexp(draw.uniform(1, 2), draw.randint(-1074, 1023)) for _ in range(count)]
    return [x for x in found if x > -1.0] if name == "log1p" else found


def values(name, xs):
    return [z for (z,) in Program([], 0, 1, [(name, [0])], [1]).evaluate([], [[x] for x in xs])[0]]


def ulps(z, exact):
    nearest = float(exact)
    if math.isinf(nearest):
        return 0.0 if z == nearest or z >= 1.797e308 else INF
    return float(abs(mp.mpf(z) - exact) / math.ulp(nearest))


@functools.cache
def truth(name):
    """The points, and what is true there."""
    xs = points(name)
    with mp.workdps(40):
        return xs, [EXACT[name](mp.mpf(x)) for x in xs]


@pytest.mark.parametrize("name", EXACT)
def test_it_is_within_2_units_in_the_last_place(name, vectors):
    xs, exact = truth(name)
    with mp.workdps(40):
        errors = [ulps(z, y) for z, y in zip(values(name, xs), exact, strict=True)]
    worst = max(range(len(xs)), key=errors.__getitem__)
    assert errors[worst] <= LIMIT[name], xs[worst]


EDGES = {
    "exp": [(INF, INF), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (709.8, INF), (-745.2, 0.0),
            (-745.1, 5e-324), (1e308, INF), (-1e308, 0.0), (5e-324, 1.0)],
    "expm1": [(INF, INF), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (710.0, INF), (-1e308, -1.0),
              (5e-324, 5e-324), (-1e-300, -1e-300)],
    "log": [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN),
            (5e-324, math.log(5e-324)), (1.7976931348623157e308, math.log(1.7976931348623157e308))],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (INF, INF), (-1.5, NAN), (5e-324, 5e-324)],
    "tanh": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (1e308, 1.0), (-25.0, -1.0),
             (5e-324, 5e-324), (-1e-300, -1e-300)],
    "sigmoid": [(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (-0.0, 0.5), (1e308, 1.0), (-1e308, 0.0)],
    "softplus": [(INF, INF), (-INF, 0.0), (0.0, math.log(2.0)), (1e308, 1e308), (-800.0, 0.0)],
    "sech2": [(INF, 0.0), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (-800.0, 0.0)],
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_edges(name, vectors):
    xs, expected = zip(*EDGES[name], (NAN, NAN), strict=True)
    for x, z, e in zip(xs, values(name, xs), expected, strict=True):
        assert same(z, e), (x, z, e)
        assert math.copysign(1.0, z) == math.copysign(1.0, e) or z != z, (x, z)


def test_instruction_sets_give_the_same_bits():
    best, found = native.vectors(None), {}
    for name in available():
        native.vectors(name)
        found[name] = [values(row, points(row, 300)) for row in EXACT]
    native.vectors(best)
    assert all(row == found["plain"] for row in found.values())
