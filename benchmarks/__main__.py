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
    found = best("chain", ("micrograd", "glassgrad"), operations, repeats)
    ours, theirs = found["glassgrad"], found["micrograd"]
    assert ours["result"] == theirs["result"]
    ratio = theirs["total"] / ours["total"]
    each = [1e9 * side["total"] / operations for side in (theirs, ours)]
    note = f"micrograd {each[0]:.0f} ns, glassgrad {each[1]:.0f} ns an operation"
    report(f"chain of x*b + a, {operations:,} operations", f"{ratio:.1f}×", note)


def memory(operations: int) -> None:
    """Compare the bytes a node takes after backward."""
    ours, theirs = (
        measure("chain", engine, operations, 1, "bytes")["bytes"]
        for engine in ("glassgrad", "micrograd")
    )
    note = f"micrograd {theirs:.0f}, glassgrad {ours:.0f} bytes (tracemalloc)"
    report("memory of a node after backward", f"{theirs / ours:.1f}×", note)


def moons(repeats: int) -> None:
    """Compare a training step of micrograd's moons demo."""
    found = best("moons", ("micrograd", "glassgrad"), repeats)
    ours, theirs = found["glassgrad"], found["micrograd"]
    pairs = zip(ours["losses"], theirs["losses"], strict=True)
    assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs)
    note = f"micrograd {theirs['total']:.3f} s, glassgrad {ours['total']:.4f} s; same losses"
    report(
        "moons, one step of MLP(2, [16, 16, 1]), 100 rows",
        f"{theirs['total'] / ours['total']:.1f}×",
        note,
    )


def depth(small: int, large: int) -> None:
    """Compare the cost of build + backward per node at two depths."""
    costs = {}
    for operations, repeats in ((small, 20), (large, 3)):
        found = best("chain", ("glassgrad",), operations, repeats)["glassgrad"]
        costs[operations] = 1e9 * found["total"] / operations
    note = f"{costs[small]:.0f} ns at {small:,}, {costs[large]:.0f} ns at {large:,} nodes"
    name = "build + backward per node, deep against shallow"
    report(name, f"{costs[large] / costs[small]:.2f}×", note)


def main() -> None:
    print("ratios are micrograd ÷ glassgrad unless said: above 1 is in glassgrad's favour\n")
    chain(1_000, 200)
    chain(100_000, 5)
    memory(100_000)
    moons(5)
    depth(10_000, 10_000_000)
    print()
    pictures()


if __name__ == "__main__":
    main()
