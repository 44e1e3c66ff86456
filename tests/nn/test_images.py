"""Images as pictures: shades, places, words."""

import xml.etree.ElementTree as ElementTree

import pytest

import nn
from autograd import Value


def paths(picture):
    found = ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}path")
    shades = [path for path in found if path.get("opacity")]
    return {path.get("d"): (path.get("fill"), path.get("opacity")) for path in shades}


def test_shades_follow_sign_and_size_over_all_images():
    first, second = [[0.0, 1.0]], [[Value(-2.0), 0.5]]
    shades = [*paths(nn.plot_images([first, second], size=10)).values()]
    assert shades == [("#08306b", "0.5"), ("#d55e00", "1.0"), ("#08306b", "0.25")]


def test_places():
    picture = nn.plot_images([[[1.0, 0.0], [0.0, 2.0]]] * 3, columns=2, size=10)
    places = [d.split("h")[0] for d in paths(picture)]
    assert places == ["M10,10", "M20,20", "M40,10", "M50,20", "M10,58", "M20,68"]
    assert (picture.width, picture.height) == (70, 106)


def test_words_and_lines_of_different_length():
    picture = nn.plot_images([[[1.0], [0.5, 0.5]]], ["a <b>"], left=["x", "y"], top=["1", "2"])
    words = [e.text for e in ElementTree.fromstring(picture.svg).iter() if e.tag.endswith("text")]
    assert words == ["x", "y", "1", "2", "a <b>"]


def test_the_edge_follows_the_lines():
    picture = nn.plot_images([[[1.0], [0.5, 0.5]]], size=10)
    assert 'd="M10,10H20v10H30v10H10z" fill="none"' in picture.svg


def test_nothing_but_zeros_is_white():
    assert paths(nn.plot_images([[[0.0, 0.0]]])) == {}


@pytest.mark.parametrize("images", [[], [[]], [[[]]], [[[1.0]], [[]]]])
def test_no_image(images):
    with pytest.raises(ValueError, match="expected at least one image, and a number in each"):
        nn.plot_images(images)
