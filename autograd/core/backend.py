"""Which engine runs: the C accelerator where it was built, else the reference in plain Python.

`AUTOGRAD_PURE_PYTHON=1` in the environment asks for the reference.  What C needs of the Python side
it imports by name: see `native/bridge/imports.c`.
"""

import os
from typing import Any, TypeVar

__all__ = ["accelerated", "backend", "native"]

Thing = TypeVar("Thing")

native: Any = None
if os.environ.get("AUTOGRAD_PURE_PYTHON", "0") in ("", "0"):
    try:
        from autograd.native import core as native  # type: ignore[attr-defined,no-redef]
    except ImportError:
        native = None

backend = "python" if native is None else "native"


def accelerated(reference: Thing) -> Thing:
    """Return what has the same name in the accelerator; the function or class itself without one.

    Args:
        reference: a function or class in Python, which says what both do.
    """
    return reference if native is None else getattr(native, reference.__name__)  # type: ignore
