"""Warnings that point to the line of the caller's code."""

import sys
import warnings
from pathlib import Path

__all__ = ["warn"]

HERE = str(Path(__file__).parent)


def warn(said: str, kind: type[Warning]) -> None:
    """Warn at the line that called into this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        level, frame = level + 1, frame.f_back
    warnings.warn(said, kind, stacklevel=level)
