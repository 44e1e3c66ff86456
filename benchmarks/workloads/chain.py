"""A chain of x*b + a: build it, go backward, best of several; or the bytes a node takes.

usage: chain.py ENGINE OPERATIONS REPEATS [bytes]
"""

import json
import sys
import threading
import time
import tracemalloc
from typing import Any


def build(Value: Any, operations: int) -> Any:  # noqa: N803 - the class of either engine
    a, b, x = Value(0.5), Value(0.999), Value(1.0)
    for _ in range(operations // 2):
        x = x * b + a
    return x


def seconds(Value: Any, operations: int, repeats: int) -> dict[str, float]:  # noqa: N803
    best, best_backward = float("inf"), float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        y = build(Value, operations)
        built = time.perf_counter()
        y.backward()
        end = time.perf_counter()
        best, best_backward = min(best, end - start), min(best_backward, end - built)
        result = y.data
        del y
    return {"total": best, "backward": best_backward, "result": result}


def bytes_per_node(Value: Any, operations: int) -> dict[str, float]:  # noqa: N803
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    y = build(Value, operations)
    y.backward()
    size = tracemalloc.get_traced_memory()[0] - before
    return {"bytes": size / operations, "result": y.data}


def main() -> None:
    engine, operations, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if engine == "micrograd":
        from micrograd.engine import Value  # type: ignore[import-not-found]  # noqa: PLC0415
    else:
        from autograd import Value  # noqa: PLC0415
    if sys.argv[4:] == ["bytes"]:
        print(json.dumps(bytes_per_node(Value, operations)))
    else:
        print(json.dumps(seconds(Value, operations, repeats)))


if __name__ == "__main__":
    # micrograd sorts the graph by recursion: give it the limit and the stack that this takes.
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
