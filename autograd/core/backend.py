"""Which engine runs: the C accelerator where it was built, else the reference in plain Python.

`AUTOGRAD_PURE_PYTHON=1` in the environment asks for the reference.  A module that has something
in C defines it in Python first, and then lets `native` replace it; what C needs of the Python
side, the module hands over with `connect`.
"""

import os
from typing import Any

__all__ = ["backend", "connect", "native"]

native: Any = None
if os.environ.get("AUTOGRAD_PURE_PYTHON", "0") in ("", "0"):
    try:
        from autograd.native import core as native  # type: ignore[attr-defined,no-redef]
    except ImportError:
        native = None

backend = "python" if native is None else "native"


def connect(**parts: object) -> None:
    """Hand parts of the Python side to the accelerator, where there is one."""
    if native is not None:
        native.connect(**parts)
