"""DOT text: golden files, quoting, and what `dot` itself makes of hostile labels."""

import math
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from autograd import Value, log
from autograd.drawing.dot import to_dot
from autograd.drawing.options import Options
from autograd.drawing.snapshot import take
from autograd.drawing.view import choose_closed, collapsed_view
from tests.support.pictures_of import hostile, labelled, needs_dot, network, neuron

GOLDEN = Path(__file__).parents[1] / "support" / "golden"


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
