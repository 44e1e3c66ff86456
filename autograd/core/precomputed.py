"""The rule of a node whose maker computed its partials: numbers or Values, and no Primitive."""

from collections.abc import Iterable, Sequence
from typing import Any

from autograd import errors
from autograd.core.ieee754 import as_float

__all__ = ["Precomputed"]


class Precomputed:
    """Stands where a Primitive would; `Value.rule` is None.

    Args:
        given: one partial per parent.  Values can be differentiated further, numbers cannot.
    """

    __slots__ = ("given",)
    name = symbol = "given"
    trusted = inline = variadic = selects = False
    side = None
    flat: frozenset[int] = frozenset()

    def __init__(self, given: Iterable[Any]) -> None:
        self.given = tuple(x if hasattr(x, "__autograd_record__") else as_float(x) for x in given)

    def partials_at(self, z: Any, xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
        """Return the partials.

        Raises:
            NotDifferentiableError: when they are read on Values, but are numbers.
        """
        if type(z) is not float and any(type(p) is float for p in self.given):
            raise errors.NotDifferentiableError(errors.given_numbers("differentiate twice through"))
        return list(self.given)

    partials_again = partials_at

    @staticmethod
    def once_more(node: Any, xs: Sequence[Any]) -> Any:
        """Return the node itself: nothing is known of it but its partials."""
        return node

    def evaluate(self, xs: Sequence[float]) -> float:
        """Raise NotDifferentiableError: how the number was computed is not known."""
        raise errors.NotDifferentiableError(errors.given_numbers("recompute"))
