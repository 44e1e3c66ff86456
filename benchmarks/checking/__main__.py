"""`make bench-check`: how often a gradient check is wrong, ours and its peers'."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from benchmarks.checking import oscillating, right, side_by_side, wrong

Sizes = argparse.Namespace
# What is printed, in this order.
SECTIONS: list[Callable[[Sizes], None]] = [
    lambda sizes: right.false_alarms(sizes.right),
    lambda sizes: right.evaluations(sizes.smooth),
    lambda sizes: wrong.misses(sizes.wrong),
    lambda sizes: oscillating.turns(sizes.turns),
    lambda sizes: side_by_side.compare(sizes.peers),
    lambda sizes: mutants(),
]


def mutants() -> None:
    """Print which mutants of the engine a property test kills, where that catalogue is at hand."""
    if find_spec("benchmarks.checking.mutants"):
        import_module("benchmarks.checking.mutants").report()


def sizes(arguments: list[str] | None = None) -> Sizes:
    """Return how many of each are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=__doc__)
    parser.add_argument("--right", type=int, default=100_000, help="right partials, each way")
    parser.add_argument("--smooth", type=int, default=8_000, help="inputs of smooth functions")
    parser.add_argument("--wrong", type=int, default=10_000, help="wrong partials, each way")
    parser.add_argument(
        "--turns", type=int, default=100_000, help="functions of each kind that turns fast"
    )
    parser.add_argument("--peers", type=int, default=150, help="cases a row, ours and peers alike")
    return parser.parse_args(arguments)


def main() -> None:
    asked = sizes()
    for section in SECTIONS:
        section(asked)


if __name__ == "__main__":
    main()
