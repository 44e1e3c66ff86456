"""notebooks/README.md names every notebook, and each word is really in the one it points to."""

import json
import re

import pytest

from tools.run_notebooks import FOLDER, notebooks

ROW = re.compile(r"^\| ([^*|]+) \| \[(\d\d) [^]]+\]\(([^)]+)\) \|$", re.MULTILINE)
ROWS = ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))


def flat(text):
    """Letters in a row, whatever their case, marks and line breaks."""
    return " ".join(re.sub(r"[\s*_`\-]+", " ", text).lower().split())


def words_of(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return flat(" ".join("".join(cell["source"]) for cell in cells))


def test_the_notebooks_are_those_on_the_map():
    assert {path.name for path in notebooks()} == {file for _, _, file in ROWS}


@pytest.mark.parametrize(("words", "number", "file"), ROWS)
def test_the_notebook_speaks_of_the_words(words, number, file):
    assert file.startswith(number)
    if (FOLDER / file).exists():
        text = words_of(FOLDER / file)
        assert [word for word in words.split(", ") if flat(word) not in text] == []
