"""Sums: the numbers of an array added from left to right, as `total` adds them."""

from array import array
from functools import reduce
from operator import add

from autograd.core.backend import native

__all__ = ["sum_of"]


def sum_of(numbers: "array[float]") -> float:
    """Return their sum, with the same bits on every Python: `sum` adds otherwise from 3.12 on."""
    return reduce(add, numbers, 0.0)


if native is not None:
    sum_of = native.sum_of
