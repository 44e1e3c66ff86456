"""What messages say of targets that a loss cannot use, and what to do about them."""

from typing import Any

from nn.modules.rows import is_number

__all__ = ["advice", "column", "kind"]


def kind(x: object) -> str:
    """What x is, for a message: its type, and its text when that is short."""
    if isinstance(x, str | bytes):
        return f"the {type(x).__name__} {x!r:.40}"
    return "a number" if is_number(x) else "a sequence"


def advice(label: Any) -> str:
    """What to do about a label that is a string or a row."""
    if isinstance(label, str | bytes):
        return ": number the classes from 0"
    if len(label) == 1:
        return ": give the number itself, [label for [label] in targets]"
    return ": of a one-hot row, give the place of its 1, the argmax: row.index(1)"


def column(p: Any, t: Any) -> str:
    """What to do about rows of one target for models of one output."""
    if is_number(t):
        return ""
    return ": give the number itself, [t for [t] in targets]" if len(t) == 1 else ""
