"""What layers are made with: counts of inputs and outputs, and micrograd's `nonlin`."""

from collections.abc import Sequence
from typing import Any

from autograd.extend import settings

__all__ = ["is_nonlinear", "require_count", "wrong_length"]


def require_count(name: str, count: Any, least: int = 1) -> int:
    """The count as an int; ValueError when it is none or too small."""
    return settings.whole(count, f"expected {name} to be an integer of at least {least}", least)


def is_nonlinear(nonlin: bool | None) -> bool:
    """Whether a layer takes its activation, which it does unless told not to."""
    return nonlin is None or settings.flag(nonlin, "expected nonlin to be True, False or None")


def wrong_length(module: object, nin: int, row: Sequence[Any]) -> str:
    """What a module of nin inputs says of a row of another length."""
    inputs = "1 input" if nin == 1 else f"{nin} inputs"
    return f"{type(module).__name__} of {inputs} got a row of {len(row)}"
