"""The table: every primitive's name, forward function and one partial derivative per argument.

It reads like the table at the back of a calculus book.  In a partial, `z` is the output and
`x, y` are the inputs.  A partial uses only operators and primitives (`div` and `pow` where a
float would raise), so it can be read on floats, on Values and on symbols alike.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import errors, reals
from autograd.engine import connect, native

__all__ = ["TABLE", "Primitive", "Variadic"]

Partial = Callable[..., Any]


class Rule:
    """What is called in place of a Primitive's `apply`; the native engine brings its own."""

    __slots__ = ()

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError  # pragma: no cover - Primitive has its own


if native is not None:
    Rule = native.Rule  # type: ignore[misc]


class Primitive(Rule):
    """A function of numbers together with its partial derivatives.

    Called on plain numbers it returns a float; called on a Value it records a node.

    Args:
        name: how messages and pictures call it.
        forward: takes one float per argument, returns a float.
        partials: one function per argument, `partial(z, x, y, ...)`, with z = forward(x, y, ...),
            written with operators and primitives only.
        symbol: one or two characters for pictures; the name when not given.
        defaults: values for the last arguments when a call leaves them out.

    Raises:
        TypeError: when called with the wrong number of arguments, or with what is no real number.

    >>> cube = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
    >>> cube(2.0)
    8.0
    """

    __slots__ = (
        "defaults", "forward", "inline", "name", "partials", "symbol", "trusted", "variadic",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        *partials: Partial,
        symbol: str | None = None,
        defaults: tuple[float, ...] = (),
    ) -> None:
        self.name = name
        self.forward = forward
        self.partials = partials
        self.symbol = symbol or name
        self.defaults = defaults
        self.variadic = False
        # Only a row of the table may skip the check that its results are floats, and, with a fixed
        # number of operands, be read inline by the backward walk.
        self.trusted = False
        self.inline = False

    def arrange(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the operands that `args` stand for."""
        arity, missing = len(self.partials), len(self.partials) - len(args)
        if missing:
            if not 0 < missing <= len(self.defaults):
                expected = f"{arity} argument{'s' if arity != 1 else ''}"
                raise TypeError(errors.wrong_count(self.name, expected, len(args)))
            args += self.defaults[-missing:]
        return args

    def apply(self, *args: Any) -> Any:
        """Return a float of plain numbers, a recorded node where a Value is among them."""
        operands = self.arrange(args)
        for x in operands:
            record = getattr(x, "record", None)
            if record is not None:
                return record(self, operands)
        return self.evaluate([reals.as_float(x) for x in operands])

    if native is None:
        __call__ = apply

    def evaluate(self, xs: Sequence[float]) -> float:
        """Return forward(*xs) as a plain float."""
        z = self.forward(*xs)
        return z if type(z) is float else reals.as_float(z)

    def partials_at(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Return the partial by each wanted operand; the others are never evaluated."""
        return [p(z, *xs) if use else 0.0 for p, use in zip(self.partials, wanted, strict=True)]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        if TABLE.get(self.name) is self:
            return (_row, (self.name,))
        return super().__reduce_ex__(protocol)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        # `object` has one of its own, but not for a class that derives from one in C.
        names = [name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())]
        return None, {name: getattr(self, name) for name in names}


class Variadic(Primitive):
    """A primitive of any number of operands; its one partial returns a sequence of all of them.

    Args:
        gather: turns the arguments of a call into the flat tuple of operands.
    """

    __slots__ = ("gather",)

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        partials: Callable[..., Sequence[Any]],
        *,
        gather: Callable[[str, tuple[Any, ...]], tuple[Any, ...]],
        symbol: str | None = None,
    ) -> None:
        super().__init__(name, forward, partials, symbol=symbol)
        self.variadic = True
        self.gather = gather

    def arrange(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the operands that `args` stand for."""
        return self.gather(self.name, args)

    def partials_at(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Return the partial by each operand."""
        return list(self.partials[0](z, *xs))


def _row(name: str) -> Primitive:
    return TABLE[name]


def spread(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """f(xs) and f(x, y, ...) alike."""
    if len(args) == 1 and isinstance(args[0], Iterable):
        return tuple(args[0])
    return args


def at_least_one(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    operands = spread(name, args)
    if not operands:
        raise ValueError(f"{name} of nothing: expected at least one number, got none")
    return operands


def two_rows(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """f(xs, ys): the operands are all of xs, then all of ys."""
    if len(args) != 2:
        raise TypeError(errors.wrong_count(name, "2 sequences", len(args)))
    xs, ys = tuple(args[0]), tuple(args[1])
    if len(xs) != len(ys):
        raise ValueError(f"{name} takes sequences of one length, got {len(xs)} and {len(ys)}")
    return xs + ys


def ties(z: Any, *xs: Any) -> list[Any]:
    """1/k for each of the k operands equal to the output, 0 for the others."""
    hits = [same(x, z) for x in xs]
    count = total(hits)
    return [div(hit, count) for hit in hits]


# fmt: off
# -- arithmetic ---------------------------------------------------------------------------------
identity = Primitive("identity", reals.identity, lambda z, x: 1.0)
add   = Primitive("add", reals.add, lambda z, x, y: 1.0, lambda z, x, y: 1.0, symbol="+")
sub   = Primitive("sub", reals.sub, lambda z, x, y: 1.0, lambda z, x, y: -1.0, symbol="−")
mul   = Primitive("mul", reals.mul, lambda z, x, y: y, lambda z, x, y: x, symbol="×")
div   = Primitive("div", reals.div, lambda z, x, y: div(1.0, y), lambda z, x, y: -div(z, y), symbol="÷")
neg   = Primitive("neg", reals.neg, lambda z, x: -1.0, symbol="−")
abs   = Primitive("abs", reals.absolute, lambda z, x: step(x) - step(-x))
weigh = Primitive("weigh", reals.weigh, lambda z, a, p: p, lambda z, a, p: a)

# -- powers, exponentials, logarithms ------------------------------------------------------------
# `weigh` makes x⁰ flat at 0 (0·∞ is 0 there); `where` makes the exponent's side of 0⁰ flat too.
pow   = Primitive("pow", reals.pow,
                  lambda z, x, y: weigh(y, pow(x, y - 1.0)),
                  lambda z, x, y: weigh(where(hypot(x, y), z, 0.0), log(x)), symbol="^")
sqrt  = Primitive("sqrt", reals.sqrt, lambda z, x: div(0.5, abs(z)), symbol="√")
exp   = Primitive("exp", reals.exp, lambda z, x: z)
expm1 = Primitive("expm1", reals.expm1, lambda z, x: exp(x))
log   = Primitive("log", reals.log, lambda z, x: div(1.0, x))
log1p = Primitive("log1p", reals.log1p, lambda z, x: div(1.0, 1.0 + x))

# -- circular functions, angles in radians --------------------------------------------------------
sin   = Primitive("sin", reals.sin, lambda z, x: cos(x))
cos   = Primitive("cos", reals.cos, lambda z, x: -sin(x))
tan   = Primitive("tan", reals.tan, lambda z, x: 1.0 + z * z)
asin  = Primitive("asin", reals.asin, lambda z, x: div(1.0, sqrt((1.0 - x) * (1.0 + x))))
acos  = Primitive("acos", reals.acos, lambda z, x: -div(1.0, sqrt((1.0 - x) * (1.0 + x))))
atan  = Primitive("atan", reals.atan, lambda z, x: div(1.0, 1.0 + x * x))
atan2 = Primitive("atan2", reals.atan2,
                  lambda z, x, y: div(div(y, hypot(x, y)), hypot(x, y)),
                  lambda z, x, y: -div(div(x, hypot(x, y)), hypot(x, y)))
hypot = Primitive("hypot", reals.hypot,
                  lambda z, x, y: where(z, div(x, z), 0.0),
                  lambda z, x, y: where(z, div(y, z), 0.0))

# -- hyperbolic functions; sech2 = 1 − tanh² --------------------------------------------------------
sinh  = Primitive("sinh", reals.sinh, lambda z, x: cosh(x))
cosh  = Primitive("cosh", reals.cosh, lambda z, x: sinh(x))
tanh  = Primitive("tanh", reals.tanh, lambda z, x: sech2(x))
sech2 = Primitive("sech2", reals.sech2, lambda z, x: -2.0 * z * tanh(x))

# -- activations --------------------------------------------------------------------------------------
sigmoid    = Primitive("sigmoid", reals.sigmoid, lambda z, x: z * sigmoid(-x), symbol="σ")
softplus   = Primitive("softplus", reals.softplus, lambda z, x: sigmoid(x))
relu       = Primitive("relu", reals.relu, lambda z, x: step(x))
leaky_relu = Primitive("leaky_relu", reals.leaky_relu,
                       lambda z, x, slope: step(x) + slope * (1.0 - step(x)),
                       lambda z, x, slope: where(x, 0.0, x), defaults=(0.01,))
elu        = Primitive("elu", reals.elu,
                       lambda z, x, alpha: where(x, 1.0, alpha * exp(x)),
                       lambda z, x, alpha: where(x, 0.0, expm1(x)), defaults=(1.0,))
gelu       = Primitive("gelu", reals.gelu,
                       lambda z, x: 0.5 * erfc(-x * math.sqrt(0.5))
                       + weigh(exp(-0.5 * x * x), x) * (1.0 / math.sqrt(2.0 * math.pi)))
silu       = Primitive("silu", reals.silu,
                       lambda z, x: sigmoid(x) + weigh(sigmoid(x) * sigmoid(-x), x))

# -- error function --------------------------------------------------------------------------------------
erf   = Primitive("erf", reals.erf, lambda z, x: (2.0 / math.sqrt(math.pi)) * exp(-x * x))
erfc  = Primitive("erfc", reals.erfc, lambda z, x: (-2.0 / math.sqrt(math.pi)) * exp(-x * x))

# -- choice: flat between jumps ---------------------------------------------------------------------------
step  = Primitive("step", reals.step, lambda z, x: 0.0)
same  = Primitive("same", reals.same, lambda z, x, y: 0.0, lambda z, x, y: 0.0)
where = Primitive("where", reals.where,
                  lambda z, c, x, y: 0.0,
                  lambda z, c, x, y: where(c, 1.0, 0.0),
                  lambda z, c, x, y: where(c, 0.0, 1.0))

# -- any number of operands ------------------------------------------------------------------------------
total     = Variadic("total", reals.total, lambda z, *xs: [1.0] * len(xs), gather=spread, symbol="Σ")
dot       = Variadic("dot", reals.dot, lambda z, *xs: xs[len(xs) // 2:] + xs[:len(xs) // 2],
                     gather=two_rows, symbol="·")
maximum   = Variadic("maximum", reals.maximum, ties, gather=at_least_one, symbol="max")
minimum   = Variadic("minimum", reals.minimum, ties, gather=at_least_one, symbol="min")
logsumexp = Variadic("logsumexp", reals.logsumexp, lambda z, *xs: [share(x, z) for x in xs],
                     gather=at_least_one, symbol="lse")
share     = Primitive("share", reals.share, lambda z, x, y: z, lambda z, x, y: -z)
# fmt: on

TABLE: dict[str, Primitive] = {
    row.name: row for row in tuple(globals().values()) if isinstance(row, Primitive)
}
for row in TABLE.values():
    row.trusted = True
    row.inline = not row.variadic
connect(table=TABLE)
