"""Notebook servers on this machine alone, each with a folder of its own and one notebook in it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

__all__ = ["CODE", "drive", "serve", "write_notebook"]

PATIENCE = 60.0

CODE = """\
from autograd import Value, scope
from autograd.drawing.draw import draw

x, w = Value(2.0, label="x"), Value(-0.5, label="w")
with scope("layer"):
    y = (x * w) * 3.0
L = y + x
L.label = "L"
L.backward()
draw(L, group="open").explore()"""


def write_notebook(folder: Path) -> None:
    """Write graph.ipynb with the one cell above."""
    cell: dict[str, Any] = {
        "cell_type": "code", "id": "a", "metadata": {}, "outputs": [],
        "execution_count": None, "source": CODE,
    }  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    tree = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}
    (folder / "graph.ipynb").write_text(json.dumps(tree), "utf-8")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serve(folder: Path, *command: str) -> Iterator[str]:
    """Run `python -m command` until the block ends; {port} in it is a free port."""
    port = free_port()
    # Its own folders: a person's settings must not decide a test.
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME",
           "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")  # fmt: skip
    environment = os.environ | {name: str(folder / "own" / name) for name in own}
    root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *(part.format(port=port) for part in command)],
            cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process, folder / "server.log")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urlopen(address, timeout=2.0):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def drive(page: Any) -> None:
    """Do with the explorer in a notebook what a person would, and look at the numbers."""
    page.wait_for_selector(".glassgrad-explorer g.node", timeout=PATIENCE * 1000)
    shows(page, "2", "−0.5")
    page.get_by_label("Step", exact=True).focus()
    page.keyboard.press("Home")
    shows(page, "—", "—")
    page.keyboard.press("ArrowRight")
    shows(page, "2", "—")
    page.keyboard.press("End")
    page.get_by_label("x: value", exact=True).fill("4")
    shows(page, "4", "−0.5")
    page.get_by_role("button", name="Collapse layer", exact=True).click()
    page.wait_for_selector('.glassgrad-explorer g.node[data-id="g:layer"]')
    page.get_by_role("button", name="Expand layer", exact=True).first.click()
    page.wait_for_selector('.glassgrad-explorer g.node[data-id="g:layer"]', state="detached")
    shows(page, "4", "−0.5")


def shows(page: Any, data: str, grad: str) -> None:
    """Wait until the picture shows these numbers for the first leaf; fail if it never does."""
    leaf = page.locator('.glassgrad-explorer g.node[data-id="n0"]')
    leaf.filter(has_text=f"data{data}grad{grad}").wait_for()
