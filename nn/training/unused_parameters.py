"""Unused parameters: what an optimizer moves that is neither in the model nor under the loss."""

from collections.abc import Container, Sequence

from autograd import Value
from nn.modules.module import Module
from nn.modules.warning import warn
from nn.optim.optimizer import Optimizer

__all__ = ["require_used", "outside_model"]


def outside_model(model: Module, optimizer: Optimizer) -> list[Value]:
    """What an optimizer moves that is no parameter of the model now."""
    own = {id(p) for p in model.parameters()}
    return [p for p in optimizer.parameters if id(p) not in own]


def require_used(others: Sequence[Value], reached: Container[int], optimizer: Optimizer) -> None:
    """Say so where a training would leave parameters alone that its optimizer was made for.

    A loss may have parameters of its own, so those that it rests on are used.

    Args:
        others: what it moves that is not in the model.
        reached: the ids of the leaves that the loss rests on.
        optimizer: what moves them.

    Raises:
        ValueError: when nothing is left to train; a UserWarning says when something is.
    """
    found = [p for p in others if id(p) not in reached]
    if not found:
        return
    many, name = len(optimizer.parameters), type(optimizer).__name__
    said = (
        f"expected {name} to hold parameters of the model, got {len(found)} of {many} that are not "
        f"in it and that the loss does not rest on, such as {found[0]!r}: was the optimizer made "
        f"for another model, or before a part of this one was replaced? Make it anew: {name}(model)"
    )
    if len(found) == many:
        raise ValueError(said)
    warn(said, UserWarning)
