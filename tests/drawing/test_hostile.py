"""A picture always appears, and shows as text whatever names it is given."""

from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Primitive, Value, draw, explain, scope
from autograd.drawing.group_paths import ancestors
from autograd.drawing.text_width import shortened, text_width
from tests.support.pictures_of import needs_dot

ODD = ".a\0\x1b\x7f\n\r\t \\\"'<>&]{}|%#;\ud800\udfff\u202e\u2028\ufeff💥é"
NAMES = st.one_of(
    st.text(st.sampled_from(ODD), max_size=8),
    st.text(max_size=5),
    st.sampled_from([
        "", ".", "..", ".hidden", "a..b", "a.", "\0", "\x1b[31m", "]]>", "<!--", "</script>",
        "&amp;",
        '"', "\\N", "\\", "\ud800", "\u202egnp.exe", "a\nb", "m" * 3000, "." * 500, "%s{0}", "node",
    ]),
)  # fmt: skip


def drawn_of(names, label):
    """A graph with such names for its scopes, its primitives and its labels."""
    x = Value(1.0, label=label)
    for i, name in enumerate(names):
        rule = Primitive(name or "p", lambda x: x * 2.0, lambda z, x: 2.0)
        with scope(name):
            x = rule(x) * Value(2.0, label=names[-i])
            with scope("inside"):
                x = x + 1.0
    x.backward()
    return x


def require_text(words):
    """Nothing in a line of text moves the cursor or turns the writing round."""
    assert [c for c in words if not c.isprintable() and c != "\n"] == []


@settings(max_examples=15)
@given(st.lists(NAMES, min_size=1, max_size=3), NAMES)
@example([".hidden"], "")
@example(["\0"], "\0")
@example(["a\0", "a\1"], "\ud800")
def test_the_built_in_picture_appears(names, label):
    y = drawn_of(names, label)
    for group in ("open", "closed", "auto"):
        graph = draw(y, group=group, engine="builtin")
        ElementTree.fromstring(graph.svg().encode())
        graph.source.encode()
        graph.page().encode()
        require_text(graph.text())
        require_text(graph.focus("n0").caption)
    require_text(str(explain(y, y.parents[0])).replace("\n", ""))
    paths = {p for node in graph.snapshot.nodes for p in ancestors(node.group)}
    for path in paths:
        graph.collapse(path).svg()
        graph.expand(path).svg()


@needs_dot
@settings(max_examples=15)
@example(["]"], "a]]")
@given(st.lists(NAMES, min_size=1, max_size=2), NAMES)
@example([".hidden"], "")
@example(["\0", ".", "..x"], "")
@example(["a\0", "a\1"], "\ud800")
def test_dot_draws_it(names, label):
    y = drawn_of(names, label)
    for group in ("open", "closed"):
        graph = draw(y, group=group, engine="dot")
        tree = ElementTree.fromstring(graph.svg().encode())
        drawn = [e for e in tree.iter("{http://www.w3.org/2000/svg}g") if e.get("class") == "node"]
        assert len(drawn) == len(graph.view.boxes)


@pytest.mark.parametrize("fmt", ["<>10", "&<10", '"^9.2f', "\0>8", ".3e", "]>9.1f", "+.2f"])
@pytest.mark.parametrize("engine", ["builtin", pytest.param("dot", marks=needs_dot)])
def test_numbers_are_text_too(fmt, engine):
    y = drawn_of(["a"], "x")
    ElementTree.fromstring(draw(y, engine=engine, fmt=fmt).svg().encode())
    ElementTree.fromstring(draw(y, engine=engine, fmt=fmt, group="closed").svg().encode())


@given(st.text(), st.floats(0.0, 300.0), st.floats(4.0, 20.0), st.booleans())
def test_a_shortened_line_is_as_long_as_fits(text, room, size, bold):
    found = shortened(text, room, size, bold)
    assert found == text or text_width(found, size, bold) <= room + 0.02
    if found != text:
        longer = text[: max(len(found), 1)] + "…"
        assert text_width(longer, size, bold) >= room - 0.02
