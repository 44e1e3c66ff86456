"""Runs a notebook's own code in this process and hands over what it defines, to assert on."""

import os
from functools import cache
from typing import Any
from unittest.mock import patch

import nbformat

from tools.run_notebooks import FOLDER, QUICK

__all__ = ["told"]


@cache
def told(name: str) -> dict[str, Any]:
    """Return the names that a notebook has defined at its end, in its reduced setting.

    Args:
        name: the notebook's file name without ".ipynb".
    """
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    names: dict[str, Any] = {"__name__": name}
    with patch.dict(os.environ, {QUICK: "1"}):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{name}:{cell.id}", "exec"), names)
    return names
