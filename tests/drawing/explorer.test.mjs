// The explorer's pure functions, in Node: `node --test tests/drawing/explorer.test.mjs`; pytest runs it too.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as engine from "../../autograd/drawing/static/engine.mjs";
import { fill, formatFull, formatNumber, formatSigned, ink, plain, width } from "../../autograd/drawing/static/numbers.mjs";

const table = {
  add: { forward: ([x, y]) => x + y, partials: () => [1, 1] },
  mul: { forward: ([x, y]) => x * y, partials: (z, [x, y]) => [y, x] },
  tanh: { forward: ([x]) => Math.tanh(x), partials: (z, [x]) => [1 / Math.cosh(x) ** 2] },
  log: { forward: ([x]) => Math.log(x), partials: (z, [x]) => [1 / x] },
};

/** A graph from lines of [label, rule, operands] or [label, number]; backward has not run. */
function graph(lines) {
  const ids = new Map();
  const nodes = lines.map(([label, what, operands = []], i) => {
    ids.set(label, `n${i}`);
    const leaf = typeof what === "number";
    return {
      id: `n${i}`, rule: leaf ? "" : what, symbol: { add: "+", mul: "×" }[what] ?? what, label,
      role: leaf ? "input" : "operation", data: leaf ? what : NaN, grad: null, group: "",
      operands: operands.map((x) => ids.get(x) ?? x), stale: false,
    };
  });
  const edges = nodes.flatMap((node) => node.operands.flatMap((x, i) => typeof x === "number" ? [] : [
    { id: `e${node.id.slice(1)}_${i}`, source: x, target: node.id, partial: null, contribution: null },
  ]));
  return engine.evaluate({ nodes, edges }, table, {}, null);
}

const untouched = graph([["x", 3], ["y", -2], ["p", "mul", ["x", "y"]], ["o", "add", ["p", 7]], ["L", "mul", ["o", "o"]]]);
const square = engine.evaluate(untouched, table, {}, 1);
const grads = (snapshot) => Object.fromEntries(snapshot.nodes.map((n) => [n.label, n.grad]));
const data = (snapshot) => Object.fromEntries(snapshot.nodes.map((n) => [n.label, n.data]));

test("evaluate: forward, then backward, both uses of o counted", () => {
  assert.deepEqual(data(square), { x: 3, y: -2, p: -6, o: 1, L: 1 });
  assert.deepEqual(grads(square), { x: -4, y: 6, p: 2, o: 2, L: 1 });
});

test("evaluate: other leaves give other numbers and leave the first snapshot alone", () => {
  const moved = engine.evaluate(square, table, { n0: 4 });
  assert.deepEqual(data(moved), { x: 4, y: -2, p: -8, o: -1, L: 1 });
  assert.deepEqual(grads(moved), { x: 4, y: -8, p: -2, o: -2, L: 1 });
  assert.equal(square.nodes[0].data, 3);
});

test("evaluate: without a seed there are no gradients", () => {
  assert.deepEqual(Object.values(grads(untouched)), [null, null, null, null, null]);
  assert.ok(untouched.edges.every((edge) => edge.contribution === null && edge.partial !== null));
});

test("evaluate: a gradient of zero hands down zero, not 0·∞", () => {
  const dead = engine.evaluate(graph([["x", 0], ["l", "log", ["x"]], ["z", "mul", ["l", 0]]]), table, {}, 0);
  assert.deepEqual(grads(dead), { x: 0, l: 0, z: 0 });
});

test("stateAt: nothing at first, everything at the end", () => {
  const first = engine.stateAt(square, 0);
  assert.ok([...first.data.values(), ...first.grad.values()].every((x) => x === null));
  const last = engine.stateAt(square, engine.lastStep(square));
  assert.deepEqual([...last.grad.values()], square.nodes.map((n) => n.grad));
  assert.deepEqual([...last.contribution.values()], square.edges.map((e) => e.contribution));
});

test("stateAt: forward ticks say what is computed", () => {
  const state = engine.stateAt(square, 4);
  assert.deepEqual(state.caption, ["o = p + 7 = −6 + 7 = 1"]);
  assert.deepEqual([state.phase, state.active, state.edges], ["forward", ["n3"], ["e3_0"]]);
  assert.deepEqual([state.data.get("n3"), state.data.get("n4")], [1, null]);
});

test("stateAt: the seed, then running totals", () => {
  assert.deepEqual(engine.stateAt(square, 6).caption, ["L.grad = 1"]);
  const state = engine.stateAt(square, 7);
  assert.deepEqual(state.caption, [
    "o.grad += L.grad × ∂L/∂o = 1 × 1 → 1 (1 of 2)",
    "o.grad += L.grad × ∂L/∂o = 1 × 1 → 2 (2 of 2)",
  ]);
  assert.deepEqual([state.grad.get("n3"), state.grad.get("n2")], [2, null]);
  assert.deepEqual(engine.stateAt(square, 11).caption, ["x.grad = −4: complete"]);
});

test("stateAt: a gradient waits for all who use the value", () => {
  const twice = engine.evaluate(graph([["x", 2], ["a", "mul", ["x", 3]], ["b", "mul", ["x", 5]], ["L", "add", ["a", "b"]]]), table, {}, 1);
  const at = (step) => engine.stateAt(twice, step).grad.get("n0");
  assert.deepEqual([5, 6, 7, 8, 9].map(at), [null, null, 5, 8, 8]);
});

test("stateAt: earlier passes are where a leaf's total starts", () => {
  const nodes = square.nodes.map((n) => (n.label === "x" ? { ...n, grad: -8 } : n));
  const again = { nodes, edges: square.edges };
  assert.equal(engine.stateAt(again, 6).grad.get("n0"), -4);
  assert.equal(engine.stateAt(again, 11).grad.get("n0"), -8);
  assert.equal(engine.consumers(again, "n0").before, -4);
});

test("stateAt: without backward the second half has nothing to tell", () => {
  assert.deepEqual(engine.stateAt(untouched, 8).caption, ["Backward has not run: there are no gradients."]);
});

test("paths: counted, listed by size, summing to the gradient", () => {
  const { count, listed, sum } = engine.paths(square, "n0");
  assert.deepEqual([count, listed.map((p) => p.product), sum], [2n, [-2, -2], -4]);
  assert.deepEqual(listed[0].edges.map((e) => e.target), ["n2", "n3", "n4"]);
});

test("paths: 2^100 are counted, 20 listed, largest first", () => {
  const lines = [["x", 1]];
  for (let i = 0; i < 100; i++) {
    const from = i ? `s${i - 1}` : "x";
    lines.push([`a${i}`, "mul", [from, 0.75]], [`b${i}`, "mul", [from, 0.25]], [`s${i}`, "add", [`a${i}`, `b${i}`]]);
  }
  const { count, listed, sum } = engine.paths(engine.evaluate(graph(lines), table, {}, 1), "n0");
  assert.equal(count, 2n ** 100n);
  assert.equal(listed.length, 20);
  assert.equal(sum, 1);
  assert.ok(listed.every((p, i) => i === 0 || p.product <= listed[i - 1].product));
  assert.ok(Math.abs(listed[0].product / 0.75 ** 100 - 1) < 1e-12);
  assert.ok(Math.abs(listed[1].product / (0.75 ** 99 * 0.25) - 1) < 1e-12);
});

test("obstacle: a rule that is not in the table, or gives other numbers, is named", () => {
  assert.equal(engine.obstacle(square, table), "");
  const { mul, ...rest } = table;
  assert.match(engine.obstacle(square, rest), /“mul” is not in glassgrad's table/);
  assert.match(engine.obstacle(square, { ...table, mul: table.add }), /does not give the recorded number/);
  assert.match(engine.obstacle(square, Object.create(table)), /not in glassgrad's table/);
});

test("reach: what a node rests on and what rests on it", () => {
  const { above, below } = engine.reach(square, ["n2"]);
  assert.deepEqual([[...above].sort(), [...below]], [["n0", "n1", "n2"], ["n2", "n3", "n4"]]);
});

test("layoutOf: closed groups gather their nodes and edges", () => {
  const nodes = square.nodes.map((n) => (n.label === "p" || n.label === "o" ? { ...n, group: "m.l" } : n));
  const { boxes, lines } = engine.layoutOf({ nodes, edges: square.edges }, ["m"], null);
  assert.deepEqual([...boxes], [["n0", ["n0"]], ["n1", ["n1"]], ["g:m", ["n2", "n3"]], ["n4", ["n4"]]]);
  assert.deepEqual([...lines].map(([id, edges]) => [id, edges.length]), [["e2_0", 1], ["e2_1", 1], ["e4_0", 2]]);
});

test("decode: strings stand for what JSON has not", () => {
  const [node] = engine.decode({ nodes: [{ data: "inf", grad: "nan", operands: ["-inf", "n1", 2] }], edges: [] }).nodes;
  assert.deepEqual([node.data, node.grad, node.operands], [Infinity, NaN, [-Infinity, "n1", 2]]);
});

test("numbers are written as Python writes them", () => {
  assert.deepEqual([0.70710678, -6, 1234.5, 1235.5, 1e-5, 12345, 0, -0].map((x) => formatNumber(x)),
    ["0.7071", "−6", "1234", "1236", "1e−05", "1.234e+04", "0", "0"]);
  assert.deepEqual([2, -2, 0, NaN, Infinity, null].map((x) => formatSigned(x)), ["+2", "−2", "+0", "nan", "+∞", "—"]);
  assert.deepEqual([0.1, 3, 1e16, 1e-5, -Infinity].map(formatFull), ["0.1", "3.0", "1e+16", "1e-05", "-inf"]);
  assert.equal(plain(`a\0\u202e\n${"b".repeat(30)}`), `a ${"b".repeat(21)}…`);
});

test("colours: blue below zero, orange above, magenta for no number", () => {
  assert.deepEqual([fill(0, 1), fill(null, 1), fill(NaN, 1)], ["#f7f7f7", "#ffffff", "#f8d0ee"]);
  assert.deepEqual([ink(1, 1), ink(-1, 1), ink(0, 1)], ["#e66101", "#2b7bba", "#cccccc"]);
  assert.deepEqual([width(1, 4), width(null, 1)], [1.6, 1]);
});
