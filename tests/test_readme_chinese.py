"""README.zh-CN.md says in Chinese what README.md says: the same code, the same links."""

import re

import pytest

from tests.support.architecture import ROOT

ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(text):
    """The fenced blocks, with their language."""
    return re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)


def prose(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def links(text):
    """Where the links and pictures lead, but for those to the other language."""
    return [to for to in re.findall(r"\]\(([^)]+)\)", prose(text)) if not to.startswith("README")]


def shape(text):
    """The levels of the headings and the number of rows of each table between them."""
    lines = re.findall(r"^(#+ |\||- )", prose(text), re.MULTILINE)
    return [line.strip() for line in lines]


def test_the_code_is_the_same():
    assert blocks(ENGLISH)
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_the_links_lead_to_the_same_places():
    assert sorted(links(CHINESE)) == sorted(links(ENGLISH))


def test_headings_rows_and_points_are_as_many():
    assert shape(CHINESE) == shape(ENGLISH)


@pytest.mark.parametrize(("text", "other"), [(ENGLISH, "README.zh-CN.md"), (CHINESE, "README.md")])
def test_each_links_to_the_other(text, other):
    assert f"]({other})" in text.split("##")[0]


def test_the_code_spans_of_the_prose_are_the_same():
    spans = [sorted(re.findall(r"`[^`\n]+`", prose(text))) for text in (ENGLISH, CHINESE)]
    assert spans[0] == spans[1]
