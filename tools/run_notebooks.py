"""Runs notebooks top to bottom, each in a fresh kernel, and keeps what they show.

`make notebooks` runs every notebook in place.  What differs between machines or runs without
meaning anything (timings, versions, editors' settings) is never written to the files.

A notebook that trains for long has a reduced setting, which it reads in its first code cell:

    QUICK = "GLASSGRAD_QUICK" in os.environ  # set by the tests, which only see that all runs
    epochs = 1 if QUICK else 20

Its outputs are checked in as of the full setting; the tests run the reduced one, and compare which
cells show something, and of what kind, but not the numbers.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

__all__ = ["FOLDER", "execute", "has_quick", "kinds", "machine_paths", "main", "notebooks", "texts"]

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
TIMEOUT = 300  # seconds, for a cell
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
QUICK = "GLASSGRAD_QUICK"  # the environment variable that asks for a notebook's reduced setting
VOLATILE = "volatile"  # the tag of cells whose output may differ from run to run
ROOTS = "home|root|tmp|Users|work|private|mnt"
ABSOLUTE = re.compile(rf"(?<![\w.])/(?:{ROOTS})/\w[^\s\"']*|[A-Z]:\\\\\w+")

Notebook = Any  # an nbformat.NotebookNode, which has no types


def notebooks() -> list[Path]:
    """Return the notebooks' files, in reading order."""
    return sorted(FOLDER.glob("*.ipynb"))


def has_quick(path: Path) -> bool:
    """Whether a notebook has a reduced setting."""
    return QUICK in path.read_text(encoding="utf-8")


def execute(path: Path, *, quick: bool = False) -> Notebook:
    """Return the notebook with the outputs of a fresh run; the file stays as it is.

    Args:
        path: the .ipynb file; the notebook runs in its folder.
        quick: whether to ask for its reduced setting, if it has one.

    Raises:
        CellExecutionError: when a cell raises.
    """
    notebook = nbformat.read(path, as_version=4)
    env = {name: x for name, x in os.environ.items() if name != QUICK}
    NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # no advice on how kernels talk to each other
    ).execute(env={**env, QUICK: "1"} if quick else env)
    return cleaned(notebook)


def cleaned(notebook: Notebook) -> Notebook:
    """Leave only what is meant: sources, tags, outputs, and the kernel's plain name."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k == "tags"}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data.pop("text/plain", None)  # the object's repr says nothing more
    return notebook


def texts(notebook: Notebook) -> dict[str, list[str]]:
    """Return what each code cell shows as text, by cell id; volatile cells are left out."""
    return {
        cell.id: [shown(output) for output in cell.outputs if shown(output)]
        for cell in notebook.cells
        if cell.cell_type == "code" and VOLATILE not in cell.metadata.get("tags", [])
    }


def kinds(notebook: Notebook) -> dict[str, list[str]]:
    """Return what kinds of output each cell has, such as "image/svg+xml", by cell id."""
    return {
        cell.id: [min(output.get("data", [output.output_type])) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def shown(output: Any) -> str:
    """Return an output's text; "" for a picture."""
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


def machine_paths(content: str) -> list[str]:
    """Return the absolute paths in a notebook file's text."""
    return ABSOLUTE.findall(content)


def main(arguments: Sequence[str]) -> None:
    """Run the given notebooks, by default all, and save them with their outputs."""
    for path in [Path(argument) for argument in arguments] or notebooks():
        nbformat.write(execute(path), path)
        print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
