"""The width of text, estimated without a font engine: that of a broad sans-serif."""

import unicodedata
from itertools import accumulate

__all__ = ["shortened", "text_width"]

# Widths in em of DejaVu Sans, the broadest of the faces that "sans-serif" is likely to mean.
WIDTHS: dict[str, float] = {
    **dict.fromkeys("iljI'|", 0.3),
    **dict.fromkeys("ftr()[].,:;!/\\- ·", 0.41),
    **dict.fromkeys("cksvxyzJ?*_`^∂‖", 0.6),
    **dict.fromkeys("mwM%+−<>=~#×←→∞@—…", 0.9),
    "W": 1.0,
    "—": 1.0,
    "…": 1.0,
    "@": 1.0,
}
LOWER, UPPER, BROAD = 0.64, 0.76, 1.1
BOLD = 1.13


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return a width in which a line of text fits.

    Args:
        text: the line.
        size: of the font.
        bold: whether it is bold.

    >>> text_width("∂=2", 10.0)
    21.4
    """
    width = size * sum(map(character_width, text))
    return round(width * BOLD if bold else width, 2)


def character_width(character: str) -> float:
    """Return the width of a character in em."""
    if character in WIDTHS:
        return WIDTHS[character]
    if character.isascii():
        return UPPER if character.isupper() else LOWER
    if unicodedata.combining(character):
        return 0.0
    broad = unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF
    return BROAD if broad else 0.85


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return as much of a line as fits, with an ellipsis where it was cut.

    >>> shortened("multilayer", 40.0, 10.0)
    'multil…'
    """
    if text_width(text, size, bold) <= room:
        return text
    em, fits = size * (BOLD if bold else 1.0), 0
    for end, width in enumerate(accumulate(map(character_width, text)), start=1):
        if round(em * (width + WIDTHS["…"]), 2) > room:
            break
        fits = end
    return text[:fits] + "…" if fits else ""
