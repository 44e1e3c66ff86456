"""Buffers: arrays of float64 filled from many leaves, added into their gradients, and summed."""

from array import array
from collections.abc import Sequence
from functools import reduce
from operator import add

from autograd.core.backend import accelerated
from autograd.value import Value

__all__ = ["add_gradients", "read_leaves", "sum_of"]


@accelerated
def read_leaves(leaves: Sequence[Value], into: "array[float]") -> None:
    """Write the leaves' numbers into an array of that length."""
    for i, leaf in enumerate(leaves):
        into[i] = leaf._data


@accelerated
def add_gradients(leaves: Sequence[Value], terms: "array[float]") -> None:
    """Add one term to each leaf's gradient, as `backward()` adds a pass."""
    for leaf, term in zip(leaves, terms, strict=True):
        before = leaf._grad
        leaf._grad = term if before is None else before + term


@accelerated
def sum_of(numbers: "array[float]") -> float:
    """Return their sum, with the same bits on every Python: `sum` adds otherwise from 3.12 on."""
    return reduce(add, numbers, 0.0)
