"""Keys of what a trace holds as it is: what is equal need not be the same.

A trace may tell 0.0 from −0.0, True from 1, and two objects of a class that calls them equal.  So a
key compares the numbers and texts of Python bit by bit, with their types, and what is made of
these part by part; everything else is the same only as itself.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from math import nan
from types import MethodType
from typing import Any

__all__ = ["bits", "constant", "is_plain", "keys_of"]

# Equal ones of these are the same; so are equal subclasses of none.
EXACT = {bool, int, str, bytes, type(None), type(Ellipsis)}
PLAIN = EXACT | {float, complex}
# Of these, the text says all: by name, since to import them takes longer than to import us.
TEXT = {("builtins", "range"), ("decimal", "Decimal"), ("fractions", "Fraction")}


class Itself:
    """An object as a key: equal to itself alone, and kept, so that its id is not another's."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __hash__(self) -> int:
        return id(self.x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.x is other.x


def bits(x: float) -> Any:
    """A key that tells 0 from −0, and makes all nan one."""
    if x == 0.0:
        return (x, str(x))
    return x if x == x else (nan, "nan")


def is_plain(x: Any) -> bool:
    """Whether something is a number or a text, None or such, and no subclass of these."""
    return type(x) in PLAIN


def constant(x: Any) -> Any:  # noqa: PLR0911 - one return per kind
    """A key of something that is hashable.

    Raises:
        TypeError: when it is not.
    """
    kind = type(x)
    if kind in EXACT:
        return kind, x
    if kind is float:
        return kind, bits(x)
    if kind is complex:
        return kind, bits(x.real), bits(x.imag)
    if (kind.__module__, kind.__qualname__) in TEXT:
        return kind, str(x)
    hash(x)
    if isinstance(x, tuple) and not hasattr(x, "__dict__"):
        return kind, tuple(map(constant, x))
    if kind is frozenset:
        return kind, frozenset(map(constant, x))
    if kind is MethodType:
        return kind, Itself(x.__self__), Itself(x.__func__)
    if is_dataclass(x) and not isinstance(x, type) and is_value(x):
        return kind, tuple([constant(getattr(x, each.name)) for each in fields(x)])
    return Itself(x)


def is_value(x: Any) -> bool:
    """Whether a dataclass is frozen, and equal by its fields."""
    made_so = x.__dataclass_params__
    return bool(made_so.frozen and made_so.eq)


class Keys(tuple[Any, ...]):
    """The keys of a dict, compared as constants are: 0.0 and −0.0 are two."""

    def __new__(cls, keys: Iterable[Any]) -> "Keys":
        made = super().__new__(cls, keys)
        made.told = tuple([Itself(x) if x != x else constant(x) for x in made])
        return made

    told: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(self.told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and self.told == other.told

    __ne__ = object.__ne__


def keys_of(x: dict[Any, Any]) -> tuple[Any, ...]:
    """The keys of a dict: as they are where all are texts, whose equals are the same."""
    names = tuple(x)
    return names if all(type(name) is str for name in names) else Keys(names)
