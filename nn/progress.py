"""The progress bar over epochs: tqdm's where it is installed, else nothing."""

import warnings
from collections.abc import Iterator
from typing import Any

__all__ = ["Silent", "epochs_bar"]


class Silent:
    """A bar that shows nothing.

    >>> list(Silent(2))
    [1, 2]
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = range(1, epochs + 1)

    def __iter__(self) -> Iterator[int]:
        return iter(self.epochs)

    def set_postfix(self, **numbers: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Close nothing."""


def epochs_bar(epochs: int, progress: bool) -> Any:
    """Return something to iterate 1..epochs with, with `set_postfix` and `close`."""
    if not progress:
        return Silent(epochs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that Jupyter's widgets are missing
            from tqdm.auto import tqdm  # noqa: PLC0415  # only here, so that nn needs no package
    except ImportError:
        return Silent(epochs)
    return tqdm(range(1, epochs + 1), unit="epoch")
