"""Run by Hypothesis when it is imported: tells it of our types, if they are there by then.

If not, `autograd` tells it when it is imported.
"""

import sys


def register() -> None:
    """Register our types, without importing anything that is not there."""
    if "autograd.checking" in sys.modules:
        from autograd.checking import hypothesis_types  # noqa: PLC0415

        hypothesis_types.register()
