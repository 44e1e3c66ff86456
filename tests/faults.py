"""Faults to plant in the engine, so that what looks for faults can be seen to find them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd import chain_rule, core, walks
from autograd.primitives import TABLE


@contextmanager
def partial_changed(name: str, i: int, change: Callable[[Any], Any]) -> Iterator[None]:
    """Change partial number i of a row for the length of a `with` block."""
    row = TABLE[name]
    before = row.partials
    try:
        if row.variadic:
            row.partials = (one_changed(before[0], i, change),)
        else:
            wrong = changed(before[i], change)
            row.partials = (*before[:i], wrong, *before[i + 1 :])
        yield
    finally:
        row.partials = before


def changed(partial: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *args: change(partial(*args))


def one_changed(
    partials: Callable[..., Any], i: int, change: Callable[[Any], Any]
) -> Callable[..., Any]:
    def wrong(*args: Any) -> list[Any]:
        return [change(p) if i == j else p for j, p in enumerate(partials(*args))]

    return wrong


@contextmanager
def last_term_only() -> Iterator[None]:
    """Overwrite an adjoint where its terms should be added up."""
    sweep, accumulate, backward = walks.sweep, chain_rule.accumulate, core.backward

    def overwriting(order: Any) -> None:
        for node in reversed(order):
            for x, partial in walks.local_partials(node):
                x._grad = node._grad * partial if node._grad else 0.0

    def assign(sums: Any, node: Any, term: Any) -> None:
        sums[node] = term

    try:
        walks.sweep, chain_rule.accumulate = overwriting, assign
        core.backward = walks.backward  # the reference's, for the native one has a sweep of its own
        yield
    finally:
        walks.sweep, chain_rule.accumulate, core.backward = sweep, accumulate, backward
