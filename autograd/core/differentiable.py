"""What a function can be differentiated by, and what of its results has a derivative."""

from collections.abc import Sequence
from typing import Any

__all__ = ["require_no_bool", "require_numbers"]


def require_numbers(given: Sequence[Any], name: str) -> None:
    """Raise TypeError for None among what a function is differentiated by."""
    if any(x is None for x in given):
        raise TypeError(
            f"expected real numbers to differentiate {name} by, got None among them: "
            "leave it out, or give it in an argument that argnums does not name"
        )


def require_no_bool(results: Sequence[Any], name: str) -> None:
    """Raise TypeError for a comparison among what a function returned."""
    if any(isinstance(x, bool) for x in results):
        raise TypeError(
            f"{name} returned a bool, which has no derivative: return a number, "
            "such as where(condition, x, y)"
        )
