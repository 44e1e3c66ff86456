"""Node: what toposort, the walks and copies see of a Value, whichever engine holds it."""

from typing import Any, TypeVar

__all__ = ["FIELDS", "AnyNode", "Node", "Real"]

# What an operator may be given besides a Value: an int, a float, a NumPy scalar, a Fraction.
Real = Any
# What a copy takes over.
FIELDS = (
    "_data", "_grad", "_mark", "_operands", "_rule", "_scope", "_source", "_stamp", "label",
)  # fmt: skip


class Node:
    """The fields of a Value; whoever is an instance is a Value.

    Two operands, by far the commonest, lie in `_first` and `_second`: a tuple of them would be one
    more object for the garbage collector to visit.  Otherwise `_first` is the tuple of operands,
    and `_second` is None.
    """

    __slots__ = tuple[str, ...]()  # the class of the engine has them

    _data: float
    _grad: Any  # a float, or None for "not computed"
    _first: Any
    _second: Any
    _operands: tuple[Any, ...]  # Nodes and floats
    _rule: Any  # a Primitive, a Precomputed, or None for a leaf
    _stamp: int  # the clock's time when it was computed or assigned
    _mark: object  # the walk that was here last
    _scope: int  # a number of `scope_table`
    _source: str | None  # the user's line, in debug mode
    label: str | None


AnyNode = TypeVar("AnyNode", bound=Node)
