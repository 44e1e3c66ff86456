"""How a setting is given: by a name from a table, or as the function itself."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lookup"]


def lookup(kind: str, choice: object, table: Mapping[str, Callable[..., Any]]) -> Any:
    """Return the function called `choice`, or `choice` itself when it is a function.

    Args:
        kind: what the table holds, for the message.
        choice: a name in the table, or any callable.
        table: functions by name.

    Raises:
        ValueError: when it is neither; lists the names.

    >>> lookup("colour", "blue", {"red": abs, "green": abs})
    Traceback (most recent call last):
    ValueError: unknown colour 'blue': expected one of red, green, or a function
    """
    if isinstance(choice, str) and choice in table:
        return table[choice]
    if callable(choice):
        return choice
    known = ", ".join(table)
    raise ValueError(f"unknown {kind} {choice!r}: expected one of {known}, or a function")
