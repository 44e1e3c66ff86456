"""The explorer's pure functions, called in a Node process that stays open."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from autograd.drawing.javascript import table_module
from autograd.drawing.snapshot import finite

__all__ = ["Engine", "node", "restored"]

STATIC = Path(__file__).parents[2] / "autograd" / "drawing" / "static"
node = shutil.which("node")

SERVE = """
import { createInterface } from "node:readline";
import { table } from "./table.mjs";
import * as engine from "./engine.mjs";
import * as numbers from "./numbers.mjs";

const plain = (x) => typeof x === "number" && !Number.isFinite(x)
  ? (x > 0 ? "inf" : x < 0 ? "-inf" : "nan")
  : typeof x === "bigint" ? x.toString()
  : x instanceof Map ? Object.fromEntries([...x].map(([k, v]) => [k, plain(v)]))
  : Array.isArray(x) ? x.map(plain)
  : x && typeof x === "object" ? plain(new Map(Object.entries(x)))
  : x;
const number = (x) => x === "inf" ? Infinity : x === "-inf" ? -Infinity : x === "nan" ? NaN : x;
const calls = {
  evaluate: (graph, leaves, seed) => engine.evaluate(engine.decode(graph), table, leaves, seed),
  last: (graph) => {
    const s = engine.decode(graph);
    return engine.stateAt(s, engine.lastStep(s));
  },
  states: (graph) => {
    const s = engine.decode(graph);
    return Array.from({ length: engine.lastStep(s) + 1 }, (_, step) => engine.stateAt(s, step));
  },
  paths: (graph, leaf) => engine.paths(engine.decode(graph), leaf),
  obstacle: (graph) => engine.obstacle(engine.decode(graph), table),
  number: (x, fmt) => `= ${numbers.formatNumber(number(x), fmt)}`,
  signed: (x, fmt) => `= ${numbers.formatSigned(number(x), fmt)}`,
  full: (x) => `= ${numbers.formatFull(number(x))}`,
  plain: (text) => `= ${numbers.plain(text)}`,
  fill: (x, top, norm) => numbers.fill(number(x), top, norm),
  ink: (x, top, norm) => numbers.ink(number(x), top, norm),
  width: (x, top) => numbers.width(number(x), top),
  sum: (terms) => engine.exactSum(terms.map(number)),
  layout: (graph, closed) => {
    const { boxes, lines } = engine.layoutOf(engine.decode(graph), closed, null);
    return [[...boxes], [...lines].map(([id, edges]) => [id, edges.map((e) => e.id)])];
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line);
  console.log(JSON.stringify(plain(calls[name](...args)), (_, x) => (Object.is(x, -0) ? "-0" : x)));
}
"""


class Engine:
    """The explorer's pure functions, in a Node that stays open."""

    def __init__(self, folder: Path) -> None:
        for name in ("engine.mjs", "numbers.mjs"):
            shutil.copy(STATIC / name, folder)
        (folder / "table.mjs").write_text(table_module(), "utf-8")
        (folder / "serve.mjs").write_text(SERVE, "utf-8")
        self.process = subprocess.Popen(
            [str(node), str(folder / "serve.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def __call__(self, *call: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(finite(call)) + "\n")
        self.process.stdin.flush()
        return restored(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.communicate()


def restored(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: restored(x) for key, x in tree.items()}
    if isinstance(tree, list):
        return [restored(x) for x in tree]
    number = type(tree) is int or tree in ("inf", "-inf", "nan", "-0")
    return float(tree) if number else tree
