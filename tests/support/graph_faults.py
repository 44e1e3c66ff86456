"""Faults to plant in what is done with a graph, for the length of a `with` block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd import Value, backward, toposort
from autograd.core import copying


@contextmanager
def replaced(module: Any, name: str, fault: Any) -> Iterator[Any]:
    right = getattr(module, name)
    setattr(module, name, fault)
    try:
        yield right
    finally:
        setattr(module, name, right)


@contextmanager
def interior_accumulates() -> Iterator[None]:
    """Interior nodes add up passes, as leaves do."""

    def fault(root: Value, seed: float = 1.0) -> None:
        before = [(x, x.grad) for x in toposort.topological(root) if x.operands]
        right(root, seed)
        for x, grad in before:
            x.grad += grad

    with replaced(Value, "backward", fault) as right:
        yield


@contextmanager
def leaves_are_overwritten() -> Iterator[None]:
    """Leaves hold the latest pass alone, as interior nodes do."""

    def fault(root: Value, seed: float = 1.0) -> None:
        toposort.check_fresh(root)
        for x in toposort.topological(root):
            x.grad = 0.0 if x.reached else x.grad
        right(root, seed)

    with replaced(Value, "backward", fault) as right:
        yield


@contextmanager
def zero_grad_misses_a_node() -> Iterator[None]:
    def fault(root: Value) -> None:
        missed = toposort.topological(root)[0]
        grad, reached = missed.grad, missed.reached
        right(root)
        if reached:
            missed.grad = grad

    with replaced(Value, "zero_grad", fault) as right:
        yield


@contextmanager
def staleness_goes_unnoticed() -> Iterator[None]:
    def unchecked(root: Value, seed: float = 1.0) -> None:
        backward.backward(root, seed)

    with (
        replaced(Value, "backward", unchecked),
        replaced(toposort, "check_fresh", lambda node: None),
        replaced(backward, "check_fresh", lambda node: None),
    ):
        yield


@contextmanager
def refresh_keeps_gradients() -> Iterator[None]:
    def fault(root: Value) -> Value:
        grads = [(x, x.grad) for x in toposort.topological(root) if x.reached]
        right(root)
        for x, grad in grads:
            x.grad = grad
        return root

    with replaced(Value, "refresh", fault) as right:
        yield


@contextmanager
def copies_share_a_leaf() -> Iterator[None]:
    def fault(root: Any, memo: dict[int, Any]) -> Any:
        leaf = toposort.topological(root)[0]
        return right(root, {id(leaf): leaf})

    with replaced(copying, "deep", fault) as right:
        yield


@contextmanager
def graphs_are_kept() -> Iterator[None]:
    kept: list[Any] = []

    def fault(root: Value, seed: float = 1.0) -> None:
        kept.append(root)
        right(root, seed)

    with replaced(Value, "backward", fault) as right:
        yield


FAULTS = [
    interior_accumulates, leaves_are_overwritten, zero_grad_misses_a_node,
    staleness_goes_unnoticed, refresh_keeps_gradients, copies_share_a_leaf, graphs_are_kept,
]  # fmt: skip
