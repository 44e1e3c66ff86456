"""Where in the user's program we are: the nearest line outside this package."""

import os
import sys

__all__ = ["user_line"]

ROOT = os.path.dirname(os.path.dirname(__file__))
OURS = tuple(os.path.join(ROOT, package, "") for package in ("autograd", "nn"))


def user_line() -> str:
    """Return "file:line in function" of the innermost caller outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    code = frame.f_code
    where = f"{shown(code.co_filename)}:{frame.f_lineno}"
    return where if code.co_name == "<module>" else f"{where} in {code.co_name}"


def shown(filename: str) -> str:
    """Return a file's name; for a cell of a notebook what stands beside it, "In[3]"."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None  # type: ignore[union-attr]
    cell = shell.compile.format_code_name(filename) if shell else None
    return cell[1] if cell else filename
