"""Where in the user's program we are: the nearest line outside this package."""

import contextlib
import os
import sys
from types import CodeType, TracebackType
from typing import Any

__all__ = ["called_by_user", "defined_at", "raising_line", "user_line"]

ROOT = __file__.removesuffix(os.path.join("autograd", "core", "caller.py"))
OURS = tuple(os.path.join(ROOT, package, "") for package in ("autograd", "nn"))
# `no_grad()` and the like are entered by way of it.
PASSED_BY = (*OURS, contextlib.__file__)


def user_line() -> str:
    """Return "file:line in function" of the innermost caller outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PASSED_BY):
        frame = frame.f_back
    return place(frame.f_code, frame.f_lineno)


def called_by_user(above: int) -> bool:
    """Whether the caller of a function, so many calls above this one's, is outside this package."""
    return not sys._getframe(above + 1).f_code.co_filename.startswith(OURS)


def raising_line(problem: BaseException) -> str:
    """Return "file:line in function" of the innermost line outside this package that raised."""
    step, found = problem.__traceback__, "a line unknown"
    while isinstance(step, TracebackType):
        code = step.tb_frame.f_code
        if not code.co_filename.startswith(PASSED_BY):
            found = place(code, step.tb_lineno)
        step = step.tb_next
    return found


def defined_at(f: Any) -> str:
    """Return "file:line in function" of the first line of a function, or what else it is."""
    code = getattr(f, "__code__", None) or getattr(type(f).__call__, "__code__", None)
    return place(code, code.co_firstlineno) if code else repr(f)


def place(code: CodeType, line: int) -> str:
    where = f"{shown(code.co_filename)}:{line}"
    return where if code.co_name == "<module>" else f"{where} in {code.co_name}"


def shown(filename: str) -> str:
    """Return a file's name; for a cell of a notebook what stands beside it, "In[3]"."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None  # type: ignore[union-attr]
    cell = shell.compile.format_code_name(filename) if shell else None
    return cell[1] if cell else filename
