"""The widget in marimo."""

from pathlib import Path
from textwrap import indent

import pytest

from tests.browser.conftest import Tab
from tests.browser.servers import CODE, drive, serve

pytest.importorskip("marimo", reason="needs marimo")
pytest.importorskip("anywidget", reason="needs anywidget")

APP = f"""import marimo

app = marimo.App()


@app.cell
def _():
{indent(CODE, "    ")}
    return


if __name__ == "__main__":
    app.run()
"""


def test_it_works_in_marimo(tab: Tab, tmp_path: Path) -> None:
    (tmp_path / "graph.py").write_text(APP, "utf-8")
    run = ("marimo", "--quiet", "run", "graph.py", "--headless", "--no-token", "--host=127.0.0.1")
    with serve(tmp_path, *run, "--port={port}") as address:
        tab.page.goto(address)
        drive(tab.page)
