"""How a compiled workload is run on one core: its values first, then its time, as JSON."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping

__all__ = ["Measured", "best", "report"]

# The values to compare with other engines', and the seconds of a step.
Measured = tuple[list[float], float]

SECONDS = 1.0
BATCH_SECONDS = 0.02


def report(workloads: Mapping[str, Callable[[], Measured]]) -> None:
    """Print the values and the seconds of the workload that the command line names."""
    if hasattr(os, "sched_setaffinity"):  # one core means one thread, whatever the engine has
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    values, seconds = workloads[sys.argv[2]]()
    print(json.dumps({"total": seconds, "result": values}))


def best(action: Callable[[], object], steps: int = 1) -> float:
    """Return the seconds of a step, the least mean over runs of calls long enough to time."""
    end = time.perf_counter() + SECONDS
    calls = max(1, int(BATCH_SECONDS / max(mean(action, 1), 1e-9)))
    found = mean(action, calls)
    while time.perf_counter() < end:
        found = min(found, mean(action, calls))
    return found / steps


def mean(action: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        action()
    return (time.perf_counter() - start) / calls
