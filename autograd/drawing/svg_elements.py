"""SVG elements: the only way to put elements and text into SVG, so that no label can be markup."""

from xml.etree.ElementTree import Element, SubElement, tostring

from autograd.drawing.edge_paths import coordinates
from autograd.drawing.formatting import plain

__all__ = ["FONT", "Element", "add", "root", "text_element", "xml"]

FONT = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
LONGEST_WORDS = 300
# A baseline stands this share of the size below the middle of a line.
BASELINE = 0.35


def root(width: float, height: float, label: str) -> Element:
    """Return an empty picture.

    Args:
        width: in pixels.
        height: in pixels.
        label: what those hear who cannot see it.
    """
    size = coordinates(width), coordinates(height)
    settings = {
        "xmlns": "http://www.w3.org/2000/svg", "width": size[0], "height": size[1],
        "viewBox": f"0 0 {size[0]} {size[1]}", "role": "img", "font-family": FONT,
        "aria-label": plain(label, LONGEST_WORDS),
    }  # fmt: skip
    return Element("svg", settings)


def add(parent: Element, tag: str, words: str = "", /, **settings: str | float) -> Element:
    """Return a new element inside another.

    Args:
        parent: the other.
        tag: its name.
        words: its text.
        settings: its attributes; a trailing _ is dropped, other _ are hyphens.
    """
    texts = {n.rstrip("_").replace("_", "-"): setting(x) for n, x in settings.items()}
    made = SubElement(parent, tag, texts)
    if words:
        made.text = plain(words, LONGEST_WORDS)
    return made


def setting(x: str | float) -> str:
    """Return an attribute as text: numbers to a hundredth, text without control characters."""
    if not isinstance(x, str):
        return coordinates(x)
    return x if x.isprintable() else plain(x, len(x))


def text_element(
    parent: Element, words: str, x: float, middle: float, size: float, /, **settings: str | float
) -> Element:
    """Return a new line of text around a middle height."""
    y = middle + BASELINE * size
    return add(parent, "text", words, x=x, y=y, font_size=size, **settings)


def xml(picture: Element) -> str:
    """Return the picture as text."""
    return tostring(picture, encoding="unicode") + "\n"
