"""How long a picture takes: snapshot and built-in SVG, beside what Graphviz's `dot` takes."""

import shutil
import time
from collections.abc import Callable
from typing import Any

import nn
from autograd import Value, draw, total
from autograd.drawing.graphviz import render

__all__ = ["pictures"]

DOT_SECONDS = 60.0


def graph_of(nodes: int) -> Value:
    """Return the loss of a network over as many rows as give about so many nodes."""
    model = nn.MLP(4, [4, 1], activation="tanh", seed=0)
    rows: list[Value] = []
    while 21 * len(rows) < nodes:
        x = [Value(0.1 * (len(rows) + i), label=f"x{i}") for i in range(4)]
        rows.append((model(x) - 1.0) ** 2)
    loss: Value = total(rows)
    loss.backward()
    return loss


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def pictures() -> None:
    """Print a line for each size."""
    for nodes in (150, 1_500, 15_000):
        loss = graph_of(nodes)
        graph = draw(loss, engine="builtin", max_nodes=None, group="open", form="tiny")
        size = len(graph.snapshot.nodes)
        own = seconds(lambda loss=loss: draw(loss)) + seconds(graph.svg)  # type: ignore[misc]
        print(
            f"picture of {size:,} values: built-in {own:.2f} s, dot {of_dot(graph.source)}",
            flush=True,
        )
    y = Value(1.0)
    for _ in range(100_000):
        y = y * 1.0001
    print(f"outline of 100,001 values: {seconds(lambda: draw(y).text()):.2f} s", flush=True)


def of_dot(source: str) -> str:
    """Return how long `dot` takes for the same picture, in words."""
    if shutil.which("dot") is None:
        return "is not installed"
    try:
        return f"{seconds(lambda: render(source, 'svg', DOT_SECONDS)):.2f} s"
    except (TimeoutError, RuntimeError) as problem:
        return str(problem)[:60]
