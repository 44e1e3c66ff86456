"""`python -m autograd demo`: what the digits demo in nn is asked for."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from autograd.cli.usage_errors import Misuse, Parser, answered
from nn import demo

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Train, check, report; return the exit status: 0 done, 1 a gradient failed, 2 misuse."""
    options = parser().parse_args(arguments)
    return answered("python -m autograd demo", lambda: run(options))


def run(options: argparse.Namespace) -> int:
    """Run the demo with the options; what it needs and is not installed is misuse."""
    try:
        return demo.run(**vars(options))
    except ImportError:
        needed = "the demo needs scikit-learn and tqdm: pip install 'glassgrad[demo]'"
        raise Misuse(needed) from None


def parser() -> argparse.ArgumentParser:
    """Return the parser of the demo's options."""
    described = Parser(prog="python -m autograd demo", description=demo.__doc__)
    described.add_argument(
        "--epochs", type=at_least(0), default=12, help="passes over the images (12)"
    )
    described.add_argument(
        "--hidden", type=at_least(1), nargs="+", default=[24], help="neurons per hidden layer (24)"
    )
    described.add_argument(
        "--partials", type=at_least(1), default=100, help="partial derivatives to check (100)"
    )
    described.add_argument(
        "--seed", type=at_least(0), default=0, help="of weights, split and order (0)"
    )
    described.add_argument(
        "--out", type=Path, default=Path("glassgrad-demo"), help="folder to write (glassgrad-demo)"
    )
    return described


def at_least(least: int) -> Callable[[str], int]:
    """Return the reader of an integer that has a lower bound."""

    def integer(text: str) -> int:
        if int(text) < least:
            raise ValueError(text)
        return int(text)

    integer.__name__ = f"integer ≥ {least}"  # argparse says "invalid integer ≥ 1 value: '0'"
    return integer
