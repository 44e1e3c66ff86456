"""The widget in Notebook 7."""

from pathlib import Path

import pytest

from tests.browser.conftest import Tab
from tests.browser.servers import drive, serve, write_notebook

pytest.importorskip("notebook", reason="needs notebook 7")
pytest.importorskip("anywidget", reason="needs anywidget")

COMMAND = (
    "notebook", "--no-browser", "--allow-root", "--port={port}", "--ip=127.0.0.1",
    "--IdentityProvider.token=", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)  # fmt: skip


def test_it_works_in_notebook(tab: Tab, tmp_path: Path) -> None:
    write_notebook(tmp_path)
    with serve(tmp_path, *COMMAND) as address:
        tab.page.goto(f"{address}/notebooks/graph.ipynb")
        tab.page.locator(".jp-CodeCell .cm-content").first.click(timeout=60_000)
        tab.page.wait_for_selector('[data-status="idle"]', timeout=60_000)
        tab.page.keyboard.press("Shift+Enter")
        drive(tab.page)
    # Notebook 7.6 itself reports one, before any cell runs.
    tab.errors[:] = [e for e in tab.errors if "reading 'schema'" not in e]
