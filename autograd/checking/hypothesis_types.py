"""What Hypothesis's `from_type` draws for our types; registered once both packages are there."""

from typing import Any

from autograd.value import Value

__all__ = ["register"]


def register() -> None:
    """Tell Hypothesis how to draw a Value.

    >>> register()
    >>> from hypothesis import find
    >>> from hypothesis.strategies import from_type
    >>> find(from_type(Value), lambda v: True)
    Value(data=0.0, grad=0.0)
    """
    from hypothesis.strategies import register_type_strategy  # noqa: PLC0415 - only here

    register_type_strategy(Value, drawn)


def drawn(kind: type) -> Any:
    """Return the strategy of a type; asked for when the first example is drawn."""
    from autograd.checking.strategies import values  # noqa: PLC0415 - only now

    return values()
