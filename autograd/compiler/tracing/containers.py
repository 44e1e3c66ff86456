"""Containers: objects that hold others, and whether they still hold what they held.

What a place held is one of three.  A tuple: what the object refers to, of a list its items, of a
function what of it can be assigned.  A list: keys and values by turns, of a dict or of a class,
whose `__mro__` comes first.  A dict: some names of a namespace, or slots of an object.
"""

import gc
from types import FunctionType
from typing import Any

from autograd.compiler.tracing.keys import bits
from autograd.core.backend import accelerated

__all__ = [
    "HAS_REFERENTS", "HEAP", "MISSING", "Place", "all_unchanged", "content", "listed", "parts_of",
    "referents", "unchanged_since",
]  # fmt: skip

# An object and what it held.
Place = tuple[Any, Any]
# What a name stands for that stands for nothing.
MISSING = NotImplemented
# Of a class: that a class statement made it; that its instances tell what they refer to.
HEAP, HAS_REFERENTS = 1 << 9, 1 << 14


def parts_of(x: FunctionType) -> tuple[Any, ...]:
    """What of a function can be assigned."""
    return (x.__code__, x.__defaults__, x.__kwdefaults__, x.__closure__, vars(x))


def referents(x: Any) -> tuple[Any, ...]:
    """What an object refers to, a list its items."""
    return tuple(x if type(x) is list else gc.get_referents(x))


def content(slot: Any, x: Any) -> Any:
    """What is in a slot of an object."""
    try:
        return slot.__get__(x)
    except AttributeError:
        return MISSING


def unchanged(place: Place) -> bool:
    """Whether an object holds what it held."""
    x, held = place
    now = held_now(x, held)
    return same_items(
        [*now.values()] if type(held) is dict else now,
        [*held.values()] if type(held) is dict else held,
    )


def held_now(x: Any, held: Any) -> Any:
    """What a place holds now."""
    if type(held) is dict:
        return {name: held_by(x, name) for name in held}
    if type(held) is list:
        return listed(x)
    if type(x) is FunctionType:
        return parts_of(x)
    if isinstance(x, dict):
        return tuple(x.values())
    if not type(x).__flags__ & HAS_REFERENTS:
        raise TypeError("expected a container and what it held")
    return x if type(x) is tuple else referents(x)


def held_by(x: Any, name: Any) -> Any:
    """What a name, or a slot, stands for."""
    if type(x) is dict:
        return x.get(name, MISSING)
    if not type(x).__flags__ & HEAP:
        raise TypeError("expected a container and what it held")
    return content(name, x)


def listed(x: Any) -> list[Any]:
    """The keys and values of a dict, or of a class, by turns."""
    first = [x.__mro__] if isinstance(x, type) else []
    held = vars(x) if isinstance(x, type) else x
    return [*first, *[y for pair in held.items() for y in pair]]


def same_items(now: Any, before: Any) -> bool:
    """Whether the items of two sequences are the same."""
    return len(now) == len(before) and all(map(is_same, now, before))


def is_same(x: Any, y: Any) -> bool:
    """Whether two objects are one, or floats of the same bits."""
    return x is y or (type(x) is float and type(y) is float and bits(x) == bits(y))


@accelerated
def all_unchanged(places: list[Place]) -> bool:
    """Whether each object holds what it held."""
    return all(map(unchanged, places))


@accelerated
def unchanged_since(places: list[Place], versions: bytearray) -> bool:
    """Whether each object holds what it held.

    Args:
        places: the objects.
        versions: eight bytes for each, zeros at first: C notes the version of dicts there.
    """
    return all_unchanged(places)
