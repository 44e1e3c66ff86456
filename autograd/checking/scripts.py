"""A check as a script: what a person pastes into a file to see a failure again."""

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

__all__ = ["script"]


def script(f: Callable[..., Any], point: Any, **options: Any) -> str:
    """Return a Python script that checks f at the point.

    A function that can be imported is imported; any other is written out, where its source can be
    had.

    Args:
        f: the function.
        point: as `check` takes it.
        options: further arguments of `check`; those that are None are left out.

    >>> import math
    >>> print(script(math.gamma, 2.5))
    from autograd import *
    from math import gamma
    <BLANKLINE>
    print(check(gamma, 2.5))
    """
    given = "".join(f", {name}={text_of(x)}" for name, x in options.items() if x is not None)
    call = f"print(check({name_of(f)}, {point!r}{given}))"
    return "\n".join(["from autograd import *", definition(f), "", call])


def text_of(option: Any) -> str:
    return name_of(option) if callable(option) else repr(option)


def name_of(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", type(f).__name__)
    return "f" if name == "<lambda>" else name


def definition(f: Callable[..., Any]) -> str:
    """Return the line or lines that make f's name known."""
    module, path = getattr(f, "__module__", None), getattr(f, "__qualname__", "<")
    if module not in (None, "__main__", "builtins") and "<" not in path and "." not in path:
        return f"from {module} import {path}"
    return source_of(f) or f"# {name_of(f)}: its source is not at hand"


def source_of(f: Callable[..., Any]) -> str:
    """Return the text of a function without its decorators; "" when there is none."""
    try:
        lines = textwrap.dedent(inspect.getsource(f)).splitlines()
    except (OSError, TypeError):
        return ""
    while lines and lines[0].startswith("@"):
        lines.pop(0)
    text = "\n".join(lines)
    return text if text.startswith("def ") else f"# {name_of(f)}: {text.strip()}"
