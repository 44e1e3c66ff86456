// @ts-check
// The engine of the explorer: what a snapshot of a graph says, step by step, and what it would say
// if its leaves had other numbers.  Pure functions; nothing here knows of a page.

import { formatNumber, plain } from "./numbers.mjs";

/**
 * @typedef {{ id: string, rule: string, symbol: string, label: string, role: string, data: number,
 *   grad: number | null, group: string, operands: (string | number)[], stale: boolean }} Node
 * @typedef {{ id: string, source: string, target: string, partial: number | null,
 *   contribution: number | null }} Edge
 * @typedef {{ nodes: Node[], edges: Edge[] }} Snapshot
 * @typedef {Record<string, { forward: (xs: number[]) => number,
 *   partials: (z: number, xs: number[]) => number[] }>} Table
 * @typedef {{ step: number, phase: string, active: string[], edges: string[],
 *   data: Map<string, number | null>, grad: Map<string, number | null>,
 *   partial: Map<string, number | null>, contribution: Map<string, number | null>,
 *   caption: string[] }} State
 */

// What is not selected gets nothing, whatever the adjoint.
const SELECTING = new Set(["step", "same", "where", "follow"]);
const LISTED_PATHS = 20;
const CAPTION_LINES = 3;
const SHOWN_OPERANDS = 4;

// -- reading ---------------------------------------------------------------------------------------

const NOT_FINITE = new Map([["inf", Infinity], ["-inf", -Infinity], ["nan", NaN]]);

/** JSON has no inf and nan; the snapshot has them as strings. @param {any} x @returns {any} */
function restored(x) {
  return NOT_FINITE.has(x) ? NOT_FINITE.get(x) : x;
}

/** Return the snapshot that `Snapshot.to_dict` wrote. @param {any} json @returns {Snapshot} */
export function decode(json) {
  const nodes = json.nodes.map((/** @type {any} */ node) => ({
    ...node,
    data: restored(node.data),
    grad: restored(node.grad),
    operands: node.operands.map(restored),
  }));
  const edges = json.edges.map((/** @type {any} */ edge) => ({
    ...edge,
    partial: restored(edge.partial),
    contribution: restored(edge.contribution),
  }));
  return { nodes, edges };
}

/** @template T @param {Iterable<T>} items @param {(item: T) => string} key @returns {Map<string, T[]>} */
function groupBy(items, key) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** @param {Snapshot} snapshot @returns {Node} */
export function rootOf(snapshot) {
  return snapshot.nodes[snapshot.nodes.length - 1];
}

/** How texts call a node. @param {Node} node @returns {string} */
export function nameOf(node) {
  return node.label ? plain(node.label) : node.id;
}

// -- computing -------------------------------------------------------------------------------------

/**
 * Return the snapshot as it would be if some leaves had other numbers: forward, then one backward
 * pass from a gradient of zero, each in Python's order of operations.
 * @param {Snapshot} snapshot @param {Table} table
 * @param {Record<string, number>} leafValues by the leaf's id
 * @param {number | null} seed the root's gradient; null for no backward
 * @returns {Snapshot}
 */
export function evaluate(snapshot, table, leafValues = {}, seed = rootOf(snapshot).grad) {
  /** @type {Map<string, number>} */
  const data = new Map();
  /** @type {Map<string, number[]>} */
  const partials = new Map();
  for (const { id, rule, operands, data: given } of snapshot.nodes) {
    const xs = operands.map((x) => (typeof x === "number" ? x : Number(data.get(x))));
    data.set(id, xs.length ? table[rule].forward(xs) : leafValues[id] ?? given);
    if (xs.length) partials.set(id, table[rule].partials(Number(data.get(id)), xs));
  }
  const fresh = snapshot.edges.map((edge) => ({
    ...edge,
    partial: partials.get(edge.target)?.[operandOf(edge)] ?? null,
  }));
  const { edges, grads } = backward(snapshot.nodes, fresh, seed);
  const nodes = snapshot.nodes.map((node) => ({
    ...node,
    data: Number(data.get(node.id)),
    grad: grads.get(node.id) ?? null,
    stale: false,
  }));
  return { nodes, edges };
}

/** "e5_2" is operand 2 of n5. @param {Edge} edge @returns {number} */
function operandOf(edge) {
  return Number(edge.id.split("_")[1]);
}

/**
 * Hand each node's gradient down to its parents, outputs first; 0 hands down 0.
 * @param {Node[]} nodes @param {Edge[]} edges @param {number | null} seed
 * @returns {{ edges: Edge[], grads: Map<string, number> }}
 */
function backward(nodes, edges, seed) {
  /** @type {Map<string, number>} */
  const grads = new Map();
  if (seed === null) return { edges: edges.map((e) => ({ ...e, contribution: null })), grads };
  for (const node of nodes) grads.set(node.id, 0);
  grads.set(nodes[nodes.length - 1].id, seed);
  const into = groupBy(edges, (edge) => edge.target);
  /** @type {Map<string, number>} */
  const flows = new Map();
  for (const node of [...nodes].reverse()) {
    const adjoint = Number(grads.get(node.id));
    for (const { id, source, partial } of into.get(node.id) ?? []) {
      const selected = partial !== 0 || !SELECTING.has(node.rule);
      const flow = selected ? weigh(adjoint, Number(partial)) : 0;
      flows.set(id, flow);
      if (adjoint !== 0) grads.set(source, Number(grads.get(source)) + flow);
    }
  }
  return { edges: edges.map((e) => ({ ...e, contribution: flows.get(e.id) ?? null })), grads };
}

const TOLERANCE = 1e-9;

/**
 * Return why this page cannot recompute the graph, in a sentence; "" when it can.
 * @param {Snapshot} snapshot @param {Table} table @returns {string}
 */
export function obstacle(snapshot, table) {
  const data = new Map(snapshot.nodes.map((node) => [node.id, node.data]));
  for (const node of snapshot.nodes) {
    if (!node.operands.length) continue;
    const name = plain(node.rule, 60);
    if (node.rule === "given") {
      return "A node here has partial derivatives given as numbers, without a rule to recompute it, so the leaves cannot be moved.";
    }
    if (!Object.hasOwn(table, node.rule)) {
      return `The primitive “${name}” is not in glassgrad's table, so this page cannot recompute it and the leaves cannot be moved.`;
    }
    const xs = node.operands.map((x) => (typeof x === "number" ? x : Number(data.get(x))));
    if (!node.stale && !agree(table[node.rule].forward(xs), node.data)) {
      return `This page's “${name}” does not give the recorded number, so the leaves cannot be moved.`;
    }
  }
  return "";
}

/** @param {number} x @param {number} y @returns {boolean} */
function agree(x, y) {
  return Object.is(x, y) || x === y || Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(y), 1e-300);
}

// -- stepping --------------------------------------------------------------------------------------

/** The last step: N forward ticks, the seed, N backward ticks. @param {Snapshot} snapshot */
export function lastStep(snapshot) {
  return 2 * snapshot.nodes.length + 1;
}

/**
 * @typedef {{ nodes: Map<string, Node>, into: Map<string, Edge[]>, position: Map<string, number>,
 *   given: Map<string, Edge[]>, before: Map<string, number> }} Plan
 * `into`: the edges into a node; `given`: those that hand gradient to it, in backward's order;
 * `before`: what a gradient held before this pass, where that is not 0.
 */

/** @type {WeakMap<Snapshot, Plan>} */
const plans = new WeakMap();

/** @param {Snapshot} snapshot @returns {Plan} */
export function planOf(snapshot) {
  const known = plans.get(snapshot);
  if (known) return known;
  const position = new Map(snapshot.nodes.map((node, i) => [node.id, i]));
  const into = groupBy(snapshot.edges, (edge) => edge.target);
  const backwardOrder = snapshot.nodes.flatMap((node) => [into.get(node.id) ?? []]).reverse().flat();
  const given = groupBy(backwardOrder, (edge) => edge.source);
  const before = new Map();
  for (const node of snapshot.nodes) {
    const earlier = heldBefore(node, given.get(node.id) ?? []);
    if (earlier !== 0) before.set(node.id, earlier);
  }
  const plan = { nodes: new Map(snapshot.nodes.map((n) => [n.id, n])), into, position, given, before };
  plans.set(snapshot, plan);
  return plan;
}

/** What a gradient holds beyond the drawn contributions. @param {Node} node @param {Edge[]} edges */
function heldBefore(node, edges) {
  if (node.grad === null || !edges.length || !Number.isFinite(node.grad)) return 0;
  let sum = 0;
  let size = Math.abs(node.grad);
  for (const { contribution } of edges) {
    if (contribution === null) return 0;
    sum += contribution;
    size += Math.abs(contribution);
  }
  return Math.abs(node.grad - sum) <= 1e-12 * size || !Number.isFinite(sum) ? 0 : node.grad - sum;
}

/**
 * Return what is known after a step.  Step 0 knows nothing; then each node is computed, parents
 * first; then the root's gradient is set; then each node hands its gradient down, root first.
 * @param {Snapshot} snapshot @param {number} step @returns {State}
 */
export function stateAt(snapshot, step) {
  const count = snapshot.nodes.length;
  const plan = planOf(snapshot);
  /** @param {string} id @returns {boolean} */
  const handed = (id) => Number(plan.position.get(id)) >= 2 * count + 1 - step;
  const computed = new Set(snapshot.nodes.slice(0, step).map((node) => node.id));
  /** @type {State} */
  const state = {
    step, phase: "start", active: [], edges: [], data: new Map(), grad: new Map(),
    partial: new Map(), contribution: new Map(), caption: [],
  };
  for (const node of snapshot.nodes) {
    state.data.set(node.id, computed.has(node.id) ? node.data : null);
    state.grad.set(node.id, gradAt(snapshot, plan, node, step, handed));
  }
  for (const edge of snapshot.edges) {
    state.partial.set(edge.id, computed.has(edge.target) ? edge.partial : null);
    state.contribution.set(edge.id, handed(edge.target) ? edge.contribution : null);
  }
  return Object.assign(state, tick(snapshot, plan, step));
}

/**
 * @param {Snapshot} snapshot @param {Plan} plan @param {Node} node @param {number} step
 * @param {(id: string) => boolean} handed @returns {number | null}
 */
function gradAt(snapshot, plan, node, step, handed) {
  if (step === lastStep(snapshot)) return node.grad;
  const edges = plan.given.get(node.id) ?? [];
  if (!edges.length) return step > snapshot.nodes.length ? node.grad : null;
  const done = edges.filter((edge) => handed(edge.target));
  if (done.length === edges.length) return node.grad;
  const before = plan.before.get(node.id);
  if (!done.length) return before ?? null;
  return runningTotal(done, before);
}

/** @param {Edge[]} edges @param {number} before @returns {number | null} */
function runningTotal(edges, before = 0) {
  let sum = before;
  for (const { contribution } of edges) {
    if (contribution === null) return null;
    sum += contribution;
  }
  return sum;
}

/**
 * What happens at a step.
 * @param {Snapshot} snapshot @param {Plan} plan @param {number} step
 * @returns {Pick<State, "phase" | "active" | "edges" | "caption">}
 */
function tick(snapshot, plan, step) {
  const count = snapshot.nodes.length;
  const root = rootOf(snapshot);
  if (step <= 0) return { phase: "start", active: [], edges: [], caption: ["Nothing is computed yet."] };
  if (step <= count) {
    const node = snapshot.nodes[step - 1];
    const edges = (plan.into.get(node.id) ?? []).map((edge) => edge.id);
    return { phase: "forward", active: [node.id], edges, caption: [forwardLine(plan, node)] };
  }
  if (root.grad === null) {
    const caption = ["Backward has not run: there are no gradients."];
    return { phase: "backward", active: [], edges: [], caption };
  }
  if (step === count + 1) {
    const caption = [`${nameOf(root)}.grad = ${formatNumber(root.grad)}`];
    return { phase: "seed", active: [root.id], edges: [], caption };
  }
  const node = snapshot.nodes[2 * count + 1 - step];
  const edges = plan.into.get(node.id) ?? [];
  const caption = edges.length ? backwardLines(plan, node, edges) : [leafLine(node)];
  return { phase: "backward", active: [node.id], edges: edges.map((edge) => edge.id), caption };
}

const BETWEEN = new Set(["add", "sub", "mul", "div", "pow"]);

/** "o = tanh(n) = tanh(0.8814) = 0.7071". @param {Plan} plan @param {Node} node @returns {string} */
export function forwardLine(plan, node) {
  const result = formatNumber(node.data);
  if (!node.operands.length) return `${nameOf(node)} = ${result}`;
  /** @param {(node: Node) => string} word @returns {string} */
  const written = (word) => {
    const words = node.operands.map((x) => {
      const parent = typeof x === "number" ? undefined : plan.nodes.get(x);
      return parent ? word(parent) : formatNumber(Number(x));
    });
    return BETWEEN.has(node.rule) ? words.join(` ${node.symbol} `) : call(plain(node.symbol), words);
  };
  const names = written(nameOf);
  return `${nameOf(node)} = ${names} = ${written((parent) => formatNumber(parent.data))} = ${result}`;
}

/** @param {string} symbol @param {string[]} words @returns {string} */
function call(symbol, words) {
  const shown = words.length > SHOWN_OPERANDS ? [...words.slice(0, SHOWN_OPERANDS - 1), "…"] : words;
  return `${symbol}(${shown.join(", ")})`;
}

/**
 * "o.grad += L.grad × ∂L/∂o = 1 × 0.7071 → 0.7071 (1 of 2)", a line for each parent.
 * @param {Plan} plan @param {Node} node @param {Edge[]} edges @returns {string[]}
 */
function backwardLines(plan, node, edges) {
  const room = edges.length > CAPTION_LINES ? CAPTION_LINES - 1 : CAPTION_LINES;
  const lines = edges.slice(0, room).map((edge) => backwardLine(plan, node, edge));
  const left = edges.length - lines.length;
  return left ? [...lines, `… and ${left} more`] : lines;
}

/** @param {Plan} plan @param {Node} node @param {Edge} edge @returns {string} */
export function backwardLine(plan, node, edge) {
  const parent = /** @type {Node} */ (plan.nodes.get(edge.source));
  const [x, y] = [nameOf(parent), nameOf(node)];
  if (edge.contribution === null) return `${x}.grad: not computed`;
  const all = plan.given.get(parent.id) ?? [];
  const turn = all.indexOf(edge) + 1;
  const last = turn === all.length;
  const total = last ? parent.grad : runningTotal(all.slice(0, turn), plan.before.get(parent.id));
  const factors = `${formatNumber(node.grad)} × ${formatNumber(edge.partial)}`;
  const product = `${y}.grad × ∂${y}/∂${x} = ${factors}`;
  const place = all.length > 1 ? ` (${turn} of ${all.length})` : "";
  return `${x}.grad += ${product} → ${formatNumber(total)}${place}`;
}

/**
 * The tooltip of a line, as words.edge_tooltip has it: "w1.grad += 0.7071 × 2 = 1.414".
 * @param {Snapshot} snapshot @param {Edge} edge @param {State} state @param {string} fmt
 */
export function edgeTitle(snapshot, edge, state, fmt) {
  const { nodes } = planOf(snapshot);
  const target = /** @type {Node} */ (nodes.get(edge.target));
  const [x, y] = [nameOf(/** @type {Node} */ (nodes.get(edge.source))), nameOf(target)];
  const flow = state.contribution.get(edge.id) ?? null;
  if (edge.partial === null) return `${x} → ${y}: stale, call refresh()`;
  if (flow === null) return `∂${y}/∂${x} = ${formatNumber(edge.partial, fmt)}`;
  const factors = `${formatNumber(target.grad, fmt)} × ${formatNumber(edge.partial, fmt)}`;
  return `${x}.grad += ${factors} = ${formatNumber(flow, fmt)}`;
}

/** @param {Node} node @returns {string} */
function leafLine(node) {
  return `${nameOf(node)}.grad = ${formatNumber(node.grad)}: complete`;
}

// -- asking ----------------------------------------------------------------------------------------

/**
 * Return the sum that makes a node's gradient: one term for each use of it.
 * @param {Snapshot} snapshot @param {string} id
 * @returns {{ terms: { edge: Edge, target: Node }[], before: number }}
 */
export function consumers(snapshot, id) {
  const plan = planOf(snapshot);
  const terms = (plan.given.get(id) ?? []).map((edge) => ({
    edge,
    target: /** @type {Node} */ (plan.nodes.get(edge.target)),
  }));
  return { terms, before: plan.before.get(id) ?? 0 };
}

/**
 * Return the ids of everything a node rests on, and of everything that rests on it.
 * @param {Snapshot} snapshot @param {Iterable<string>} ids
 * @returns {{ above: Set<string>, below: Set<string> }}
 */
export function reach(snapshot, ids) {
  const above = new Set(ids);
  const below = new Set(ids);
  for (const edge of [...snapshot.edges].reverse()) if (above.has(edge.target)) above.add(edge.source);
  for (const edge of snapshot.edges) if (below.has(edge.source)) below.add(edge.target);
  return { above, below };
}

/**
 * @typedef {{ product: number, edge: Edge | null, next: Path | null }} Path
 * From a node on: its first edge, then the rest of the way to the root.
 */

/**
 * Return the paths from a leaf to the root: how many there are, those with the largest products of
 * local derivatives, largest first, and the sum over all of them.
 * @param {Snapshot} snapshot @param {string} leaf
 * @returns {{ count: bigint, listed: { product: number, edges: Edge[] }[], sum: number }}
 */
export function paths(snapshot, leaf) {
  const root = rootOf(snapshot);
  const seed = root.grad ?? 1;
  /** @type {Map<string, { count: bigint, best: Path[], sum: number }>} */
  const found = new Map([[root.id, { count: 1n, best: [{ product: seed, edge: null, next: null }], sum: seed }]]);
  const leaving = planOf(snapshot).given;
  for (const { id } of [...snapshot.nodes].reverse().slice(1)) {
    let count = 0n;
    let sum = 0;
    /** @type {Path[]} */
    const candidates = [];
    for (const edge of leaving.get(id) ?? []) {
      const onward = found.get(edge.target);
      if (!onward) continue;
      const partial = edge.partial ?? NaN;
      count += onward.count;
      sum += weigh(onward.sum, partial);
      for (const next of onward.best) candidates.push({ product: weigh(next.product, partial), edge, next });
    }
    candidates.sort((a, b) => size(b.product) - size(a.product) || 0);
    found.set(id, { count, best: candidates.slice(0, LISTED_PATHS), sum });
  }
  const { count, best, sum } = found.get(leaf) ?? { count: 0n, best: [], sum: 0 };
  return { count, listed: best.map((path) => ({ product: path.product, edges: edgesOf(path) })), sum };
}

/** @param {number} adjoint @param {number} partial @returns {number} */
function weigh(adjoint, partial) {
  return adjoint === 0 ? 0 : adjoint * partial;
}

/** nan counts as the largest. @param {number} x @returns {number} */
function size(x) {
  return x !== x ? Infinity : Math.min(Math.abs(x), Number.MAX_VALUE);
}

/** @param {Path | null} path @returns {Edge[]} */
function edgesOf(path) {
  const edges = [];
  for (let here = path; here?.edge; here = here.next) edges.push(here.edge);
  return edges;
}

/**
 * The sum, as Python's math.fsum up to the last place; null where a term is not known.
 * @param {(number | null)[]} terms @returns {number | null}
 */
export function exactSum(terms) {
  /** @type {number[]} */
  let partials = [];
  let plainSum = 0;
  for (const term of terms) {
    if (term === null) return null;
    plainSum += term;
    let x = term;
    /** @type {number[]} */
    const kept = [];
    for (const y of partials) {
      const [large, small] = Math.abs(x) < Math.abs(y) ? [y, x] : [x, y];
      x = large + small;
      const lost = small - (x - large);
      if (lost) kept.push(lost);
    }
    partials = [...kept, x];
  }
  return Number.isFinite(plainSum) ? partials.reduceRight((sum, x) => sum + x, 0) : plainSum;
}

// -- boxes -----------------------------------------------------------------------------------------

/**
 * Return the nodes in each box and the edges in each line of a picture, as view.py has them.
 * @param {Snapshot} snapshot @param {string[]} closed paths of groups drawn as one box
 * @param {string[] | null} only ids of the nodes shown; null for all
 * @returns {{ boxes: Map<string, string[]>, lines: Map<string, Edge[]> }}
 */
export function layoutOf(snapshot, closed, only) {
  const shut = new Set(closed);
  const shown = only && new Set(only);
  /** @type {Map<string, string>} */
  const homes = new Map();
  for (const node of snapshot.nodes) if (!shown || shown.has(node.id)) homes.set(node.id, home(node, shut));
  const boxes = groupBy(homes.keys(), (id) => String(homes.get(id)));
  const drawn = snapshot.edges.filter(
    ({ source, target }) => homes.has(source) && homes.has(target) && homes.get(source) !== homes.get(target),
  );
  const bundles = groupBy(drawn, ({ id, source, target }) => {
    const [from, to] = [homes.get(source), homes.get(target)];
    return from === source && to === target ? id : `${from} ${to}`;
  });
  return { boxes, lines: new Map([...bundles.values()].map((edges) => [edges[0].id, edges])) };
}

/** The box that shows a node. @param {Node} node @param {Set<string>} closed @returns {string} */
function home(node, closed) {
  const parts = node.group ? node.group.split(".") : [];
  for (let i = 1; i <= parts.length; i++) {
    const path = parts.slice(0, i).join(".");
    if (closed.has(path)) return `g:${path}`;
  }
  return node.id;
}
