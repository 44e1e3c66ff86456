"""DOT text: golden files, quoting, and what `dot` itself makes of hostile labels."""

import math
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, log, scope
from autograd.drawing.dot import to_dot
from autograd.drawing.options import Options
from autograd.drawing.snapshot import take
from autograd.drawing.view import choose_closed, collapsed_view

GOLDEN = Path(__file__).parent / "golden"
needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz's dot is not installed"
)

hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "</svg><script>alert(1)</script>",
            '"];',
            "\\N \\G \\E \\L",
            "<b>bold</b>",
            "a\0b",
            "\u202egnp.exe",
            "&lt;script&gt; &#60; &amp;",
            "x" * 10_000,
            "{|}<>",
            "\\",
            '\\"',
            "javascript:alert(1)",
            "--> <!-- ]]>",
        ]
    ),
)


def neuron():
    """The neuron of the lecture: tanh(x1·w1 + x2·w2 + b), squared."""
    numbers = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    x1, x2, w1, w2, b = (Value(x, label=name) for name, x in numbers.items())
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    loss = o * o
    loss.label = "L"
    loss.backward()
    return loss


def network():
    model = nn.MLP(2, [2, 1], activation="tanh", init="xavier_uniform", seed=3)
    y = (model([Value(0.6, label="x0"), Value(-1.2, label="x1")]) - 1.0) ** 2
    y.backward()
    return y


def dot_of(value, closed=(), **options):
    return to_dot(collapsed_view(take(value), closed), Options(**options))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("neuron.dot", lambda: dot_of(neuron())),
        ("neuron_forward.dot", lambda: dot_of(neuron(), flow="forward", direction="TB")),
        ("network.dot", lambda: dot_of(network())),
        ("network_closed.dot", lambda: dot_of(network(), choose_closed(take(network()), 8))),
        ("not_finite.dot", lambda: dot_of(log(Value(0.0, label="x")))),
    ],
)
def test_golden(name, text, request):
    path = GOLDEN / name
    if request.config.getoption("--write-golden"):
        path.write_text(text(), encoding="utf-8")
    assert text() == path.read_text(encoding="utf-8")


def test_the_same_graph_gives_the_same_bytes():
    assert dot_of(neuron()) == dot_of(neuron())


def test_before_backward_only_forward_arrows_are_drawn():
    text = dot_of(Value(2.0) * Value(3.0))
    assert "—" in text
    assert text.count('dir="forward"') == 2


def test_a_zero_contribution_is_light_grey():
    x = Value(-1.0)
    y = x.relu()
    y.backward()
    assert "#cccccc" in dot_of(y)


def labelled(label):
    with scope(label.replace(".", "_") or "group"):
        y = Value(2.0, label=label) * 3.0
    z = y + 1.0
    z.label = label
    z.backward()
    return z


@needs_dot
@settings(max_examples=40, deadline=None)
@given(hostile)
@example("</svg><script>alert(1)</script>")
def test_dot_draws_hostile_labels_as_text(label):
    text = dot_of(labelled(label))
    svg = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True)
    assert svg.stderr == b"" or b"syntax" not in svg.stderr
    root = ElementTree.fromstring(svg.stdout)
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "foreignObject", "b")
        for attribute in element.attrib:
            assert not attribute.startswith("on")
            assert not attribute.endswith("href")
    shown = "".join(root.itertext())
    assert "tanh" not in shown
    if label.isascii() and label.isprintable() and 0 < len(label) < 20:
        assert "".join(label.split()) in "".join(shown.split())


@needs_dot
def test_numbers_that_are_not_finite_are_framed():
    x = Value(0.0, label="x")
    y = log(x) * math.inf
    y.backward()
    assert "#c2189b" in dot_of(y).lower()
