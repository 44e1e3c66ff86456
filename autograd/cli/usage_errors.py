"""What the commands share: an answer of one line on stderr, with status 2, to all that goes wrong.

Status 1 says that a check failed, so nothing else may end with it.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from autograd.errors import ExpressionError, shorten

__all__ = ["MISUSED", "Misuse", "Parser", "answered", "number"]

MISUSED = 2
LONGEST = 1000


class Misuse(Exception):  # noqa: N818 - what the person did, not an error of ours
    """The command line asks for what cannot be done."""


class Parser(argparse.ArgumentParser):
    """An argument parser that answers misuse with one line."""

    def error(self, message: str) -> NoReturn:
        """Print one line on stderr and exit with status 2."""
        self.exit(MISUSED, f"{self.prog}: {one_line(message)}\n")


def answered(prog: str, command: Callable[[], int]) -> int:
    """Run a command; return its status, or 2 after a line about what went wrong.

    Args:
        prog: how the command is called.
        command: does the work and prints to stdout.
    """
    try:
        status = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except Exception as problem:
        complain(f"{prog}: {told(problem)}")
        drop_output()
        return MISUSED
    return status


def number(name: str, text: str) -> float:
    """The number that is given for a name.

    Raises:
        Misuse: when it is none, or too large for a float.
    """
    try:
        found = float(text)
    except ValueError:
        raise Misuse(f"expected a number for {name}, got {shorten(text)}") from None
    if math.isinf(found) and "inf" not in text.lower():
        raise Misuse(f"{name}={shorten(text)} is too large for a float: is {name}=inf meant?")
    return found


def told(problem: Exception) -> str:
    """What a person reads of an error; our own words say all, others need their name."""
    ours = isinstance(problem, Misuse | ExpressionError)
    text = str(problem) if ours else f"{type(problem).__name__}: {problem}"
    return one_line(text)


def one_line(text: str) -> str:
    """The text without its line breaks, and with its middle left out where it is very long."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 60]} ... {text[-50:]}"


def complain(line: str) -> None:
    """Print a line on stderr, if there is one that takes it."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def drop_output() -> None:
    """Let go of output that nobody takes: a full disk, a reader that has gone."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # Python would try again when it ends, and then end with a status of its own.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
