"""Which command a command line names, and how it prints where output has few characters."""

import sys
from collections.abc import Sequence
from contextlib import suppress

__all__ = ["main", "print_anywhere"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status: 0 done, 1 a check failed, 2 misuse."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # Each command imports what it needs, and no more: the demo, for one, all of nn.
    if arguments[:1] == ["demo"]:
        from autograd.cli import demo_command  # noqa: PLC0415

        return demo_command.main(arguments[1:])
    if arguments[:1] == ["check"]:
        from autograd.cli import check_command  # noqa: PLC0415

        return check_command.main(arguments[1:])
    from autograd.cli import expression_command  # noqa: PLC0415

    return expression_command.main(arguments)


def print_anywhere() -> None:
    """Let output that is encoded without ∂ and × show their numbers instead."""
    with suppress(AttributeError):  # what stands for stdout need not be a file of text
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
