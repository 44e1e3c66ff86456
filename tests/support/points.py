"""Points at which every primitive is tried, and its derivative there by differences."""

from typing import Any

from autograd import grad

LINE = [(-30.0,), (-3.0,), (-1.25,), (-0.5,), (0.25,), (1.0,), (2.5,), (30.0,)]
SMALL = [(-2.5,), (-1.25,), (-0.5,), (0.25,), (1.0,), (2.5,)]
RIGHT = [(1e-3,), (0.25,), (0.99,), (1.0,), (1.01,), (2.5,), (1e6,)]
INNER = [(-0.99,), (-0.5,), (0.25,), (0.75,), (0.99,)]
PLANE = [(-2.5, 0.5), (-0.5, -3.0), (0.25, 1.25), (1.5, -0.75), (3.0, 7.0)]
SPACE = [(-2.5, 0.5, 1.0), (0.5, -3.0, 0.25), (1.5, 1.25, -4.0)]
DOTS = [(1.5, -2.0, 3.0, 0.25), (-0.5, 4.0, 1.25, 2.0)]
# Smooth points of every row's domain.
POINTS: dict[str, Any] = {
    "identity": LINE,
    "add": PLANE,
    "sub": PLANE,
    "mul": PLANE,
    "div": PLANE,
    "neg": LINE,
    "abs": LINE,
    "weigh": PLANE,
    "pow": [(0.25, 1.25), (2.5, -0.75), (1.01, 30.0), (3.0, 0.5), (7.0, 2.0)],
    "sqrt": RIGHT,
    "exp": LINE,
    "expm1": [*LINE, (1e-8,)],
    "log": RIGHT,
    "log1p": [(-0.5,), *RIGHT, (1e-8,)],
    "sin": LINE,
    "cos": LINE,
    "tan": LINE,
    "asin": INNER,
    "acos": INNER,
    "atan": LINE,
    "atan2": PLANE,
    "hypot": PLANE,
    "sinh": LINE,
    "cosh": LINE,
    "tanh": LINE,
    "sech2": LINE,
    "sigmoid": LINE,
    "softplus": LINE,
    "relu": LINE,
    "leaky_relu": [(-2.5, 0.25), (1.5, 0.5), (-0.5, -1.25)],
    "elu": [(-2.5, 0.25), (1.5, 0.5), (-0.5, 1.25)],
    "gelu": SMALL,
    "silu": LINE,
    "erf": SMALL,
    "erfc": [*SMALL, (8.0,)],
    "step": LINE,
    "same": PLANE,
    "where": SPACE,
    "total": SPACE,
    "dot": DOTS,
    "maximum": SPACE,
    "minimum": SPACE,
    "logsumexp": SPACE,
    "share": PLANE,
}


def arguments(row, xs):
    """The call's arguments for operands xs: `dot` takes two rows of them."""
    half = len(xs) // 2
    return (xs[:half], xs[half:]) if row.name == "dot" else xs


def derivative(row, indices):
    """Differentiate the row's call by the argument at each index, one after the other."""

    def call(*xs):
        return row(*arguments(row, xs))

    function = call
    for index in indices:
        function = grad(function, index)
    return function
