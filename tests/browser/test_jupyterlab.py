"""The widget in JupyterLab."""

from pathlib import Path

import pytest

from tests.browser.conftest import Tab
from tests.browser.servers import drive, serve, write_notebook

pytest.importorskip("jupyterlab", reason="needs jupyterlab")
pytest.importorskip("anywidget", reason="needs anywidget")

COMMAND = (
    "jupyterlab", "--no-browser", "--allow-root", "--port={port}", "--ip=127.0.0.1",
    "--IdentityProvider.token=", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)  # fmt: skip


def test_it_works_in_jupyterlab(tab: Tab, tmp_path: Path) -> None:
    write_notebook(tmp_path)
    with serve(tmp_path, *COMMAND) as address:
        tab.page.goto(f"{address}/lab/tree/graph.ipynb?reset")
        tab.page.locator(".jp-CodeCell .cm-content").first.click(timeout=60_000)
        tab.page.wait_for_selector('[data-status="idle"]', timeout=60_000)
        tab.page.keyboard.press("Shift+Enter")
        drive(tab.page)
