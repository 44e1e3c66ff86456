"""The progress bar over epochs: tqdm's where it is installed, else nothing."""

import warnings
from typing import Any

__all__ = ["Silent", "epochs_bar"]


class Silent:
    """A bar that shows nothing."""

    def update(self, epochs: int) -> None:
        """Show nothing."""

    def set_postfix(self, **numbers: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Close nothing."""


def epochs_bar(epochs: int, progress: bool) -> Any:
    """Return something with `update`, `set_postfix` and `close`, as tqdm has them."""
    if not progress:
        return Silent()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that Jupyter's widgets are missing
            from tqdm.auto import tqdm  # noqa: PLC0415  # only here, so that nn needs no package
    except ImportError:
        return Silent()
    return tqdm(total=epochs, unit="epoch")
