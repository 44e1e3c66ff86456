"""`make bench`: every figure as a ratio from one run.

The engines take turns, and each figure is the best of all turns, so that a slow moment of the
machine does not fall on one of them alone.
"""

import math
from collections.abc import Sequence
from itertools import product
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
    """Compare build + backward of the chain with micrograd's and XAD's."""
    found = best("chain", ("micrograd", "xad", *OURS), operations, repeats)
    each = {engine: 1e9 * found[engine]["total"] / operations for engine in found}
    assert len({result["result"] for result in found.values()}) == 1
    for theirs, ours in product(("micrograd", "xad"), OURS):
        note = f"{theirs} {each[theirs]:.0f} ns, {ours} {each[ours]:.0f} ns an operation"
        ratio = f"{each[theirs] / each[ours]:.1f}×"
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


def gpt(steps: int) -> None:
    """Compare a GPT's training step with that of a straightforward engine, one program on both."""
    names = measure("first_names", "names", steps)
    ratio_of_losses("gpt, one step of width 16, plain operators", "gpt", ("slots", OURS[0]), names)


def digits(epochs: int) -> None:
    """Compare an epoch of the demo's training, in C and in plain Python."""
    ratio_of_losses("digits, one epoch of `make demo`", "digits", OURS[::-1], [epochs])


def ratio_of_losses(
    name: str, workload: str, engines: tuple[str, str], arguments: Sequence[object]
) -> None:
    """Compare the seconds of a slower engine and a faster one that reach the same losses."""
    slower, faster = engines
    found = best(workload, engines, *arguments)
    seconds = {engine: result["total"] for engine, result in found.items()}
    pairs = zip(found[slower]["losses"], found[faster]["losses"], strict=True)
    assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs)
    note = f"{slower} {seconds[slower]:.4f} s, {faster} {seconds[faster]:.4f} s; same losses"
    report(name, f"{seconds[slower] / seconds[faster]:.1f}×", note)


def depth(small: int, large: int) -> None:
    """Compare the reference's cost of backward per node at two depths."""
    costs = {}
    for operations, repeats in ((small, 20), (large, 3)):
        found = best("chain", ("reference",), operations, repeats)["reference"]
        costs[operations] = 1e9 * found["backward"] / operations
    note = f"reference {costs[small]:.0f} ns at {small:,}, {costs[large]:.0f} ns at {large:,} nodes"
    ratio = f"{costs[large] / costs[small]:.2f}×"
    report("backward per node, deep against shallow", ratio, note)


def visits(operations: int) -> None:
    """Count what a walk meets: each node once."""
    found = measure("chain", OURS[0], operations, 1, "nodes")
    assert found["met"] == found["different"] == operations + 3
    report("nodes a walk visits, per node of the graph", "1", f"{found['met']:,}, all different")


def reuse(small: int, large: int) -> None:
    """Compare build + backward per node at two sizes, on memory reused and at its first touch."""
    shallow = best("chain", OURS[:1], small, 30)[OURS[0]]["total"] / small
    deep = best("chain", OURS[:1], large, 3, "memory")[OURS[0]]
    for kind, seconds in (("on reused memory", deep["total"]), ("at first touch", deep["first"])):
        cost = seconds / large
        note = f"{OURS[0]} {1e9 * shallow:.0f} ns at {small:,}, {1e9 * cost:.0f} ns at {large:,}"
        report(f"build + backward per node, {kind}", f"{cost / shallow:.2f}×", note)


def main() -> None:
    print("ratios are the first ÷ the second of the times noted: above 1 is in our favour")
    print("(only those per node at two sizes are large ÷ small: the smaller the better)\n")
    chain(1_000, 200)
    chain(100_000, 5)
    memory(100_000)
    moons(20)
    gpt(30)
    digits(2)
    visits(100_000)
    depth(10_000, 1_000_000)
    reuse(10_000, 10_000_000)
    print()
    pictures()


if __name__ == "__main__":
    main()
