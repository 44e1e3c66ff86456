"""Sequences of Values in which to be a member is to be that very object.

`==` compares Values by number, as training code wants it, and `hash` goes by identity.  So sets and
dicts tell two Values of one number apart; a plain list does not, and these do.
"""

import sys
from collections.abc import Iterable
from typing import Any, Self, SupportsIndex, TypeVar, overload

__all__ = ["IdentityList", "IdentityTuple"]

T = TypeVar("T")


class ByIdentity:
    """What both have: `in`, `index` and `count` without `==`."""

    __slots__ = ()

    def __contains__(self: Any, x: object) -> bool:
        return any(x is y for y in self)

    def index(
        self: Any, x: object, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize
    ) -> int:
        """Return the first place of this very object.

        Raises:
            ValueError: when it is not there.
        """
        for i in range(*slice(start, stop).indices(len(self))):
            if self[i] is x:
                return i
        raise ValueError(f"{x!r} is not in the {type(self).__name__}: it holds other objects")

    def count(self: Any, x: object) -> int:
        """Return how many times this very object is there."""
        return sum(x is y for y in self)


class IdentityTuple(ByIdentity, tuple[Any, ...]):
    """A tuple, such as `parents`, that finds its items by identity."""

    __slots__ = ()


class IdentityList(ByIdentity, list[T]):
    """A list, such as `parameters()`, that finds its items by identity; its parts and sums do too.

    >>> from autograd import Value
    >>> a, b = Value(0.0), Value(0.0)
    >>> both = IdentityList([a, b])
    >>> a == b, both.index(b), b in both[:1], len(both - [a])
    (True, 1, False, 1)
    """

    __slots__ = ()

    def remove(self, x: object) -> None:
        """Take this very object out, where it comes first.

        Raises:
            ValueError: when it is not there.
        """
        del self[self.index(x)]

    def copy(self) -> Self:
        """Return another list of the same items."""
        return type(self)(self)

    def __sub__(self, others: Iterable[object]) -> Self:
        """The items, in order, that are none of the others."""
        kept = list(others)  # an id is one object's only while that lives
        left_out = {id(x) for x in kept}
        return type(self)(x for x in self if id(x) not in left_out)

    @overload
    def __getitem__(self, i: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, i: slice, /) -> Self: ...
    def __getitem__(self, i: Any, /) -> Any:
        found = super().__getitem__(i)
        return type(self)(found) if isinstance(i, slice) else found

    def __add__(self, others: Any) -> Any:
        return type(self)(super().__add__(others)) if isinstance(others, list) else NotImplemented

    def __radd__(self, others: Any) -> Any:
        return type(self)([*others, *self]) if isinstance(others, list) else NotImplemented

    def __mul__(self, times: SupportsIndex) -> Self:
        return type(self)(super().__mul__(times))

    __rmul__ = __mul__
