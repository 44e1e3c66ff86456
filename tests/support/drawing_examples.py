"""Twenty graphs, of 5 nodes to 300, that the built-in layout is held to, and the measure."""

import json
import math
import operator
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import nn
from autograd import Value, exp, relu, softplus
from autograd import total as any_total
from autograd.drawing.box_content import box_content, form_of, label_lines, labelled
from autograd.drawing.edge_paths import sampled
from autograd.drawing.layout import Layout
from autograd.drawing.options import Options
from autograd.drawing.snapshot import take
from autograd.drawing.view import View, choose_closed, collapsed_view

Point = tuple[float, float]
Segment = tuple[Point, Point]


def total(terms: Sequence[Value]) -> Value:
    found: Value = any_total(terms)
    return found


def named(prefix: str, numbers: Sequence[float]) -> list[Value]:
    return [Value(x, label=f"{prefix}{i}") for i, x in enumerate(numbers)]


def drawn(seed: int, count: int) -> list[float]:
    rng = random.Random(seed)
    return [rng.uniform(-1.0, 1.0) for _ in range(count)]


def neuron() -> Value:
    x1, x2, w1, w2 = named("v", [2.0, 0.0, -3.0, 1.0])
    o: Value = (x1 * w1 + x2 * w2 + Value(6.88, label="b")).tanh()
    return o * o


def diamonds(count: int) -> Value:
    x = Value(0.5, label="x")
    for _ in range(count):
        x = x.tanh() * x.exp()
    return x


def chain(length: int) -> Value:
    x = Value(0.5, label="x")
    for i in range(length):
        x = (x * Value(1.1, label=f"a{i}")).tanh()
    return x


def powers(count: int) -> Value:
    x = Value(1.1, label="x")
    y = x
    for _ in range(count):
        y = y * x
    return y


def polynomial(degree: int) -> Value:
    x, *c = named("c", drawn(2, degree + 2))
    y = c[0]
    for i, coefficient in enumerate(c[1:], start=1):
        y = y + coefficient * x**i
    return y


def wide_sum(count: int, variadic: bool) -> Value:
    terms: list[Value] = [x.tanh() for x in named("x", drawn(3, count))]
    if variadic:
        return total(terms)
    y = terms[0]
    for term in terms[1:]:
        y = y + term
    return y


def balanced(depth: int) -> Value:
    level = named("x", drawn(4, 2**depth))
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def expanded(sizes: Sequence[int], rows: int = 1) -> Value:
    """A network as micrograd draws it: one node for each product and each sum."""
    rng = random.Random(5)
    layers = [
        [[Value(rng.uniform(-1, 1)) for _ in range(nin + 1)] for _ in range(nout)]
        for nin, nout in pairwise(sizes)
    ]
    loss = None
    for _ in range(rows):
        a = [Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(sizes[0])]
        for layer in layers:
            a = [weighted(w, a).tanh() for w in layer]
        error = (a[0] - 1.0) ** 2
        loss = error if loss is None else loss + error
    assert loss is not None
    return loss


def weighted(w: Sequence[Value], a: Sequence[Value]) -> Value:
    y = w[-1]
    for wi, ai in zip(w[:-1], a, strict=True):
        y = y + wi * ai
    return y


def network(sizes: Sequence[int], rows: int = 1) -> Value:
    model = nn.MLP(sizes[0], list(sizes[1:]), activation="tanh", seed=6)
    rng, loss = random.Random(7), None
    for _ in range(rows):
        out = model([Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(sizes[0])])
        outs = out if isinstance(out, list) else [out]
        error = total([(o - 1.0) ** 2 for o in outs])
        loss = error if loss is None else loss + error
    assert loss is not None
    return loss


def attention(length: int, width: int) -> Value:
    """One query that looks at some keys and mixes their values."""
    query = named("q", drawn(8, width))
    keys = [named(f"k{i}_", drawn(9 + i, width)) for i in range(length)]
    scores = [exp(total([a * b for a, b in zip(query, key, strict=True)])) for key in keys]
    norm = total(scores)
    weights = [score / norm for score in scores]
    mixed = [
        total([w * key[j] for w, key in zip(weights, keys, strict=True)]) for j in range(width)
    ]
    return total([m * m for m in mixed])


def tangle(seed: int, size: int, reach: int) -> Value:
    """A program that uses recent values at random; what is left over is added up."""
    rng = random.Random(seed)
    values = named("x", drawn(seed, 3))
    used: set[int] = set()
    calls: list[Callable[..., Value]] = [operator.add, operator.mul, operator.sub, relu, softplus]
    for _ in range(size):
        call = rng.choice(calls)
        arity = 1 if call in (relu, softplus) else 2
        at = [rng.randrange(max(0, len(values) - reach), len(values)) for _ in range(arity)]
        used.update(at)
        values.append(call(*(values[i] for i in at)).tanh())
    return total([v for i, v in enumerate(values) if i not in used])


EXAMPLES: dict[str, Callable[[], tuple[Value, str]]] = {
    "neuron": lambda: (neuron(), "open"),
    "diamonds": lambda: (diamonds(8), "open"),
    "chain": lambda: (chain(30), "open"),
    "powers": lambda: (powers(12), "open"),
    "polynomial": lambda: (polynomial(7), "open"),
    "sum, folded": lambda: (wide_sum(15, variadic=False), "open"),
    "sum, variadic": lambda: (wide_sum(30, variadic=True), "open"),
    "tree": lambda: (balanced(5), "open"),
    "expanded 2-3-1": lambda: (expanded([2, 3, 1]), "open"),
    "expanded 3-4-4-1": lambda: (expanded([3, 4, 4, 1]), "open"),
    "expanded 3-4-4-1, two rows": lambda: (expanded([3, 4, 4, 1], 2), "open"),
    "expanded 3-8-7-1": lambda: (expanded([3, 8, 7, 1]), "open"),
    "network 2-3-1, open": lambda: (network([2, 3, 1]), "open"),
    "network 3-4-4-1, open": lambda: (network([3, 4, 4, 1]), "open"),
    "network 3-4-1, two rows": lambda: (network([3, 4, 1], 2), "open"),
    "network 3-4-4-1, neurons closed": lambda: (network([3, 4, 4, 1]), "neurons"),
    "network 4-8-8-2, layers closed": lambda: (network([4, 8, 8, 2], 4), "layers"),
    "attention": lambda: (attention(4, 3), "open"),
    "tangle of 20": lambda: (tangle(1, 20, 6), "open"),
    "tangle of 60": lambda: (tangle(2, 60, 5), "open"),
}


def view_of(name: str) -> View:
    """The view of an example, after backward."""
    root, openness = EXAMPLES[name]()
    root.backward()
    snapshot = take(root)
    if openness == "open":
        return collapsed_view(snapshot)
    return collapsed_view(
        snapshot, choose_closed(snapshot, None, 2 if openness == "neurons" else 1)
    )


# -- what dot does with it ----------------------------------------------------------------------


def dot_lines(view: View, options: Options) -> dict[str, list[Point]]:
    """Return the lines that `dot` draws for boxes and labels of the same sizes, as polylines."""
    done = subprocess.run(
        ["dot", "-Tjson"],
        input=dot_source(view, options).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    edges = json.loads(done.stdout).get("edges", [])
    found: dict[str, list[Point]] = {}
    for edge in edges:
        points = [
            tuple(map(float, pair.split(",")))
            for pair in edge["pos"].split()
            if pair[0] not in "es"
        ]
        found[edge["id"]] = sampled([(x, y) for x, y in points])
    return found


def dot_source(view: View, options: Options) -> str:
    form = form_of(view, options)
    lines = ["digraph {", f"rankdir={options.direction}; nodesep=0.2; ranksep=0.35"]
    lines += ["node [shape=box fixedsize=true]", 'edge [fontsize=9 fontname="Helvetica"]']
    for box in view.boxes.values():
        made = box_content(box, form, options.fmt)
        size = f"width={made.width / 72:.3f} height={made.height / 72:.3f}"
        lines.append(f'"{box.id}" [label="" {size}]')
    lines += cluster("", view)
    for line in view.lines:
        words = "\\n".join(label_lines(line, options).values()) if labelled(view, options) else ""
        lines.append(f'"{line.source}" -> "{line.target}" [id="{line.id}" label="{words}"]')
    return "\n".join([*lines, "}"])


def cluster(path: str, view: View) -> list[str]:
    inside = [f'"{box.id}"' for box in view.boxes.values() if box.group == path]
    for inner in view.groups():
        if inner.rpartition(".")[0] == path:
            inside += [f'subgraph "cluster_{inner}" {{ label="{inner}"', *cluster(inner, view), "}"]
    return inside


def our_lines(layout: Layout) -> dict[str, list[Point]]:
    return {line: sampled(points) for line, points in layout.curves.items()}


# -- how often lines cross ------------------------------------------------------------------------


def crossings(view: View, lines: Mapping[str, Sequence[Point]], cell: float = 40.0) -> int:
    """Return how often polylines properly cross of which no box is an end of both.

    Lines of one box may meet at it; `dot` lets them, and we do not hold that against it.
    """
    ends = {line.id: {line.source, line.target} for line in view.lines}
    grid: dict[tuple[int, int], list[tuple[str, int, Segment]]] = {}
    for name, points in lines.items():
        for number, segment in enumerate(pairwise(points)):
            for key in cells(segment, cell):
                grid.setdefault(key, []).append((name, number, segment))
    met: set[tuple[str, int, str, int]] = set()
    for them in grid.values():
        for i, (name, number, segment) in enumerate(them):
            for other, another, segment2 in them[:i]:
                if not ends[name] & ends[other] and cross(segment, segment2):
                    met.add(min((name, number, other, another), (other, another, name, number)))
    return len(met)


def cells(segment: Segment, cell: float) -> list[tuple[int, int]]:
    (x, y), (x1, y1) = segment
    columns = range(math.floor(min(x, x1) / cell), math.floor(max(x, x1) / cell) + 1)
    rows = range(math.floor(min(y, y1) / cell), math.floor(max(y, y1) / cell) + 1)
    return [(column, row) for column in columns for row in rows]


def cross(one: Segment, other: Segment) -> bool:
    return turns(one, other) and turns(other, one)


def turns(one: Segment, other: Segment) -> bool:
    """Whether the ends of the other segment lie on both sides of one."""
    (ax, ay), (bx, by) = one
    sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in other]
    return min(sides) < 0.0 <= max(sides)
