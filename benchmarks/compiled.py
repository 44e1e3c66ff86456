"""`make bench-compiled`: compiled functions and training loops, as ratios from one run.

Every engine runs on one core in float64.  Values are compared before any time is shown: those of
an engine that finds others than the first, which is C for most, end the run.
"""

import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd
import nn
from benchmarks.peers import PEERS, measure
from benchmarks.watching import show_watching
from nn.demo import digits

__all__ = ["main"]

ROUNDS = 2
TOLERANCE = 1e-9
NAMES = 200
# Twenty steps of micrograd take half a minute: one turn of it says enough of a factor of 100,000.
ONCE = ("micrograd",)

FUNCTIONS = ("c", "casadi", "jax", "torch")
# What is shown, the workload of each engine, and the engines; "jax loop" is a loop below Python.
WORKLOADS = (
    ("moons, a step of 2-16-16-1 on 100 rows, SGD", "moons",
     ("c", "jax loop", "jax", "torch", "casadi", "micrograd")),
    ("digits, an epoch of 64-32-10 in 22 batches of 64, Adam", "digits",
     ("c", "jax loop", "jax", "torch")),
    ("wide, a step of 784-128-10 on 256 rows, SGD", "wide", ("c", "jax", "torch")),
    ("gradient of det, 7×7 by minors", "det", FUNCTIONS),
    ("gradient of ode, n = 1,000, 10 steps", "ode", FUNCTIONS),
    ("gradient of ode, n = 20, 10 steps", "ode small", FUNCTIONS),
    ("gradient of llsq, n = 64, m = 128", "llsq", FUNCTIONS),
    ("gradient of lse, n = 10,000", "lse", FUNCTIONS),
    ("gradient of gmm, d = 2, k = 5, n = 1,000", "gmm", FUNCTIONS),
    ("gpt, a step of width 16 on a first name, compiled by length", "gpt", ("ours eager",)),
)  # fmt: skip


def has_ours(workload: str) -> bool:
    """Whether this version compiles functions, and training."""
    if workload in ("moons", "digits", "wide"):
        return "compiled" in inspect.signature(nn.fit).parameters
    return hasattr(autograd, "compile")


def run(engine: str, workload: str, images: Path) -> dict[str, Any]:
    """Run a workload on an engine, in its environment."""
    name, *loop = engine.split()
    found: dict[str, Any] = measure(f"on_{name}", name, " ".join([workload, *loop]), str(images))
    return found


def fastest(engines: Sequence[str], workload: str, images: Path) -> dict[str, dict[str, Any]]:
    """Let the engines take turns; return the fastest measurement of each."""
    found: dict[str, dict[str, Any]] = {}
    for turn in range(ROUNDS):
        for engine in engines:
            if turn and engine in ONCE:
                continue
            result = run(engine, workload, images)
            require_equal(engine, result, found.get(engines[0], result))
            if engine not in found or result["total"] < found[engine]["total"]:
                found[engine] = result
    return found


def require_equal(engine: str, ours: dict[str, Any], reference: dict[str, Any]) -> None:
    """Raise unless all values agree with the first engine's, relative to the largest."""
    pairs = list(zip(ours["result"], reference["result"], strict=True))
    error = max(abs(a - b) for a, b in pairs)
    largest = max(abs(b) for _, b in pairs)
    if not error <= TOLERANCE * largest:
        raise ValueError(f"expected {engine} to find what the others find, it is off by {error}")


def shown(seconds: float) -> str:
    """Return a time with the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def compare(title: str, workload: str, engines: Sequence[str], images: Path) -> None:
    """Print a line for each engine: its time ÷ ours, then both; without ours, ÷ C's."""
    base = "ours" if has_ours(workload) else "c"
    everyone = [*dict.fromkeys((*engines, base))]
    found = fastest(everyone, workload, images)
    print(f"{title} (values agree)")
    if base == "c":
        print("    not compiled by this version of ours: the ratios are ÷ C's")
    for engine in everyone:
        if engine != base:
            theirs, own = found[engine]["total"], found[base]["total"]
            times = f"{engine} {shown(theirs)}, {base} {shown(own)}"
            print(f"    {f'{theirs / own:,.2f}×':>14}   {times}", flush=True)


def main() -> None:
    """Print every workload, or those that the command line names."""
    print("ratios are an engine's time ÷ ours: above 1 is in our favour; one core, float64\n")
    images = PEERS / "digits.json"
    images.parent.mkdir(exist_ok=True)
    images.write_text(json.dumps(digits(0)[0]), encoding="ascii")
    names = measure("first_names", "names", NAMES)
    images.with_name("names.json").write_text(json.dumps(names), encoding="ascii")
    for title, workload, engines in WORKLOADS:
        if workload in (sys.argv[1:] or [workload]):
            compare(title, workload, engines, images)
    show_watching()


if __name__ == "__main__":
    main()
