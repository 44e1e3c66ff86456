"""What it costs at each call to see that all that a compiled function reads is as it was."""

import time
from typing import Any

from autograd import Value
from autograd.compiler.tracing.reachable import Reach

__all__ = ["show_watching"]

CALLS, ROUNDS = 100, 500


class Layer:
    """Something with two leaves."""

    def __init__(self) -> None:
        self.w, self.b = Value(1.0), Value(2.0)


def of_lists() -> Any:
    """A function that reads leaves in 100 lists."""
    held = [[Value(1.0)] for _ in range(100)]
    return lambda x: [each[0] * x for each in held]


def of_instances() -> Any:
    """A function that reads leaves in 50 instances: 100 places with their attributes."""
    held = [Layer() for _ in range(50)]
    return lambda x: [each.w * x + each.b for each in held]


def seconds(reach: Reach) -> float:
    """The time of one check, the shortest of many."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            reach.unchanged()
        best = min(best, time.perf_counter() - begun)
    return best / CALLS


def show_watching() -> None:
    """Print the cost of a check of about 100 watched places."""
    print("a check of what is watched, at each call")
    for name, f in (("lists", of_lists()), ("instances", of_instances())):
        reach = Reach([f])
        cost = f"{seconds(reach) / 1e-6:.2f} µs"
        print(f"    {cost:>14}   {len(reach.places)} places, {name}", flush=True)
