"""Decision boundaries: every cell in the colour of the model's class, every row a point."""

import xml.etree.ElementTree as ElementTree

import pytest

import nn
from nn.boundary import colour, pale

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def drawn(model, labels, cells=4):
    svg = nn.plot_decision_boundary(model, CORNERS, labels, cells=cells).svg
    elements = list(ElementTree.fromstring(svg))
    tags = {"rect": [], "circle": []}
    for element in elements:
        tags.get(element.tag.rpartition("}")[2], []).append(element.get("fill"))
    return tags["rect"][1:], tags["circle"]


def test_one_output_decides_by_its_sign():
    squares, points = drawn(lambda x: x[0] - 0.5, [-1, -1, 1, 1])
    assert squares == [pale(0)] * 8 + [pale(1)] * 8
    assert points == [colour(0), colour(0), colour(1), colour(1)]


def test_several_outputs_decide_by_the_largest():
    squares, _ = drawn(lambda x: [x[1], 0.2, 1.0 - x[1]], [0, 1, 2, 0])
    assert squares == ([pale(0)] * 2 + [pale(2)] * 2) * 4


def test_a_module_is_left_as_it_was():
    model = nn.MLP(2, [3, 1], seed=0)
    nn.plot_decision_boundary(model, CORNERS, [0, 1, 1, 0], cells=2)
    assert model.training
    assert not any(p.reached for p in model.parameters())


def test_rows_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="expected rows of two numbers, got .* in row 0 of X"):
        nn.plot_decision_boundary(lambda x: x[0], [[1.0, 2.0, 3.0]], [1])
