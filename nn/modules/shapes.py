"""Numbers nested in lists: their shape, and how to go over all of them."""

from collections.abc import Callable, Iterator
from typing import Any

from nn.modules.rows import is_number, number

__all__ = ["as_rows", "elementwise", "flatten", "numbers_in", "shape", "shown"]


def shape(x: Any) -> tuple[int, ...]:
    """Return how many items there are at each depth; () of a number.

    Raises:
        ValueError: when items of one depth differ in shape.

    >>> shape([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    (2, 3)
    """
    if is_number(x):
        return ()
    items = [shape(item) for item in x]
    for i, other in enumerate(items):
        if other != items[0]:
            raise ValueError(
                f"expected items of one shape, got {shown(items[0])} at 0 and {shown(other)} at {i}"
            )
    return (len(items), *items[0]) if items else (0,)


def shown(sizes: tuple[int, ...]) -> str:
    """Return a shape as an error calls it.

    >>> shown((3, 8, 8)), shown(())
    ('3×8×8', 'a number')
    """
    return "×".join(map(str, sizes)) or "a number"


def numbers_in(x: Any) -> Iterator[Any]:
    """Yield the Values and floats in x, depth first."""
    if is_number(x):
        yield number(x)
        return
    for item in x:
        yield from numbers_in(item)


def flatten(x: Any) -> list[Any]:
    """Return all numbers of a nested list as one row, such as a Layer takes.

    Args:
        x: a number, or lists of them nested at any depth.

    >>> flatten([[1.0, 2.0], [3.0, 4.0]])
    [1.0, 2.0, 3.0, 4.0]
    """
    return list(numbers_in(x))


def elementwise(f: Callable[..., Any], *xs: Any) -> Any:
    """Return f of the numbers at each place of lists that are nested alike.

    Args:
        f: a function of one number of each.
        xs: nested lists of one shape.

    >>> elementwise(lambda x, y: x + y, [[1.0], [2.0]], [[10.0], [20.0]])
    [[11.0], [22.0]]
    """
    if is_number(xs[0]):
        return f(*map(number, xs))
    return [elementwise(f, *items) for items in zip(*xs, strict=True)]


def as_rows(
    module: object, x: Any, size: int, what: str, advice: str = ""
) -> list[tuple[Any, ...]]:
    """Return a sequence of rows of `size` numbers as tuples.

    Args:
        module: who asks, for the message.
        x: the rows; where size is 1, bare numbers will do.
        size: how many numbers a row has.
        what: what the rows are together, for the message: "a sequence", "a mini-batch".
        advice: what to do about it, for the message.

    Raises:
        ValueError: when it is a number, is empty, or a row is of another length.
    """
    name = type(module).__name__
    if is_number(x):
        raise ValueError(f"{name}: expected {what} of rows of {size}, got a number{advice}")
    rows = [tuple(numbers_in(row)) for row in x]
    if not rows:
        raise ValueError(f"{name}: expected {what} of at least one row, got none")
    for i, row in enumerate(rows):
        if len(row) != size:
            raise ValueError(
                f"{name}: expected {what} of rows of {size}, "
                f"got {len(row)} numbers in row {i}{advice}"
            )
    return rows
