"""A chain of x*b + a: build it, go backward, best of several; or what a node takes.

usage: chain.py ENGINE OPERATIONS REPEATS [bytes|nodes|memory]
"""

import json
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

# One node per so many stays alive, so that no arena (1 MB) is given back to the system.
KEPT = 10_000


def build(Value: Any, operations: int) -> Any:  # noqa: N803 - the class of any engine
    a, b, x = Value(0.5), Value(0.999), Value(1.0)
    for _ in range(operations // 2):
        x = x * b + a
    return x


def pass_of(Value: Any, operations: int) -> dict[str, float]:  # noqa: N803
    """Build the chain and go backward, once."""
    start = time.perf_counter()
    y = build(Value, operations)
    built = time.perf_counter()
    y.backward()
    end = time.perf_counter()
    return {"total": end - start, "backward": end - built, "result": y.data}


def pass_of_xad(tape: Any, operations: int) -> dict[str, float]:
    """The same in XAD's words; the tape and its memory are those of the last pass."""
    from xad.adj_1st import Real  # noqa: PLC0415

    start = time.perf_counter()
    tape.newRecording()

    def leaf(number: float) -> Any:
        x = Real(number)
        tape.registerInput(x)
        return x

    y = build(leaf, operations)
    tape.registerOutput(y)
    y.derivative = 1.0
    built = time.perf_counter()
    tape.computeAdjoints()
    end = time.perf_counter()
    return {"total": end - start, "backward": end - built, "result": y.value}


def best(one_pass: Callable[[], dict[str, float]], repeats: int) -> dict[str, float]:
    passes = [one_pass() for _ in range(repeats)]
    return {name: min(each[name] for each in passes) for name in passes[0]}


def bytes_per_node(Value: Any, operations: int) -> dict[str, float]:  # noqa: N803
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    y = build(Value, operations)
    y.backward()
    size = tracemalloc.get_traced_memory()[0] - before
    return {"bytes": size / operations, "result": y.data}


def nodes(Value: Any, operations: int) -> dict[str, float]:  # noqa: N803
    """Count the nodes that a walk meets, and those of them that backward has reached."""
    from autograd.toposort import topological  # noqa: PLC0415

    y = build(Value, operations)
    y.backward()
    met = topological(y)
    return {"met": len(met), "different": len({id(x) for x in met}), "result": y.data}


def memory(Value: Any, operations: int, repeats: int) -> dict[str, float]:  # noqa: N803
    """Tell the first pass, whose memory is new from the system, from those on memory reused."""
    first = pass_of(Value, operations)
    kept = [Value(0.0) for _ in range(operations + operations // 8)][::KEPT]
    reused = best(lambda: pass_of(Value, operations), repeats)
    del kept
    return {**reused, "first": first["total"]}


def main() -> None:
    engine, operations, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if engine == "micrograd":
        from micrograd.engine import Value  # noqa: PLC0415
    elif engine == "xad":
        from xad.adj_1st import Tape  # noqa: PLC0415

        with Tape() as tape:
            print(json.dumps(best(lambda: pass_of_xad(tape, operations), repeats)))
        return
    else:
        from autograd import Value  # noqa: PLC0415
    modes = {
        "bytes": lambda: bytes_per_node(Value, operations),
        "nodes": lambda: nodes(Value, operations),
        "memory": lambda: memory(Value, operations, repeats),
        "seconds": lambda: best(lambda: pass_of(Value, operations), repeats),
    }
    print(json.dumps(modes[[*sys.argv[4:], "seconds"][0]]()))


if __name__ == "__main__":
    # micrograd sorts the graph by recursion: give it the limit and the stack that this takes.
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
