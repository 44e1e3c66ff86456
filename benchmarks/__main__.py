"""`make bench`: every figure as a ratio from one run.

The engines take turns, and each figure is the best of all turns, so that a slow moment of the
machine does not fall on one of them alone.
"""

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.drawing import pictures
from benchmarks.peers import measure

ROUNDS = 3
# As it is installed, in C where there was a compiler; and in plain Python.
OURS = ("glassgrad", "reference")


def best(workload: str, engines: Sequence[str], *arguments: object) -> dict[str, dict[str, Any]]:
    """Run a workload on the engines in turns; return the fastest measurement of each."""
    found: dict[str, dict[str, Any]] = {}
    for _ in range(ROUNDS):
        for engine in engines:
            result = measure(workload, engine, *arguments)
            if engine not in found or result["total"] < found[engine]["total"]:
                found[engine] = result
    return found


def report(name: str, ratio: str, note: str) -> None:
    print(f"{name:<58}{ratio:>10}   {note}", flush=True)


def chain(operations: int, repeats: int) -> None:
    """Compare build + backward of the chain with micrograd's."""
    found = best("chain", ("micrograd", *OURS), operations, repeats)
    theirs = found["micrograd"]
    for engine in OURS:
        ours = found[engine]
        assert ours["result"] == theirs["result"]
        each = [1e9 * side["total"] / operations for side in (theirs, ours)]
        note = f"micrograd {each[0]:.0f} ns, {engine} {each[1]:.0f} ns an operation"
        ratio = f"{theirs['total'] / ours['total']:.1f}×"
        report(f"chain of x*b + a, {operations:,} operations", ratio, note)


def memory(operations: int) -> None:
    """Compare the bytes a node takes after backward."""
    theirs = measure("chain", "micrograd", operations, 1, "bytes")["bytes"]
    for engine in OURS:
        ours = measure("chain", engine, operations, 1, "bytes")["bytes"]
        note = f"micrograd {theirs:.0f}, {engine} {ours:.0f} bytes (tracemalloc)"
        report("memory of a node after backward", f"{theirs / ours:.1f}×", note)


def moons(steps: int) -> None:
    """Compare the mean training step of micrograd's moons demo."""
    found = best("moons", ("micrograd", *OURS), steps)
    theirs = found["micrograd"]
    for engine in OURS:
        ours = found[engine]
        pairs = zip(ours["losses"], theirs["losses"], strict=True)
        assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs)
        seconds = f"micrograd {theirs['total']:.3f} s, {engine} {ours['total']:.4f} s"
        ratio = f"{theirs['total'] / ours['total']:.1f}×"
        report(
            f"moons, MLP(2, [16, 16, 1]), mean of {steps} steps", ratio, f"{seconds}; same losses"
        )


def depth(engine: str, part: str, small: int, large: int) -> None:
    """Compare the cost per node of "total" or "backward" at two depths."""
    costs = {}
    for operations, repeats in ((small, 20), (large, 3)):
        found = best("chain", (engine,), operations, repeats)[engine]
        costs[operations] = 1e9 * found[part] / operations
    note = f"{engine} {costs[small]:.0f} ns at {small:,}, {costs[large]:.0f} ns at {large:,} nodes"
    ratio = f"{costs[large] / costs[small]:.2f}×"
    report(f"{part} per node, deep against shallow", ratio, note)


def main() -> None:
    print("ratios are micrograd ÷ glassgrad unless said: above 1 is in glassgrad's favour\n")
    chain(1_000, 200)
    chain(100_000, 5)
    memory(100_000)
    moons(20)
    depth("reference", "backward", 10_000, 1_000_000)
    depth("glassgrad", "total", 10_000, 10_000_000)
    print()
    pictures()


if __name__ == "__main__":
    main()
