"""Copies and pickles of Values: whole graphs copied without recursion, leaves alone pickled."""

import copy
from collections.abc import Iterable
from typing import Any

from autograd import errors
from autograd.core.node import FIELDS, AnyNode, Node
from autograd.toposort import describe, topological

__all__ = ["deep", "reduce_leaf", "shallow"]


def added(kind: type) -> list[str]:
    """Return the names of the slots that a subclass adds to Value's."""
    value = next(base for base in kind.__mro__ if "_operands" in base.__dict__)
    found: list[str] = []
    for base in kind.__mro__:
        names = () if base in value.__mro__ else base.__dict__.get("__slots__", ())
        found += [names] if isinstance(names, str) else names
    return [name for name in found if name not in ("__dict__", "__weakref__")]


def shallow(node: AnyNode) -> AnyNode:
    """Return a new Value with the same number, operands, gradient and attributes."""
    twin = object.__new__(type(node))
    for name in (*FIELDS, *added(type(node))):
        if hasattr(node, name):
            setattr(twin, name, getattr(node, name))
    if hasattr(node, "__dict__"):
        twin.__dict__.update(node.__dict__)
    return twin


def deep(root: AnyNode, memo: dict[int, Any]) -> AnyNode:
    """Copy the graph below root, node by node in topological order, sharing what it shares."""
    for node in topological(root, follow=references):
        if id(node) not in memo:
            memo[id(node)] = twin = shallow(node)  # first, for attributes that point back
            adopt(twin, memo)
    return memo[id(root)]  # type: ignore[no-any-return]


def references(node: Node) -> tuple[Any, ...]:
    """Return the Values and floats that a node holds: operands, and partials it was given."""
    return (*node._operands, *getattr(node._rule, "given", ()))


def adopt(twin: Node, memo: dict[int, Any]) -> None:
    """Point a fresh shallow copy at the copies of what it refers to."""

    def copied(xs: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(x if type(x) is float else memo[id(x)] for x in xs)

    twin._operands = copied(twin._operands)
    if hasattr(twin._rule, "given"):
        twin._rule = copy.copy(twin._rule)
        twin._rule.given = copied(twin._rule.given)
    for name in added(type(twin)):
        if hasattr(twin, name):
            setattr(twin, name, copy.deepcopy(getattr(twin, name), memo))
    if hasattr(twin, "__dict__"):
        twin.__dict__.update(copy.deepcopy(twin.__dict__, memo))


def reduce_leaf(node: Node) -> Any:
    """Return what pickle needs to rebuild a leaf.

    Raises:
        TypeError: for an interior node, whose pickle would hold its whole graph.
    """
    if node._operands:
        raise TypeError(errors.interior_pickle(describe(node)))
    names = (*FIELDS, *added(type(node)), *getattr(node, "__dict__", ()))
    state = {name: getattr(node, name) for name in names if hasattr(node, name)}
    # These mean something in this process only.
    state |= {"_stamp": 0, "_mark": None, "_scope": 0}
    return (rebuild_leaf, (type(node), state))


def rebuild_leaf(kind: type, state: dict[str, Any]) -> Any:
    leaf: Any = object.__new__(kind)
    for name, item in state.items():
        setattr(leaf, name, item)
    return leaf
