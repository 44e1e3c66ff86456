// @ts-check
// The explorer: the picture of a graph with a scrubber, an inspector and sliders around it.
//
// It is an anywidget front-end module (AFM) and the script of the saved HTML page alike.  All it
// makes is inside `el`, without ids; text is set with textContent only; nothing is fetched.

import { consumers, decode, evaluate, forwardLine, lastStep, nameOf, obstacle, paths, planOf, reach, rootOf, stateAt } from "./engine.mjs";
import { formatFull, formatNumber, formatSigned } from "./numbers.mjs";
import { Picture, readSvg } from "./picture.mjs";

/**
 * @typedef {import("./engine.mjs").Snapshot} Snapshot
 * @typedef {import("./engine.mjs").Node} Node
 * @typedef {import("./engine.mjs").Table} Table
 * @typedef {{ get: (name: string) => any, on: (name: string, f: () => void) => void,
 *   off: (name: string, f: () => void) => void, send: (message: any) => void }} Model
 * @typedef {{ path: string, closed: boolean }} Toggle
 */

const SLOWEST = 800;
const FASTEST = 60;
const WHOLE_PLAY = 40_000;
const SLIDERS = 8;
const ROWS = 12;
const SLIDER_STEPS = 200;
const ZOOM_STEP = 1.3;
// JupyterLab takes the arrow keys from what has the focus, except where this is set on it.
const OWN_KEYS = "data-lm-suppress-shortcuts";

/**
 * Make an element.
 * @param {string} tag @param {Record<string, string>} attributes @param {(Node | Element | string)[]} content
 * @returns {any}
 */
function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (tag === "input" || tag === "button") element.setAttribute(OWN_KEYS, "true");
  element.append(.../** @type {any[]} */ (content));
  return element;
}

/** @param {string} text @param {string} label @param {() => void} act @param {string} kind */
function button(text, label, act, kind = "") {
  const made = make("button", { type: "button", "aria-label": label, title: label, class: kind }, text);
  made.addEventListener("click", act);
  return made;
}

/** One explorer in one element. */
class Explorer {
  /** @param {Model} model @param {HTMLElement} el @param {Table} table */
  constructor(model, el, table) {
    this.model = model;
    this.table = table;
    this.options = model.get("options");
    /** @type {Snapshot} */
    this.recorded = decode(model.get("snapshot"));
    this.snapshot = this.recorded;
    this.obstacle = obstacle(this.recorded, table);
    this.step = lastStep(this.recorded);
    /** @type {Record<string, number>} */
    this.moved = {};
    /** @type {Snapshot | undefined} where moves start: one clean pass over the recorded leaves */
    this.origin = undefined;
    /** @type {string | null} the selected box */
    this.selected = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    this.build(el);
    this.redraw = () => this.draw();
    model.on("change:view", this.redraw);
    this.draw();
  }

  /** Take everything down. */
  destroy() {
    this.pause();
    this.model.off("change:view", this.redraw);
    this.root.remove();
  }

  // -- what it is made of ----------------------------------------------------------------------

  /** @param {HTMLElement} el */
  build(el) {
    this.play = button("▶", "Play", () => (this.timer ? this.pause() : this.start()), "play");
    this.scrubber = make("input", { type: "range", min: "0", max: String(lastStep(this.recorded)), step: "1", "aria-label": "Step", class: "scrubber" });
    this.scrubber.addEventListener("input", () => this.goTo(Number(this.scrubber.value)));
    this.place = make("output", { class: "place" });
    this.caption = make("div", { class: "said", role: "status", "aria-live": "polite" });
    this.picture = make("div", { class: "picture", role: "group", "aria-label": "Graph" });
    this.zoom = 0;
    const zoom = make("div", { class: "zoom", role: "group", "aria-label": "Zoom" },
      button("−", "Smaller", () => this.scale(1 / ZOOM_STEP)),
      button("fit", "Fit the width", () => this.scale(0)),
      button("+", "Larger", () => this.scale(ZOOM_STEP)));
    this.groups = make("div", { class: "groups", role: "group", "aria-label": "Groups" });
    this.inspector = make("section", { class: "inspector", "aria-label": "Inspector" });
    this.leaves = make("section", { class: "leaves", "aria-label": "Leaves" });
    const bar = make("div", { class: "bar", role: "group", "aria-label": "Steps" },
      button("«", "First step", () => this.goTo(0)),
      button("‹", "Step back", () => this.goTo(this.step - 1)),
      this.play,
      button("›", "Step forward", () => this.goTo(this.step + 1)),
      button("»", "Last step", () => this.goTo(lastStep(this.recorded))),
      this.scrubber, this.place);
    const side = make("aside", {}, this.leaves, this.inspector);
    this.root = make("div", { class: "glassgrad-explorer", tabindex: "0", role: "group", [OWN_KEYS]: "true", "aria-label": "Graph explorer: left and right arrow keys step" },
      bar, this.caption, make("div", { class: "main" }, make("div", { class: "left" }, zoom, this.groups, this.picture), side));
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    el.append(this.root);
    this.buildLeaves();
  }

  /** Draw the picture anew, as Python laid it out. */
  draw() {
    const view = this.model.get("view");
    this.view = new Picture(readSvg(view.svg, document), view, this.recorded, this.options);
    this.picture.replaceChildren(this.view.svg);
    this.view.svg.removeAttribute("id");
    this.zoom = 0;
    for (const [id, g] of this.view.nodes) this.wire(id, g);
    this.drawGroups(view.toggles);
    if (this.selected !== null && !this.view.boxes.has(this.selected)) this.selected = null;
    this.update();
  }

  /** Draw larger or smaller; 0 fits the width. @param {number} factor */
  scale(factor) {
    const svg = this.view?.svg;
    if (!svg) return;
    const natural = Number(svg.getAttribute("viewBox")?.split(/[ ,]+/)[2]) || svg.getBoundingClientRect().width;
    const now = svg.getBoundingClientRect().width / natural;
    this.zoom = factor ? Math.max(0.1, Math.min(now * factor, 8)) : 0;
    svg.style.maxWidth = this.zoom ? "none" : "";
    svg.style.width = this.zoom ? `${natural * this.zoom}px` : "";
  }

  /** @param {string} id @param {Element} g */
  wire(id, g) {
    g.setAttribute("tabindex", "0");
    g.setAttribute(OWN_KEYS, "true");
    g.setAttribute("role", "button");
    const point = () => this.highlight(id);
    const leave = () => this.highlight(this.selected);
    g.addEventListener("pointerenter", point);
    g.addEventListener("pointerleave", leave);
    g.addEventListener("focus", point);
    g.addEventListener("blur", leave);
    g.addEventListener("click", () => this.select(id));
    g.addEventListener("dblclick", () => this.toggle(id.replace(/^g:/, "")));
  }

  /** @param {Toggle[]} toggles */
  drawGroups(toggles) {
    const words = toggles.length ? [make("span", { class: "muted" }, "Groups")] : [];
    const buttons = toggles.map(({ path, closed }) => {
      const made = button(`${closed ? "▸" : "▾"} ${path}`, `${closed ? "Expand" : "Collapse"} ${path}`, () => this.toggle(path));
      made.setAttribute("aria-expanded", String(!closed));
      return made;
    });
    this.groups.replaceChildren(...words, ...buttons);
    this.groups.hidden = !toggles.length;
    for (const g of this.view?.svg.querySelectorAll("g.cluster[data-id]") ?? []) {
      const path = (g.getAttribute("data-id") ?? "").replace(/^g:/, "");
      g.addEventListener("dblclick", () => this.toggle(path));
    }
  }

  /** Ask for a group to be expanded or collapsed. @param {string} path */
  toggle(path) {
    const known = this.model.get("view").toggles.find((/** @type {Toggle} */ t) => t.path === path);
    if (known) this.model.send({ kind: known.closed ? "expand" : "collapse", path });
  }

  // -- stepping --------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.matches("input") || event.altKey || event.ctrlKey || event.metaKey) return;
    const box = target.closest("g.node");
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: this.step + 1, ArrowLeft: this.step - 1, Home: 0, End: lastStep(this.recorded) });
    if (event.key in steps) this.goTo(steps[event.key]);
    else if (event.key === "Escape") this.select(null);
    else if (box && (event.key === "Enter" || event.key === " ")) this.select(box.getAttribute("data-id"));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} step */
  goTo(step) {
    this.step = Math.max(0, Math.min(step, lastStep(this.recorded)));
    this.update();
  }

  start() {
    if (this.step === lastStep(this.recorded)) this.goTo(0);
    const pace = Math.max(FASTEST, Math.min(SLOWEST, WHOLE_PLAY / lastStep(this.recorded)));
    this.timer = setInterval(() => {
      if (!this.root.isConnected) return this.pause();
      this.goTo(this.step + 1);
      if (this.step === lastStep(this.recorded)) this.pause();
    }, pace);
    this.showPlaying();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.showPlaying();
  }

  showPlaying() {
    this.play.textContent = this.timer ? "‖" : "▶";
    this.play.setAttribute("aria-label", this.timer ? "Pause" : "Play");
    this.caption.setAttribute("aria-live", this.timer ? "off" : "polite");
  }

  /** Show the state after the current step. */
  update() {
    const state = stateAt(this.snapshot, this.step);
    this.view?.show(this.snapshot, state);
    this.scrubber.value = String(this.step);
    const words = { start: "start", forward: "forward", seed: "seed", backward: "backward" }[state.phase];
    this.scrubber.setAttribute("aria-valuetext", `${words}, step ${this.step} of ${lastStep(this.recorded)}`);
    this.place.textContent = `${words} · ${this.step} / ${lastStep(this.recorded)}`;
    this.root.dataset.phase = state.phase;
    const hint = this.step === lastStep(this.recorded) ? [make("div", { class: "muted" }, "The end. ← and → step, ▶ plays it from the start.")] : [];
    this.caption.replaceChildren(...state.caption.map((line) => make("div", {}, line)), ...hint);
    this.inspect();
    this.showNudge();
  }

  // -- looking at one box ----------------------------------------------------------------------

  /** @param {string | null} id a box */
  highlight(id) {
    const members = id === null ? undefined : this.view?.boxes.get(id);
    this.view?.highlight(members ? reach(this.snapshot, members) : null);
  }

  /** Light a few nodes and what is between them. @param {string[] | undefined} ids */
  light(ids) {
    if (ids) this.view?.highlight({ above: new Set(), below: new Set(ids) });
    else this.highlight(this.selected);
  }

  /** @param {string | null} id a box */
  select(id) {
    this.selected = id === this.selected ? null : id;
    for (const [box, g] of this.view?.nodes ?? []) {
      g.classList.toggle("selected", box === this.selected);
      g.setAttribute("aria-pressed", String(box === this.selected));
    }
    this.highlight(this.selected);
    this.inspect();
    this.buildLeaves();
  }

  /** Write what is to say about the selected box. */
  inspect() {
    const members = this.selected === null ? undefined : this.view?.boxes.get(this.selected);
    if (!members) {
      const hint = "Click a value to see how its gradient adds up; click an input to see every path from it to the result.";
      this.inspector.replaceChildren(make("h3", {}, "Look inside"), make("p", { class: "muted" }, hint));
    } else if (this.selected?.startsWith("g:")) {
      this.inspector.replaceChildren(...this.groupWords(this.selected.slice(2), members));
    } else {
      const node = /** @type {Node} */ (planOf(this.snapshot).nodes.get(members[0]));
      const body = [...this.nodeWords(node), ...this.gradientWords(node)];
      this.inspector.replaceChildren(...body, ...(node.operands.length ? [] : this.pathWords(node)));
    }
  }

  /** @param {string} path @param {string[]} members @returns {Element[]} */
  groupWords(path, members) {
    const { nodes } = planOf(this.snapshot);
    const inside = members.map((id) => /** @type {Node} */ (nodes.get(id)));
    const rows = inside.filter((node) => !node.operands.length).slice(0, ROWS)
      .map((node) => [nameOf(node), formatNumber(node.data), formatSigned(node.grad)]);
    const found = this.model.get("view").toggles.some((/** @type {Toggle} */ t) => t.path === path);
    return [
      make("h3", {}, path),
      make("p", { class: "muted" }, `${inside.length} values in this group; the box shows the last one.`),
      ...(found ? [button("Expand", `Expand ${path}`, () => this.toggle(path))] : []),
      ...(rows.length ? [tableOf(["parameter", "data", "grad"], rows)] : []),
    ];
  }

  /** @param {Node} node @returns {Element[]} */
  nodeWords(node) {
    const kind = node.rule || node.role;
    const numbers = tableOf([], [["data", formatFull(node.data)], ["grad", node.grad === null ? "— not computed" : formatFull(node.grad)]]);
    const line = node.operands.length ? [make("p", { class: "line" }, forwardLine(planOf(this.snapshot), node))] : [];
    return [make("h3", {}, nameOf(node), make("small", {}, kind)), numbers, ...line];
  }

  /** The gradient as an explicit sum: a term for each use. @param {Node} node @returns {Element[]} */
  gradientWords(node) {
    const { terms, before } = consumers(this.snapshot, node.id);
    if (node.grad === null) return [];
    if (!terms.length) return [make("p", { class: "muted" }, "The result itself: its gradient is where backward starts.")];
    const rows = terms.slice(0, ROWS).map(({ edge, target }) => [
      `${nameOf(target)}.grad × ∂${nameOf(target)}/∂${nameOf(node)}`,
      `${formatNumber(target.grad)} × ${formatNumber(edge.partial)}`,
      formatSigned(edge.contribution),
    ]);
    if (terms.length > rows.length) rows.push([`… and ${terms.length - rows.length} more`, "", ""]);
    if (before) rows.push(["from earlier backward passes", "", formatSigned(before)]);
    rows.push([`${nameOf(node)}.grad`, "", formatSigned(node.grad)]);
    const heading = terms.length > 1 ? `Gradient: one term for each of ${terms.length} uses` : "Gradient: one use";
    const point = (/** @type {number | null} */ i) => this.light(i === null ? undefined : terms[i] && [node.id, terms[i].target.id]);
    return [make("h4", {}, heading), tableOf([], rows, "sum", point)];
  }

  /** @param {Node} leaf @returns {Element[]} */
  pathWords(leaf) {
    const { nodes } = planOf(this.snapshot);
    const root = rootOf(this.snapshot);
    const { count, listed, sum } = paths(this.snapshot, leaf.id);
    const rows = listed.map(({ product, edges }) => [
      [leaf.id, ...edges.map((edge) => edge.target)].map((id) => nameOf(/** @type {Node} */ (nodes.get(id)))).join(" → "),
      edges.map((edge) => formatNumber(edge.partial)).join(" × "),
      formatSigned(product),
    ]);
    const left = count - BigInt(listed.length);
    if (left > 0n) rows.push([`… and ${left.toLocaleString("en")} more`, "", ""]);
    rows.push(["sum over all paths", "", formatSigned(sum)]);
    const words = `${count.toLocaleString("en")} ${count === 1n ? "path" : "paths"} to ${nameOf(root)}`;
    const point = (/** @type {number | null} */ i) => this.light(i === null ? undefined : listed[i] && [leaf.id, ...listed[i].edges.map((e) => e.target)]);
    return [make("h4", {}, words), tableOf([], rows, "sum", point)];
  }

  // -- moving leaves ---------------------------------------------------------------------------

  /** The leaves that get a slider: the first ones, those that were moved, the selected one. */
  slidable() {
    const leaves = this.recorded.nodes.filter((node) => !node.operands.length);
    const order = [...leaves.filter((n) => n.role === "input"), ...leaves.filter((n) => n.role !== "input")];
    const first = new Set(order.slice(0, SLIDERS).map((n) => n.id));
    return { rows: order.filter((n) => first.has(n.id) || n.id in this.moved || n.id === this.selected), all: order.length };
  }

  /** Make the sliders. */
  buildLeaves() {
    const { rows, all } = this.slidable();
    this.leaves.classList.toggle("grouped", rows.some((node) => node.group));
    /** @type {Map<string, { range: any, number: any }>} */
    this.sliders = new Map();
    const note = this.obstacle || "Drag: a copy is recomputed here, forward and backward. Your Values stay as they are.";
    this.nudge = make("div", { class: "nudge", role: "status", "aria-live": "polite" });
    const reset = button("Reset", "Reset all leaves", () => this.reset(), "reset");
    const left = all - rows.length;
    this.leaves.replaceChildren(
      make("h3", {}, "Change a number", reset),
      make("p", { class: this.obstacle ? "notice" : "muted" }, note),
      ...this.computeButton(),
      ...rows.map((node) => this.sliderRow(node)),
      ...(left ? [make("p", { class: "muted" }, `… and ${left} more: click one in the picture to get its slider.`)] : []),
      this.nudge);
    this.showNudge();
  }

  /** Where backward has not run, or the graph is stale: a way to see it run on the copy. */
  computeButton() {
    const stale = this.recorded.nodes.some((node) => node.stale);
    if (this.obstacle || (rootOf(this.recorded).grad !== null && !stale)) return [];
    const words = stale ? "Recompute on this copy" : "Run backward on this copy";
    return [button(words, words, () => this.recompute(), "compute")];
  }

  /** @param {Node} node @returns {Element} */
  sliderRow(node) {
    const reachable = Number.isFinite(node.data);
    const half = Math.max(1, 2 * Math.abs(node.data));
    const name = [...node.group.split(".").slice(-1), nameOf(node)].filter(Boolean).join(".");
    const value = this.moved[node.id] ?? node.data;
    const range = make("input", { type: "range", min: String(node.data - half), max: String(node.data + half), step: "any", "aria-label": `${name}: slider` });
    const number = make("input", { type: "number", step: "any", "aria-label": `${name}: value` });
    [range.value, number.value] = [String(value), rounded(value)];
    range.addEventListener("input", () => this.move(node.id, Number(range.value)));
    number.addEventListener("input", () => number.value !== "" && this.move(node.id, Number(number.value), true));
    const by = (/** @type {number} */ sign) => () => this.move(node.id, (this.moved[node.id] ?? node.data) + (sign * half) / SLIDER_STEPS);
    const less = button("−", `Nudge ${name} down`, by(-1), "narrow");
    const more = button("+", `Nudge ${name} up`, by(1), "narrow");
    for (const control of [range, number, less, more]) control.disabled = !!this.obstacle || !reachable;
    this.sliders?.set(node.id, { range, number });
    return make("div", { class: "slider", "data-leaf": node.id }, make("span", { class: "name", title: [node.group, nameOf(node)].filter(Boolean).join(".") }, name), less, range, more, number);
  }

  /** @param {string} leaf @param {number} value @param {boolean} typed so leave the field alone */
  move(leaf, value, typed = false) {
    this.moved[leaf] = value;
    const controls = this.sliders?.get(leaf);
    if (controls) controls.range.value = String(value);
    if (controls && !typed) controls.number.value = rounded(value);
    this.recompute();
  }

  reset() {
    this.moved = {};
    this.snapshot = this.recorded;
    this.buildLeaves();
    this.update();
  }

  recompute() {
    this.snapshot = evaluate(this.recorded, this.table, this.moved, rootOf(this.recorded).grad ?? 1);
    this.update();
  }

  /** Compare the change of the result with what the gradient foretold. */
  showNudge() {
    if (!this.nudge) return;
    const start = (this.origin ??= this.obstacle ? this.recorded : evaluate(this.recorded, this.table, {}, 1));
    const { nodes } = planOf(start);
    const moved = Object.entries(this.moved).map(([id, value]) => {
      const node = /** @type {Node} */ (nodes.get(id));
      return { name: nameOf(node), grad: node.grad ?? NaN, by: value - node.data };
    }).filter(({ by }) => by !== 0);
    this.nudge.hidden = !moved.length;
    if (!moved.length) return;
    const name = nameOf(rootOf(start));
    const change = rootOf(this.snapshot).data - rootOf(start).data;
    const foretold = moved.reduce((sum, { grad, by }) => sum + grad * by, 0);
    const terms = moved.map((m) => `${formatNumber(m.grad)} × ${formatNumber(m.by)}`).join(" + ");
    this.nudge.replaceChildren(tableOf([], [
      [`Δ${name}`, `${formatNumber(rootOf(start).data)} → ${formatNumber(rootOf(this.snapshot).data)}`, formatSigned(change)],
      ["gradient × Δ", terms, formatSigned(foretold)],
      ["difference", "", formatSigned(change - foretold)],
    ], "sum"));
  }
}

/** What a number field shows. @param {number} value @returns {string} */
function rounded(value) {
  return String(Number(value.toPrecision(6)));
}

/**
 * @param {string[]} head @param {string[][]} rows @param {string} kind
 * @param {(row: number | null) => void} point told which row is pointed at
 * @returns {Element}
 */
function tableOf(head, rows, kind = "", point = () => {}) {
  const cells = (/** @type {string} */ tag, /** @type {string[]} */ row) => make("tr", {}, ...row.map((text) => make(tag, {}, text)));
  const lines = rows.map((row) => cells("td", row));
  for (const [i, line] of lines.entries()) {
    line.addEventListener("pointerenter", () => point(i));
    line.addEventListener("pointerleave", () => point(null));
  }
  return make("table", { class: kind },
    ...(head.length ? [make("thead", {}, cells("th", head))] : []),
    make("tbody", {}, ...lines));
}

/**
 * Return the front-end module of the widget.
 * @param {Table} table the primitives, as `table_module` wrote them
 */
export function frontend(table) {
  return {
    /** @param {{ model: Model, el: HTMLElement }} context */
    render({ model, el }) {
      const explorer = new Explorer(model, el, table);
      return () => explorer.destroy();
    },
  };
}

/**
 * Stand in for the widget's model in a saved page, where no Python is: the views that were drawn
 * beforehand are all there are.
 * @param {{ snapshot: any, options: any, views: { toggles: (Toggle & { to: number })[] }[] }} saved
 * @returns {Model}
 */
export function savedModel({ snapshot, options, views }) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let shown = 0;
  return {
    get: (name) => ({ snapshot, options, view: views[shown] })[name],
    on: (name, listener) => void listeners.add(listener),
    off: (name, listener) => void listeners.delete(listener),
    send({ path }) {
      const toggle = views[shown].toggles.find((each) => each.path === path);
      if (!toggle) return;
      shown = toggle.to;
      for (const listener of listeners) listener();
    },
  };
}
