"""Primitive: a forward function and its partials, and how a call of it finds what records."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any, NamedTuple

from autograd import errors
from autograd.core import ieee754
from autograd.core.backend import accelerated, native
from autograd.core.caller import called_by_user, user_line
from autograd.core.debugging import Step, debug_enabled, require_finite

__all__ = [
    "HELPERS", "TABLE", "Primitive", "Sides", "Variadic", "at_least_one", "spread", "two_rows",
]  # fmt: skip

# The rows of primitives.py by name, and those that only derivatives are made of.
TABLE: dict[str, "Primitive"] = {}
HELPERS: dict[str, "Primitive"] = {}

Partial = Callable[..., Any]


class Sides(NamedTuple):
    """A partial at a kink: the number that is agreed on, and the slope of the side that is taken
    where it is differentiated again.
    """

    agreed: Any
    chosen: Any


@accelerated
class Rule:
    """What a Primitive is when it is called: in C, calls of rows that C knows stay there."""

    __slots__ = ()


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
        again: the partials as they are read on Values, where `partials` has the right numbers but
            not, at some points, the right derivatives; the two give the same numbers.  None for
            one that is 0 everywhere.
        side: for a function with kinks, `side(z, x, y, ...)`: the same result as the function of
            the operands that it is on one side.

    Raises:
        TypeError: when made of what is no function, or called with the wrong number of arguments,
            by keyword, or with what is no real number.

    >>> cube = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
    >>> cube(2.0)
    8.0
    """

    __slots__ = (
        "again", "defaults", "flat", "forward", "inline", "name", "partials", "selects", "side",
        "symbol", "trusted", "variadic",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        *partials: Partial,
        symbol: str | None = None,
        defaults: tuple[float, ...] = (),
        again: Sequence[Partial | None] = (),
        side: Partial | None = None,
    ) -> None:
        require_functions(name, forward, partials)
        self.name = name
        self.forward = forward
        self.partials = partials
        self.again = again or partials
        self.side = side
        # The operands by which the derivative is 0 everywhere.
        self.flat = frozenset([i for i, p in enumerate(self.again) if p is None])
        self.symbol = symbol or name
        self.defaults = defaults
        self.variadic = False
        # Whether a partial of 0 is that of an operand not selected, to which nothing flows at all.
        self.selects = bool(self.flat)
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

    def apply(self, *args: Any, **named: Any) -> Any:
        """Return a float of plain numbers, a recorded node where a Value is among them."""
        if named:
            raise TypeError(errors.by_position(self.name, named))
        operands = self.arrange(args)
        for x in operands:
            record = getattr(x, "__autograd_record__", None)
            if record is not None:
                return record(self, operands)
        numbers = [ieee754.as_float(x) for x in operands]
        result = self.evaluate(numbers)
        if not isfinite(result) and debug_enabled() and called_by_user(1):
            require_finite(Step(self.name, result, numbers, user_line()))
        return result

    if native is None:  # there, a call goes to `apply` where C does not know what to do
        __call__ = apply

    def evaluate(self, xs: Sequence[float]) -> float:
        """Return forward(*xs) as a plain float."""
        z = self.forward(*xs)
        return z if type(z) is float else ieee754.as_float(z)

    def partials_at(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Return the partial by each wanted operand; the others are never evaluated."""
        return [p(z, *xs) if use else 0.0 for p, use in zip(self.partials, wanted, strict=True)]

    def partials_again(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """`partials_at` of Values, to be differentiated again; at kinks, `Sides`; None if flat."""
        pairs = zip(self.again, wanted, strict=True)
        return [p(z, *xs) if use and p is not None else None for p, use in pairs]

    def once_more(self, node: Any, xs: Sequence[Any]) -> Any:
        """Return the node's function of these operands, recorded."""
        return node.__autograd_record__(self, xs)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        if row_of(self.name) is self:
            return (row_of, (self.name,))
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
        again: Callable[..., Sequence[Any]] | None = None,
        side: Partial | None = None,
    ) -> None:
        super().__init__(
            name, forward, partials, symbol=symbol, again=(again,) if again else (), side=side
        )
        self.variadic = True
        self.gather = gather

    def arrange(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the operands that `args` stand for."""
        return self.gather(self.name, args)

    def partials_at(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Return the partial by each operand."""
        return list(self.partials[0](z, *xs))

    def partials_again(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """`partials_at` of Values, to be differentiated again; at kinks, `Sides`."""
        (again,) = self.again
        return list(again(z, *xs)) if again is not None else [None] * len(xs)


def require_functions(name: Any, forward: Any, partials: tuple[Any, ...]) -> None:
    """Raise TypeError unless a primitive is given a name, what it computes, and its partials."""
    expected = "Primitive: expected a name, the forward function, then one partial per argument"
    if not isinstance(name, str):
        raise TypeError(f"{expected}; got {name!r} as the name")
    if not partials:
        raise TypeError(f"{expected}; got no partial for {name!r}")
    for i, f in enumerate((forward, *partials)):
        if not callable(f):
            which = f"partial {i}" if i else "the forward function"
            raise TypeError(f"{expected}; got {f!r} as {which} of {name!r}")


def row_of(name: str) -> Primitive | None:
    return TABLE.get(name) or HELPERS.get(name)


def spread(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """f(xs) and f(x, y, ...) alike."""
    if len(args) == 1 and isinstance(args[0], Iterable):
        return tuple(args[0])
    return args


def at_least_one(name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """As `spread`, but not of nothing."""
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
