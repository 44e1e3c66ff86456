"""Where in the user's program we are: the nearest line outside this package."""

import sys
from pathlib import Path

__all__ = ["user_line"]

OURS = tuple(str(Path(__file__).parent.with_name(package)) + "/" for package in ("autograd", "nn"))


def user_line() -> str:
    """Return "file:line in function" of the innermost caller outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    code = frame.f_code
    where = f"{code.co_filename}:{frame.f_lineno}"
    return where if code.co_name == "<module>" else f"{where} in {code.co_name}"
