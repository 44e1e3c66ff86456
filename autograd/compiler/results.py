"""Results: what a function returned for each row, and what joins them."""

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.compiler.arguments import grow_like, repeated
from autograd.compiler.branch import Branch, Swept
from autograd.compiler.sums import sum_of
from autograd.primitives import total
from autograd.trees import flatten, rebuild

__all__ = ["one_number", "reduced", "results_of"]


def results_of(swept: Swept) -> list[Any]:
    """What f returns for each row, as floats."""
    found: list[Any] = grow_like(repeated(swept.branch.shape, swept.batch.rows), swept.outputs)
    return found


def reduced(name: str, reduce: str | None, results: Sequence[Any]) -> Any:
    """Join the results of the rows."""
    if reduce is None:
        return results
    if isinstance(results, array):
        sums = [sum_of(results)]
        shape: Any = 0.0
    else:
        rows, shape = [flatten(each) for each in results], results[0]
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(f"expected {name} to return as many numbers for every row")
        sums = [total(column) for column in zip(*rows, strict=True)]
    if reduce == "mean":
        sums = [x / len(results) for x in sums]
    return rebuild(shape, sums)


def one_number(branch: Branch, name: str) -> None:
    """Raise TypeError unless a function returns one number."""
    if branch.shape is not float:
        raise TypeError(
            f"a gradient needs a function that returns one number, {name} returned a "
            f"{type(branch.trace.result).__name__}"
        )
