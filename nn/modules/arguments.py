"""What layers and optimizers are made with: counts, bounded settings, micrograd's `nonlin`."""

import math
from collections.abc import Sequence
from typing import Any

from autograd.extend import settings

__all__ = ["at_least_0", "below_1", "is_nonlinear", "require_count", "wrong_length"]


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


def at_least_0(name: str, x: float) -> float:
    """Return x as a float; raise ValueError if it is no number, negative, inf or nan."""
    return settings.real(x, f"expected {name} ≥ 0 and finite", lambda x: 0.0 <= x < math.inf)


def below_1(name: str, x: float) -> float:
    """Return x as a float; raise ValueError if it is no number in [0, 1)."""
    return settings.real(x, f"expected {name} in [0, 1)", lambda x: 0.0 <= x < 1.0)
