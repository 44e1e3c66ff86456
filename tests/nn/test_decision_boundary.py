"""Decision boundaries: every cell in the colour of the model's class, every row a point."""

import xml.etree.ElementTree as ElementTree

import pytest

import nn
from nn.plots.decision_boundary import colour, pale

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def drawn(model, labels, cells=4):
    """How many cells each fill covers, and the fills of the points."""
    svg = nn.plot_decision_boundary(model, CORNERS, labels, cells=cells).svg
    root = ElementTree.fromstring(svg)
    named = {
        tag: root.findall(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("path", "circle")
    }
    cells_of = {path.get("fill"): path.get("d", "").count("M") for path in named["path"]}
    return cells_of, [circle.get("fill") for circle in named["circle"]]


def test_one_output_decides_by_its_sign():
    cells, points = drawn(lambda x: x[0] - 0.6, [-1, -1, 1, 1])
    assert cells == {pale(0): 8, pale(1): 8}
    assert points == [colour(0), colour(0), colour(1), colour(1)]


def test_several_outputs_decide_by_the_largest():
    cells, _ = drawn(lambda x: [x[1], 0.2, 1.0 - x[1]], [0, 1, 2, 0])
    assert cells == {pale(0): 8, pale(2): 8}


def test_a_module_is_left_as_it_was():
    model = nn.MLP(2, [3, 1], seed=0)
    nn.plot_decision_boundary(model, CORNERS, [0, 1, 1, 0], cells=2)
    assert model.training
    assert not any(p.reached for p in model.parameters())


def test_rows_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match=r"expected rows of two numbers, got .* in row 0 of X"):
        nn.plot_decision_boundary(lambda x: x[0], [[1.0, 2.0, 3.0]], [1])
