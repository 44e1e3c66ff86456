"""The notebooks run as they stand, and show what is checked in."""

from functools import cache

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from tools.run_notebooks import execute, has_quick, kinds, machine_paths, notebooks, texts

every = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
# Those without a reduced setting are run as they are, and must show the same numbers.
whole = [path for path in notebooks() if not has_quick(path)]


@cache
def fresh(path):
    return execute(path, quick=True)


def checked_in(path):
    return nbformat.read(path, as_version=4)


def saved(folder, *cells):
    path = folder / "some.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    return path


def test_there_are_notebooks():
    numbers = [path.stem[:2] for path in notebooks()]
    assert numbers[:4] == ["01", "02", "03", "04"]
    assert len({*numbers}) == len(numbers)


@pytest.mark.parametrize("path", whole, ids=lambda path: path.stem)
def test_it_runs_and_shows_what_is_checked_in(path):
    assert texts(fresh(path)) == texts(checked_in(path))


@every
def test_each_cell_shows_the_kind_of_thing_that_is_checked_in(path):
    assert kinds(fresh(path)) == kinds(checked_in(path))


@every
def test_nothing_is_printed_to_stderr(path):
    outputs = [output for cell in fresh(path).cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []


@every
def test_outputs_are_checked_in(path):
    cells = [cell for cell in checked_in(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@every
def test_the_file_is_as_make_notebooks_writes_it(path):
    notebook = checked_in(path)
    assert notebook.metadata == fresh(path).metadata
    assert [cell.metadata for cell in notebook.cells] == [c.metadata for c in fresh(path).cells]
    assert machine_paths(path.read_text(encoding="utf-8")) == []


def test_a_cell_that_raises_is_reported(tmp_path):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(saved(tmp_path, "1 / 0"))


def test_a_changed_output_is_noticed(tmp_path):
    notebook = execute(saved(tmp_path, "print(1 + 1)", "3"))
    assert texts(notebook) == {"cell-01": ["2\n"], "cell-02": ["3"]}
    notebook.cells[0].outputs[0].text = "3\n"
    assert texts(notebook) != {"cell-01": ["2\n"], "cell-02": ["3"]}
    notebook.cells[0].metadata.tags = ["volatile"]
    assert texts(notebook) == {"cell-02": ["3"]}


def test_it_runs_in_its_own_folder_in_a_kernel_of_its_own(tmp_path):
    first = saved(tmp_path, "import os; os.path.samefile(os.getcwd(), " + repr(str(tmp_path)) + ")")
    assert texts(execute(first)) == {"cell-01": ["True"]}
    assert texts(execute(saved(tmp_path, "'os' in globals()"))) == {"cell-01": ["False"]}


def test_the_reduced_setting_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_QUICK", "1")
    path = saved(tmp_path, "import os; 'GLASSGRAD_QUICK' in os.environ")
    assert has_quick(path)
    assert texts(execute(path, quick=True)) == {"cell-01": ["True"]}
    assert texts(execute(path)) == {"cell-01": ["False"]}


def test_kinds_of_output(tmp_path):
    picture = "from IPython.display import SVG; SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    notebook = execute(saved(tmp_path, "print(1); 2", "x = 1", picture))
    assert kinds(notebook) == {
        "cell-01": ["stream", "text/plain"], "cell-02": [], "cell-03": ["image/svg+xml"],
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/home/ann/x.py", "/tmp/x", "/Users/ann", "C:\\\\Users"])
def test_a_machine_path_is_noticed(path):
    assert machine_paths(f'"text": "in {path}\\n"')


def test_what_is_no_machine_path():
    assert machine_paths("docs/how-it-works.md </svg> https://example.org/home 1/2 ../home/x") == []
