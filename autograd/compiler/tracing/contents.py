"""Contents: what an object holds that no reference to another object tells.

Numbers lie in the memory of an array, how far an iterator has come is counted inside it, and a
context variable or the attributes of a thread are looked up.  Each is read anew and compared.
"""

from array import array
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from gc import get_referents
from io import IOBase
from itertools import count, repeat
from operator import length_hint
from threading import local
from types import GeneratorType, WrapperDescriptorType
from typing import Any
from weakref import ProxyTypes, ref

from autograd.compiler.tracing.containers import MISSING, same_items

__all__ = ["WEAK", "Contents", "contents_of", "same_contents"]

# Something comparable, and what it refers to.
Contents = tuple[Any, tuple[Any, ...]]
# From how many bytes on a hash stands for them, so that states told apart do not fill the memory.
LARGE = 4096
# What refers to an object without keeping it.
WEAK: tuple[type, ...] = (ref, *ProxyTypes)


def contents_of(x: Any) -> Contents | None:
    """What an object holds beside what it refers to; None where that is nothing."""
    if issubclass(type(x), WEAK):  # first: to ask a dead one for its class raises
        return object(), ()
    if isinstance(x, ContextVar):
        return None, (x.get(MISSING),)
    if isinstance(x, local):
        return None, (local.__getattribute__(x, "__dict__"),)
    if isinstance(x, IOBase):  # of files, as of time, no more than the first reading counts
        return None
    if isinstance(x, Iterator) and isinstance(type(x).__next__, WrapperDescriptorType):
        return position(x), ()
    view = memory(x)
    return None if view is None else numbers(x, view)


def same_contents(now: Contents | None, before: Contents) -> bool:
    """Whether an object holds what it held."""
    return now is not None and now[0] == before[0] and same_items(now[1], before[1])


def position(x: Any) -> Any:
    """How far an iterator of Python has come; where it does not tell, equal to nothing else."""
    if isinstance(x, GeneratorType):
        return x.gi_frame and x.gi_frame.f_lasti
    if isinstance(x, count):
        return repr(x)
    left = length_hint(x, -1) if hasattr(type(x), "__length_hint__") else -1
    if left >= 0:
        return left
    return None if isinstance(x, repeat) or rests_on_iterator(x) else object()


def rests_on_iterator(x: Any) -> bool:
    """Whether an iterator moves on with others, as those of `map` and `zip` do."""
    held = get_referents(x)
    inside = [y for each in held if type(each) is tuple for y in each]
    return any(isinstance(y, Iterator) for y in [*held, *inside])


def memory(x: Any) -> memoryview | None:
    """The memory of an array of any kind; None for what is none, or a lone constant number."""
    with suppress(Exception):  # a `__buffer__` may raise what it likes
        view = memoryview(x)
        return None if view.readonly and view.ndim == 0 else view
    return memory(array("B", x.tobytes())) if hasattr(type(x), "tobytes") else None


def numbers(x: Any, view: memoryview) -> Contents:
    """The numbers in some memory, bit by bit, or the objects in an array of objects."""
    if view.format == "O":
        return view.shape, tuple(x.ravel().tolist())
    held = view.tobytes()
    return (view.format, view.shape, held if len(held) <= LARGE else hash(held)), ()
