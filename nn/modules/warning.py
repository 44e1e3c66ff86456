"""Warnings that point to the line of the caller's code."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from autograd import Value

__all__ = ["warn", "warn_of_dropped"]

HERE = str(Path(__file__).parent.parent) + os.sep


def warn(said: str, kind: type[Warning]) -> None:
    """Warn at the line that called into this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        level, frame = level + 1, frame.f_back
    warnings.warn(said, kind, stacklevel=level)


def warn_of_dropped(xs: list[Any], name: str) -> None:
    """Warn where numbers stand among leaves: an item was assigned, which is no parameter now."""
    leaves = [i for i, x in enumerate(xs) if isinstance(x, Value) and not x.operands]
    others = [i for i, x in enumerate(xs) if isinstance(x, Value | float) and i not in leaves]
    if leaves and others:
        kind = "a computed Value" if isinstance(xs[others[0]], Value) else "a float"
        warn(
            f"{name}[{others[0]}] is {kind} among leaf Values, so it is no parameter: set a "
            f"parameter's number by {name}[{others[0]}].data = ..., or assign a new leaf Value",
            UserWarning,
        )
