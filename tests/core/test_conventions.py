import dataclasses
import math

import pytest

from tools.generate_conventions import DOCUMENT, FACTS, GROUPS, ROWS, at, document


def name(row):
    return f"{row.expression} at {', '.join(map(repr, row.at.values()))}"


def agrees(got, expected):
    both_nan = math.isnan(got) and math.isnan(expected)
    return both_nan or got == expected or math.isclose(got, expected, rel_tol=1e-13)


def holds(row):
    value, gradient = row.evaluate()
    pairs = zip((value, *gradient), (row.value, *row.gradient), strict=True)
    return all(agrees(got, expected) for got, expected in pairs)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_the_engine_holds_to_the_convention(row):
    assert holds(row), row.evaluate()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.expression)
def test_equality_and_identity_are_as_stated(fact):
    got = fact.evaluate()
    assert (type(got), got) == (type(fact.gives), fact.gives)
    assert fact.expression in document()


@pytest.mark.parametrize("row", ROWS[:5], ids=name)
def test_another_convention_would_fail(row):
    assert not holds(dataclasses.replace(row, value=row.value + 1.0))
    assert not holds(dataclasses.replace(row, gradient=[g + 1.0 for g in row.gradient]))


def test_every_convention_stands_once():
    names = [name(row) for row in ROWS]
    assert len(names) == len(set(names))


def test_inputs_are_named_in_order():
    assert at(1.0, 2.0) == {"x": 1.0, "y": 2.0}


def test_the_page_is_what_the_table_writes():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document(), "run `make docs`"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.title)
def test_the_page_has_every_group(group):
    assert f"## {group.title}\n" in document()
    assert all(row.expression in document() for row in group.rows)


def test_no_cell_breaks_its_table():
    assert not any("|" in row.expression + row.reason for row in ROWS)
    assert not any("|" in fact.expression + fact.reason for fact in FACTS)
