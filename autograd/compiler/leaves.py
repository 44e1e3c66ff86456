"""Leaves: the numbers of many read at once, and gradients added to many."""

from array import array
from collections.abc import Sequence

from autograd.core.backend import native
from autograd.value import Value

__all__ = ["add_gradients", "read_leaves"]


def read_leaves(leaves: Sequence[Value], into: "array[float]") -> None:
    """Write the leaves' numbers into an array of that length."""
    for i, leaf in enumerate(leaves):
        into[i] = leaf._data


def add_gradients(leaves: Sequence[Value], terms: "array[float]") -> None:
    """Add one term to each leaf's gradient, as `backward()` adds a pass."""
    for leaf, term in zip(leaves, terms, strict=True):
        before = leaf._grad
        leaf._grad = term if before is None else before + term


if native is not None:
    read_leaves, add_gradients = native.read_leaves, native.add_gradients
