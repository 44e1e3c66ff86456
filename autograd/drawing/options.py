"""The options: every setting of a picture that does not choose what it shows."""

from dataclasses import dataclass

from autograd.drawing.colors import NORMS, THEMES

__all__ = ["Options"]

CHOICES: dict[str, tuple[str, ...]] = {
    "flow": ("both", "forward", "backward"),
    "direction": ("LR", "TB"),
    "norm": tuple(NORMS),
    "theme": tuple(THEMES),
    "color": ("grad", "none"),
    "form": ("auto", "full", "compact", "tiny"),
}


@dataclass(frozen=True)
class Options:
    """How a picture is drawn.

    Args:
        flow: which arrows lines have: "both", "forward" or "backward".
        direction: "LR", from left to right, or "TB", from top to bottom.
        norm: how sizes become colours: "sqrt", "linear" or "symlog".
        fmt: how numbers are written, as `format` takes it.
        theme: "light", "dark" or "transparent".
        color: "grad" colours gradients and their flow; "none" leaves them grey.
        form: how much a box shows: "full", "compact", "tiny", or "auto" by the number of boxes.

    Raises:
        ValueError: when a setting is none of its choices.

    >>> Options(flow="sideways")
    Traceback (most recent call last):
    ValueError: expected flow to be one of both, forward, backward, got 'sideways'
    """

    flow: str = "both"
    direction: str = "LR"
    norm: str = "sqrt"
    fmt: str = ".4g"
    theme: str = "light"
    color: str = "grad"
    form: str = "auto"

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            chosen = getattr(self, name)
            if chosen not in choices:
                wanted = ", ".join(choices)
                raise ValueError(f"expected {name} to be one of {wanted}, got {chosen!r}")
        format(0.5, self.fmt)
