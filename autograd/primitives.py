"""The table: every primitive's name, forward function and one partial derivative per argument.

It reads like the table at the back of a calculus book.  In a partial, `z` is the output and
`x, y` are the inputs.  A partial uses only operators and primitives (`div` and `pow` where a
float would raise), so it can be read on floats, on Values and on symbols alike.

`again` holds the partials as they are read on Values, to be differentiated themselves: the same
numbers, in formulas whose own derivatives neither cancel nor have 0·∞ at poles and far out, and
None for a derivative that is 0 everywhere, of which nothing is recorded.
"""

import math
import sys
from typing import Any

from autograd.core import derivative_functions, ieee754
from autograd.core.primitive import (
    HELPERS,
    TABLE,
    Primitive,
    Sides,
    Variadic,
    at_least_one,
    spread,
    two_rows,
)  # fmt: skip

__all__ = ["HELPERS", "TABLE", "Primitive", "Variadic"]

SMALLEST = sys.float_info.min


def ties(z: Any, *xs: Any) -> list[Any]:
    """1/k for each of the k operands equal to the output, 0 for the others."""
    hits = [same(x, z) for x in xs]
    count = total(hits)
    return [div(hit, count) for hit in hits]


def sides(z: Any, *xs: Any) -> list[Any]:
    """`ties`, and where several tie: differentiated again, the result is the first of them."""
    rest, firsts = 1.0, []
    for x in xs:
        firsts.append(weigh(rest, same(x, z)))
        rest = rest - firsts[-1]
    return [Sides(tie, first) for tie, first in zip(ties(z, *xs), firsts, strict=True)]


def first_of_ties(z: Any, *xs: Any) -> Any:
    """The operand that `sides` chooses."""
    return total([weigh(s.chosen, x) for s, x in zip(sides(z, *xs), xs, strict=True)])


def right_of_0(z: Any, x: Any) -> Any:
    """|x| as it is at 0 and right of it."""
    return where(-x, -x, x)


def none(x: Any) -> bool:
    """Whether x is the plain number 0, beside which hypot is abs."""
    return type(x) is float and x == 0.0


def leg(z: Any, x: Any, y: Any) -> Any:
    """The derivative by x of z = √(x² + y²): 0 at the tip of the cone, of which nan remains."""
    return Sides(over(x, z), where(-x, -1.0, 1.0) if none(y) else slant(x, y))


def beside_the_tip(z: Any, x: Any, y: Any) -> Any:
    return right_of_0(z, x) if none(y) else right_of_0(z, y) if none(x) else z


def raised(x: Any, y: Any) -> Any:
    """xʸ, with the derivatives by y of `powlog` where y can have any."""
    return pow(x, y) if type(y) is float else powlog(x, y, 0.0)


def near(x: Any, far: float) -> Any:
    """x, but 0 further out than `far`, where what multiplies it has underflowed to 0."""
    return where(x * x - far * far, 0.0, x)


def bell(x: Any, k: float) -> Any:
    """exp(−k·x²) with derivatives that vanish at infinity, k ≥ 0.5."""
    inner = near(x, 40.0)
    return where(x * x - 1600.0, 0.0, exp(-k * inner * inner))


def softmax(z: Any, *xs: Any) -> list[Any]:
    """The share of each operand in the output, divided by their sum to undo the rounding of z.

    Where every operand is −inf the sum is 0, and so is each share.
    """
    parts = [share(x, z) for x in xs]
    whole = maximum(total(parts), SMALLEST)
    return [div(part, whole) for part in parts]


# fmt: off
# -- arithmetic ---------------------------------------------------------------------------------
identity = Primitive("identity", ieee754.identity, lambda z, x: 1.0)
add   = Primitive("add", ieee754.add, lambda z, x, y: 1.0, lambda z, x, y: 1.0, symbol="+")
sub   = Primitive("sub", ieee754.sub, lambda z, x, y: 1.0, lambda z, x, y: -1.0, symbol="−")
mul   = Primitive("mul", ieee754.mul, lambda z, x, y: y, lambda z, x, y: x, symbol="×")
div   = Primitive("div", ieee754.div, lambda z, x, y: div(1.0, y), lambda z, x, y: -div(z, y), symbol="÷")
neg   = Primitive("neg", ieee754.neg, lambda z, x: -1.0, symbol="−")
abs   = Primitive("abs", ieee754.absolute, lambda z, x: step(x) - step(-x),
                  again=(lambda z, x: Sides(step(x) - step(-x), where(-x, -1.0, 1.0)),),
                  side=right_of_0)
weigh = Primitive("weigh", ieee754.weigh, lambda z, a, p: p, lambda z, a, p: a)

# -- powers, exponentials, logarithms ------------------------------------------------------------
# `weigh` makes x⁰ flat at 0 (0·∞ is 0 there); `where` makes the exponent's side of 0⁰ flat too.
# What it selects at 0 is the 0 itself, so that a nan, which is not above 0 either, stays nan.
pow   = Primitive("pow", ieee754.pow,
                  lambda z, x, y: weigh(y, pow(x, y - 1.0)),
                  lambda z, x, y: weigh(where(hypot(x, y), z, hypot(x, y)), log(x)), symbol="^",
                  again=(lambda z, x, y: weigh(y, raised(x, y - 1.0)),
                         lambda z, x, y: where(hypot(x, y), powlog(x, y, 1.0), hypot(x, y))))
sqrt  = Primitive("sqrt", ieee754.sqrt, lambda z, x: div(0.5, z), symbol="√")
exp   = Primitive("exp", ieee754.exp, lambda z, x: z)
expm1 = Primitive("expm1", ieee754.expm1, lambda z, x: exp(x))
log   = Primitive("log", ieee754.log, lambda z, x: div(1.0, x))
log1p = Primitive("log1p", ieee754.log1p, lambda z, x: div(1.0, 1.0 + x))

# -- circular functions, angles in radians --------------------------------------------------------
sin   = Primitive("sin", ieee754.sin, lambda z, x: cos(x))
cos   = Primitive("cos", ieee754.cos, lambda z, x: -sin(x))
tan   = Primitive("tan", ieee754.tan, lambda z, x: 1.0 + z * z)
asin  = Primitive("asin", ieee754.asin, lambda z, x: div(1.0, sqrt((1.0 - x) * (1.0 + x))),
                  again=(lambda z, x: dasin(x),))
acos  = Primitive("acos", ieee754.acos, lambda z, x: -div(1.0, sqrt((1.0 - x) * (1.0 + x))),
                  again=(lambda z, x: -dasin(x),))
atan  = Primitive("atan", ieee754.atan, lambda z, x: datan(x))
atan2 = Primitive("atan2", ieee754.atan2,
                  lambda z, x, y: div(over(y, hypot(x, y)), hypot(x, y)),
                  lambda z, x, y: -div(over(x, hypot(x, y)), hypot(x, y)),
                  again=(lambda z, x, y: div(slant(y, x), hypot(x, y)),
                         lambda z, x, y: -div(slant(x, y), hypot(x, y))))
hypot = Primitive("hypot", ieee754.hypot, lambda z, x, y: over(x, z), lambda z, x, y: over(y, z),
                  again=(leg, lambda z, x, y: leg(z, y, x)), side=beside_the_tip)

# -- hyperbolic functions; sech2 = 1 − tanh² --------------------------------------------------------
sinh  = Primitive("sinh", ieee754.sinh, lambda z, x: cosh(x))
cosh  = Primitive("cosh", ieee754.cosh, lambda z, x: sinh(x))
tanh  = Primitive("tanh", ieee754.tanh, lambda z, x: sech2(x))
sech2 = Primitive("sech2", ieee754.sech2, lambda z, x: -2.0 * z * tanh(x))

# -- activations --------------------------------------------------------------------------------------
sigmoid    = Primitive("sigmoid", ieee754.sigmoid, lambda z, x: z * sigmoid(-x), symbol="σ",
                       again=(lambda z, x: dsigmoid(x),))
softplus   = Primitive("softplus", ieee754.softplus, lambda z, x: sigmoid(x))
relu       = Primitive("relu", ieee754.relu, lambda z, x: step(x))
leaky_relu = Primitive("leaky_relu", ieee754.leaky_relu,
                       lambda z, x, slope: step(x) + slope * (1.0 - step(x)),
                       lambda z, x, slope: where(x, 0.0, x), defaults=(0.01,))
elu        = Primitive("elu", ieee754.elu,
                       lambda z, x, alpha: where(x, 1.0, alpha * exp(x)),
                       lambda z, x, alpha: where(x, 0.0, expm1(x)), defaults=(1.0,),
                       again=(lambda z, x, alpha: where(x, 1.0, alpha * exp(where(x, 0.0, x))),
                              lambda z, x, alpha: where(x, 0.0, expm1(where(x, 0.0, x)))))
gelu       = Primitive("gelu", ieee754.gelu,
                       lambda z, x: 0.5 * erfc(-x * math.sqrt(0.5))
                       + weigh(exp(-0.5 * x * x), x) * (1.0 / math.sqrt(2.0 * math.pi)),
                       again=(lambda z, x: 0.5 * erfc(-x * math.sqrt(0.5))
                              + weigh(bell(x, 0.5), near(x, 40.0))
                              * (1.0 / math.sqrt(2.0 * math.pi)),))
silu       = Primitive("silu", ieee754.silu,
                       lambda z, x: sigmoid(x) + weigh(sigmoid(x) * sigmoid(-x), x),
                       again=(lambda z, x: sigmoid(x) + weigh(dsigmoid(x), near(x, 750.0)),))

# -- error function --------------------------------------------------------------------------------------
erf   = Primitive("erf", ieee754.erf, lambda z, x: (2.0 / math.sqrt(math.pi)) * exp(-x * x),
                  again=(lambda z, x: (2.0 / math.sqrt(math.pi)) * bell(x, 1.0),))
erfc  = Primitive("erfc", ieee754.erfc, lambda z, x: (-2.0 / math.sqrt(math.pi)) * exp(-x * x),
                  again=(lambda z, x: (-2.0 / math.sqrt(math.pi)) * bell(x, 1.0),))

# -- choice: flat between jumps ---------------------------------------------------------------------------
step  = Primitive("step", ieee754.step, lambda z, x: 0.0, again=(None,))
same  = Primitive("same", ieee754.same, lambda z, x, y: 0.0, lambda z, x, y: 0.0, again=(None, None))
where = Primitive("where", ieee754.where,
                  lambda z, c, x, y: 0.0,
                  lambda z, c, x, y: where(c, 1.0, 0.0),
                  lambda z, c, x, y: where(c, 0.0, 1.0),
                  again=(None, lambda z, c, x, y: where(c, 1.0, 0.0),
                         lambda z, c, x, y: where(c, 0.0, 1.0)))

# -- any number of operands ------------------------------------------------------------------------------
total     = Variadic("total", ieee754.total, lambda z, *xs: [1.0] * len(xs), gather=spread, symbol="Σ")
dot       = Variadic("dot", ieee754.dot, lambda z, *xs: xs[len(xs) // 2:] + xs[:len(xs) // 2],
                     gather=two_rows, symbol="·")
maximum   = Variadic("maximum", ieee754.maximum, ties, gather=at_least_one, symbol="max",
                     again=sides, side=first_of_ties)
minimum   = Variadic("minimum", ieee754.minimum, ties, gather=at_least_one, symbol="min",
                     again=sides, side=first_of_ties)
logsumexp = Variadic("logsumexp", ieee754.logsumexp, softmax, gather=at_least_one, symbol="lse")
share     = Primitive("share", ieee754.share, lambda z, x, y: z, lambda z, x, y: -z)

# -- in the derivatives above, and no functions of their own ----------------------------------------------
# xʸ·(ln x)ⁿ for whole n.  At 0 the highest power of the logarithm decides.
powlog   = Primitive("powlog", derivative_functions.powlog,
                     lambda z, x, y, n: weigh(y, powlog(x, y - 1.0, n))
                     + weigh(where(x, n, weigh(same(y, 0.0), n)), powlog(x, y - 1.0, n - 1.0)),
                     lambda z, x, y, n: powlog(x, y, n + 1.0),
                     lambda z, x, y, n: weigh(z, log(log(x))))
dasin    = Primitive("dasin", derivative_functions.dasin, lambda z, x: x * z * z * z)
datan    = Primitive("datan", derivative_functions.datan, lambda z, x: -2.0 * weigh(z, x) * z)
dsigmoid = Primitive("dsigmoid", derivative_functions.dsigmoid, lambda z, x: -z * tanh(0.5 * x))
over     = Primitive("over", derivative_functions.over, lambda z, x, y: div(1.0, y), lambda z, x, y: -div(z, y))
slant    = Primitive("slant", derivative_functions.slant,
                     lambda z, x, y: slant(y, x) * div(slant(y, x), hypot(x, y)),
                     lambda z, x, y: -z * div(slant(y, x), hypot(x, y)))
# The number of x with the derivative of y: for `Sides`.
follow   = Primitive("follow", derivative_functions.follow, lambda z, x, y: 0.0, lambda z, x, y: 1.0,
                     again=(None, lambda z, x, y: 1.0))
# fmt: on

INNER = (powlog, dasin, datan, dsigmoid, over, slant, follow)
for row in tuple(globals().values()):
    if isinstance(row, Primitive):
        (HELPERS if row in INNER else TABLE)[row.name] = row
        row.trusted = True
        row.inline = not (row.variadic or row.selects)
