"""The step on the moons in micrograd, as its notebook has it.

usage: on_micrograd.py ENGINE WORKLOAD DIGITS
"""

import sys

import data
from micrograd.nn import MLP
from moons import micrograd_step
from timing import Measured, best, report

STEPS = 20


def moons() -> Measured:
    rows, labels = data.moons_rows()
    model = MLP(data.MOONS[0], data.MOONS[1:])
    for p, number in zip(model.parameters(), data.flat(data.layers(data.MOONS)), strict=True):
        p.data = number

    def steps() -> None:
        for _ in range(STEPS):
            micrograd_step(model, rows, labels)

    steps()
    return [p.data for p in model.parameters()], best(steps, STEPS)


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    report({"moons": moons})
