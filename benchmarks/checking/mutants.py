"""Mutants: the engine with one primitive made wrong, and how soon `programs()` finds out.

usage: python -m benchmarks.checking.mutants [--seeds N]

Every row of the table gets every fault that changes its derivative.  Hypothesis, at its default of
100 examples, draws `programs()` and checks the gradient of each at its leaves; a mutant is killed
when a check FAILs.  Examples are drawn anew for every seed; nothing is remembered between mutants.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from statistics import mean, median
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

from autograd import backend, check
from autograd.checking.random_program import RandomProgram
from autograd.checking.report import FAIL
from autograd.checking.strategies import programs
from autograd.primitives import TABLE
from tests.support import faults

__all__ = ["FAN_OUT", "Hunt", "Mutant", "catalogue", "hunt", "report"]

EXAMPLES = 100
SCALED = {
    "scaled 1e-3": lambda p: p * (1.0 + 1e-3),
    "scaled 1e-6": lambda p: p * (1.0 + 1e-6),
    "sign": lambda p: -p,
    "dropped operand": lambda p: p * 0.0,
}
SWAPPED, OVERWRITE = "swapped partials", "overwrite"
FAULTS = (*SCALED, SWAPPED, OVERWRITE)
# Derivatives that are 0 everywhere: scaling or dropping them changes nothing.
FLAT = {("step", 0), ("same", 0), ("same", 1), ("where", 0)}
# Derivatives that are equal everywhere: swapping them changes nothing.
ALIKE = {"add", "total", "same"}


@dataclass(frozen=True)
class Mutant:
    """One fault in one row.

    Args:
        row: the primitive.
        fault: one of FAULTS.
        operand: whose partial is wrong.
        plant: makes the fault for the length of a `with` block.
    """

    row: str
    fault: str
    operand: int
    plant: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Hunt:
    """What came of 100 examples.

    Attributes:
        examples: how many were drawn until the first that failed; None when none did.
        smallest: what Hypothesis shrank that to.
    """

    examples: int | None
    smallest: RandomProgram | None


# The classic of small engines: leaves add up, but a result that is used twice is overwritten.
FAN_OUT = Mutant("every row", OVERWRITE, 0, partial(faults.last_term_only, interior=True))


def catalogue() -> Iterator[Mutant]:
    """Yield every mutant that is not the engine itself."""
    for name, row in TABLE.items():
        if name == "same":  # flat, and in no program: it is there for the derivative of maximum
            continue
        operands = range(2 if row.variadic else len(row.partials))
        for fault, change in SCALED.items():
            for i in operands:
                if (name, i) not in FLAT:
                    yield Mutant(name, fault, i, partial(faults.partial_changed, name, i, change))
        if name not in ALIKE:
            for i in operands[1:]:
                yield Mutant(name, SWAPPED, i, partial(faults.partials_swapped, name, i - 1, i))
        yield Mutant(name, OVERWRITE, 0, partial(faults.last_term_only, name))


class Killed(Exception):  # noqa: N818 - what the hunt is for, not an error
    """A check failed."""


def hunt(mutant: Mutant, seed: int, *, shrink: bool = False) -> Hunt:
    """Check up to 100 random programs over a mutant.

    Args:
        mutant: what is wrong.
        seed: of Hypothesis.
        shrink: whether to look for the smallest program that fails.
    """
    drawn, first, smallest = 0, None, None

    def test(program: RandomProgram) -> None:
        nonlocal drawn, first, smallest
        drawn += first is None
        if check(program, program.leaves).count(FAIL):
            first, smallest = first or drawn, program
            raise Killed

    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with mutant.plant(), suppress(Killed):
        hypothesis.seed(seed)(settings(hypothesis.given(programs())(test)))()
    return Hunt(first, smallest)


# -- the table ------------------------------------------------------------------------------------


def report(seeds: int = 3) -> None:
    """Print how many mutants of each kind are killed, how soon, and how small the program gets.

    Args:
        seeds: how often to hunt each mutant; the first hunt is shrunk.
    """
    mutants = list(catalogue())
    print(f"\nmutants of the engine ({backend}), programs(), seeds 0..{seeds - 1}")
    print("   fault             mutants   hunts  killed  examples: mean, most   operations: median")
    total: list[Hunt] = []
    for fault in FAULTS:
        kind = [mutant for mutant in mutants if mutant.fault == fault]
        hunts = [hunt(m, seed, shrink=seed == 0) for m in kind for seed in range(seeds)]
        named = [(m, seed) for m in kind for seed in range(seeds)]
        line(fault, len(kind), hunts, seeds)
        for (mutant, seed), each in zip(named, hunts, strict=True):
            if each.examples is None:
                print(f"      survived: {mutant.row}, operand {mutant.operand}, seed {seed}")
        total += hunts
    line("all", len(mutants), total, seeds)
    classic = 10 * seeds
    line("fan-out", 1, [hunt(FAN_OUT, seed, shrink=True) for seed in range(classic)], 1)


def line(name: str, mutants: int, hunts: Sequence[Hunt], every: int) -> None:
    """Print one row of the table.

    Args:
        name: of the fault.
        mutants: how many there are of it.
        hunts: what came of them.
        every: the first of so many hunts was shrunk.
    """
    examples = [each.examples for each in hunts if each.examples]
    sizes = [each.smallest.size() for each in hunts[::every] if each.smallest]
    cells: tuple[Any, ...] = (name, mutants, len(hunts), 100.0 * len(examples) / len(hunts))
    print("   {:16}  {:7}  {:6}  {:5.1f}%".format(*cells), end="  ")
    print(f"{mean(examples):14.1f} {max(examples):6}   {median(sizes):14}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checking.mutants")
    parser.add_argument("--seeds", type=int, default=3, help="hunts for each mutant (3)")
    report(parser.parse_args().seeds)
