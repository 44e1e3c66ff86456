"""Faults to plant in the engine, so that what looks for faults can be seen to find them.

Only the Python side is altered.  The C engine reads a derivative table of its own, so there
`backward()` stays right while `grad`, `jacobian` and the like, which walk in Python, go wrong; a
check looks at both.  Over the reference (`AUTOGRAD_PURE_PYTHON=1`) both go wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd import backward, chain_rule
from autograd.primitives import TABLE


@contextmanager
def partials_replaced(name: str, edit: Callable[[list[Any]], Sequence[Any]]) -> Iterator[None]:
    """Edit the list of a row's partials, or of what a variadic row's partial returns."""
    row = TABLE[name]
    before = row.partials
    try:
        if row.variadic:
            row.partials = (lambda *args: edit(list(before[0](*args))),)
        else:
            row.partials = tuple(edit(list(before)))
        yield
    finally:
        row.partials = before


def partial_changed(name: str, i: int, change: Callable[[Any], Any]) -> Any:
    """Change partial number i of a row for the length of a `with` block."""

    def edit(partials: list[Any]) -> list[Any]:
        if i < len(partials):
            old = partials[i]
            partials[i] = changed(old, change) if callable(old) else change(old)
        return partials

    return partials_replaced(name, edit)


def changed(partial: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *args: change(partial(*args))


def partials_swapped(name: str, i: int, j: int) -> Any:
    """Exchange two partials of a row for the length of a `with` block."""

    def edit(partials: list[Any]) -> list[Any]:
        if max(i, j) < len(partials):
            partials[i], partials[j] = partials[j], partials[i]
        return partials

    return partials_replaced(name, edit)


@contextmanager
def last_term_only(name: str = "", *, interior: bool = False) -> Iterator[None]:
    """Overwrite adjoints where their terms should be added up.

    Args:
        name: the row that does so; every row unless given.
        interior: only the adjoints of results, not of leaves.
    """
    sweep, edges, accumulate = backward.sweep, chain_rule.Paths.edges, chain_rule.accumulate
    row, forward = TABLE["neg"], TABLE["neg"].forward
    handing_down: Any = None

    def overwrites(z: Any, x: Any) -> bool:
        by = not name or (z is not None and z._rule.name == name)
        return by and (x._rule is not None or not interior)

    def overwriting(order: Any) -> None:
        for z in reversed(order):
            for x, partial in backward.local_partials(z):
                term = z._grad * partial if z._grad else 0.0
                x._grad = term if overwrites(z, x) else x._grad + term

    def watched(paths: Any, z: Any, reading: Any) -> Any:
        nonlocal handing_down
        handing_down = z
        return edges(paths, z, reading)

    def assign(sums: Any, x: Any, term: Any) -> None:
        if overwrites(handing_down, x):
            sums[x] = term
        else:
            accumulate(sums, x, term)

    try:
        backward.sweep, chain_rule.accumulate = overwriting, assign  # type: ignore[assignment]
        chain_rule.Paths.edges = watched  # type: ignore[assignment, method-assign]
        row.forward = lambda x: forward(x)  # while a row is altered, C leaves all to the reference
        yield
    finally:
        backward.sweep, chain_rule.accumulate, row.forward = sweep, accumulate, forward
        chain_rule.Paths.edges = edges  # type: ignore[method-assign]
