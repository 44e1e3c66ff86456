"""Results: what a function returned for each row, and what joins them."""

from array import array
from collections.abc import Sequence
from typing import Any

from autograd import errors
from autograd.compiler.runtime.buffers import sum_of
from autograd.compiler.runtime.signature import grow_like, repeated
from autograd.compiler.specialization import Specialization, Swept
from autograd.core.pytree import rebuild, same_shape, tree_map
from autograd.primitives import total

__all__ = ["no_number", "one_number", "reduced", "results_of"]


def results_of(swept: Swept) -> list[Any]:
    """What f returns for each row, as floats."""
    found: list[Any] = grow_like(
        repeated(swept.specialization.shape, swept.batch.rows), swept.outputs
    )
    return found


def reduced(name: str, reduce: str | None, results: Sequence[Any]) -> Any:
    """Join the results of the rows."""
    if reduce is None:
        return results
    if isinstance(results, array):
        sums = [sum_of(results)]
        shape: Any = 0.0
    else:
        shape = results[0]
        for row, each in enumerate(results):
            if not same_shape(shape, each):
                raise ValueError(
                    f'expected results that nest alike to reduce by "{reduce}", but those of '
                    f"{name} do not: {zeros(shape)} for row 0, {zeros(each)} for row {row}"
                )
        rows = [in_order(shape, each) for each in results]
        sums = [total(column) for column in zip(*rows, strict=True)]
    if reduce == "mean":
        sums = [x / len(results) for x in sums]
    return rebuild(shape, sums)


def in_order(shape: Any, tree: Any) -> list[Any]:
    """The numbers of a tree in the order of another one, which may name them in another."""
    if isinstance(shape, dict):
        return [x for name, below in shape.items() for x in in_order(below, tree[name])]
    if isinstance(shape, list | tuple):
        pairs = zip(shape, tree, strict=True)
        return [x for below, each in pairs for x in in_order(below, each)]
    return [tree]


def zeros(tree: Any) -> str:
    """How a tree nests, in words."""
    return errors.shorten(tree_map(lambda _: 0.0, tree))


def one_number(specialization: Specialization, name: str) -> None:
    """Raise TypeError unless a function returns one number."""
    if specialization.shape is not float:
        raise no_number(name, specialization.trace.result)


def no_number(name: str, result: Any) -> TypeError:
    """The error for a function that does not return one number."""
    return TypeError(
        f"a gradient needs a function that returns one number, {name} returned a "
        f"{type(result).__name__}"
    )
