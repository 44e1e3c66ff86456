"""Results: what a function returned for each row, and what joins them."""

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.compiler.branch import Branch, Swept
from autograd.primitives import total
from autograd.trees import flatten, rebuild

__all__ = ["one_number", "reduced", "results_of"]


def results_of(swept: Swept) -> Iterator[Any]:
    """What f returns for each row, as floats."""
    shape, numbers = swept.branch.trace.result, swept.outputs.tolist()
    width = swept.branch.width()
    if not isinstance(shape, list | tuple | dict):
        return iter(numbers)
    return (
        rebuild(shape, numbers[i : i + width]) for i in range(0, swept.batch.rows * width, width)
    )


def reduced(name: str, reduce: str | None, results: Sequence[Any]) -> Any:
    """Join the results of the rows."""
    if reduce is None:
        return results
    rows = [flatten(each) for each in results]
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError(f"expected {name} to return as many numbers for every row")
    sums = [total(column) for column in zip(*rows, strict=True)]
    if reduce == "mean":
        sums = [x / len(rows) for x in sums]
    return rebuild(results[0], sums)


def one_number(branch: Branch, name: str) -> None:
    """Raise TypeError unless a function returns one number."""
    kind = type(branch.trace.result)
    if kind in (list, tuple, dict) or branch.width() != 1:
        raise TypeError(
            f"a gradient needs a function that returns one number, {name} returned a "
            f"{kind.__name__}"
        )
