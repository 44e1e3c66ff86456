// @ts-check
// The picture in the explorer: finds the parts of the drawn SVG and writes a state's numbers and
// colours into them, in place.

import { edgeTitle, exactSum, lastStep, layoutOf, nameOf, planOf } from "./engine.mjs";
import { MAGENTA, fill, formatFull, formatNumber, formatSigned, ink, largest, plain, width } from "./numbers.mjs";

/**
 * @typedef {import("./engine.mjs").Snapshot} Snapshot
 * @typedef {import("./engine.mjs").State} State
 * @typedef {import("./engine.mjs").Edge} Edge
 * @typedef {import("./engine.mjs").Node} Node
 * @typedef {{ fmt: string, norm: string, color: string, flow: string, stroke: string }} Options
 * @typedef {{ svg: string, closed: string[], only: string[] | null }} View
 */

/**
 * Read SVG text as a picture and nothing else: what a picture of ours never has is dropped.
 * @param {string} text @param {Document} document @returns {SVGElement}
 */
export function readSvg(text, document) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const element of [parsed, ...parsed.querySelectorAll("*")]) {
    if (/^(script|foreignobject|use|image|iframe|animate.*|set)$/i.test(element.localName)) element.remove();
    if (element.localName === "a") element.replaceWith(...element.childNodes);
    for (const { name } of [...element.attributes]) {
      if (/^on|href$/i.test(name)) element.removeAttribute(name);
    }
  }
  return /** @type {SVGElement} */ (/** @type {unknown} */ (document.importNode(parsed, true)));
}

/** A drawn SVG and the parts of it that change. */
export class Picture {
  /** @param {SVGElement} svg @param {View} view @param {Snapshot} snapshot @param {Options} options */
  constructor(svg, view, snapshot, options) {
    this.svg = svg;
    this.options = options;
    const { boxes, lines } = layoutOf(snapshot, view.closed, view.only);
    this.boxes = boxes;
    this.lines = lines;
    /** @type {Map<string, Element>} */
    this.nodes = new Map();
    /** @type {Map<string, Element>} */
    this.edges = new Map();
    const hatch = svg.querySelector("pattern");
    this.hatch = hatch ? `url(#${hatch.id})` : "#ffffff";
    /** @type {Map<Element, string>} */
    this.notes = new Map();
    for (const note of svg.querySelectorAll(".caption .note")) this.notes.set(note, note.textContent ?? "");
    for (const g of svg.querySelectorAll("g.node[data-id]")) this.nodes.set(dataId(g), g);
    for (const g of svg.querySelectorAll("g.edge[data-id]")) this.edges.set(dataId(g), g);
  }

  /** The box that shows a node. @param {string} node @returns {string | undefined} */
  boxOf(node) {
    for (const [box, members] of this.boxes) if (members.includes(node)) return box;
    return undefined;
  }

  /**
   * Write a state into the picture.
   * @param {Snapshot} snapshot whose last step sets the scale of the colours @param {State} state
   */
  show(snapshot, state) {
    const byId = planOf(snapshot).nodes;
    const last = (/** @type {string[]} */ members) => members[members.length - 1];
    const top = largest([...this.boxes.values()].map((members) => byId.get(last(members))?.grad ?? null));
    this.showCaption(snapshot, top);
    const active = new Set(state.step === lastStep(snapshot) ? [] : state.active);
    for (const [id, members] of this.boxes) {
      const g = this.nodes.get(id);
      if (g) this.showBox(g, members.map((m) => /** @type {Node} */ (byId.get(m))), state, top, active);
    }
    const flows = new Map([...this.lines].map(([id, edges]) => [id, exactSum(edges.map((e) => e.contribution))]));
    const widest = largest(flows.values());
    const current = new Map(snapshot.edges.map((edge) => [edge.id, edge]));
    for (const [id, edges] of this.lines) {
      const g = this.edges.get(id);
      const now = edges.map((edge) => /** @type {Edge} */ (current.get(edge.id)));
      if (g) this.showLine(g, now, snapshot, state, widest);
    }
  }

  /** Write the scale of the colours, and what no longer holds. @param {Snapshot} snapshot @param {number} top */
  showCaption(snapshot, top) {
    const { fmt, norm } = this.options;
    write(this.svg, ".low", `grad ${formatNumber(-top, fmt)}`);
    write(this.svg, ".high", `${formatSigned(top, fmt)}   (${norm} scale)`);
    const root = snapshot.nodes[snapshot.nodes.length - 1];
    for (const [note, said] of this.notes) {
      let now = said;
      if (root.grad !== null) now = now.replace("backward not run", "backward run on this copy");
      if (!snapshot.nodes.some((node) => node.stale)) now = now.replace("stale: call refresh()", "recomputed on this copy");
      note.textContent = now;
    }
  }

  /**
   * @param {Element} g @param {Node[]} members @param {State} state @param {number} top
   * @param {Set<string>} active
   */
  showBox(g, members, state, top, active) {
    const node = members[members.length - 1];
    const data = state.data.get(node.id) ?? null;
    const grad = state.grad.get(node.id) ?? null;
    const { fmt, norm, color } = this.options;
    write(g, ".data", formatNumber(data, fmt));
    write(g, ".grad", formatSigned(grad, fmt));
    write(g, ".norm", formatNumber(norm2(members, state), fmt));
    const cell = g.querySelector(".grad-cell");
    if (grad === null) cell?.setAttribute("fill", this.hatch);
    else cell?.setAttribute("fill", color === "grad" ? fill(grad, top, norm) : "#ffffff");
    outline(g.querySelector(".outline"), node, this.options.stroke);
    const name = members.length > 1 ? plain(dataId(g).replace(/^g:/, ""), 60) : nameOf(node);
    const kind = members.length > 1 ? "group" : node.rule || node.role;
    const text = `${name}: ${kind}, data ${formatFull(data)}, grad ${formatFull(grad)}`;
    retitle(g, text);
    g.setAttribute("aria-label", text);
    g.classList.toggle("waiting", members.every((m) => state.data.get(m.id) === null));
    g.classList.toggle("active", members.some((m) => active.has(m.id)));
  }

  /**
   * @param {Element} g @param {Edge[]} edges @param {Snapshot} snapshot @param {State} state
   * @param {number} widest
   */
  showLine(g, edges, snapshot, state, widest) {
    const flow = exactSum(edges.map((edge) => state.contribution.get(edge.id) ?? null));
    const known = edges.some((edge) => state.partial.get(edge.id) !== null);
    const { fmt, norm, color } = this.options;
    const single = edges.length === 1 ? edges[0] : null;
    const partial = single ? (state.partial.get(single.id) ?? null) : null;
    write(g, ".partial", `∂=${formatNumber(partial, fmt)}`);
    write(g, ".flow", single ? `←${formatSigned(flow, fmt)}` : `${formatSigned(flow, fmt)} (${edges.length})`);
    paint(g, flow, color === "grad" ? ink(flow, widest, norm) : null, width(flow, widest));
    g.classList.toggle("waiting", !known);
    g.classList.toggle("unknown", flow === null);
    g.classList.toggle("active", edges.some((edge) => state.edges.includes(edge.id)));
    const sum = `${edges.length} contributions, sum ${formatNumber(flow, fmt)}`;
    retitle(g, single ? edgeTitle(snapshot, single, state, fmt) : sum);
  }

  /**
   * Mark what some nodes rest on, the way of their gradient, and what has no part in either.
   * @param {{ above: Set<string>, below: Set<string> } | null} found
   */
  highlight(found) {
    for (const [id, members] of this.boxes) {
      mark(this.nodes.get(id), found, (set) => members.some((m) => set.has(m)));
    }
    for (const [id, edges] of this.lines) {
      mark(this.edges.get(id), found, (set) => edges.some((e) => set.has(e.source) && set.has(e.target)));
    }
  }
}

/** @param {Element} g @returns {string} */
function dataId(g) {
  return g.getAttribute("data-id") ?? "";
}

/** @param {Element} g @param {string} part @param {string} text */
function write(g, part, text) {
  const element = g.querySelector(`text${part}, tspan${part}`);
  if (!element || element.textContent === text) return;
  element.textContent = text;
  fit(/** @type {SVGTextElement} */ (element));
}

/** Squeeze text that is wider than its cell. @param {SVGTextElement} element */
function fit(element) {
  const room = Number(element.getAttribute("data-room"));
  element.removeAttribute("textLength");
  if (!room || typeof element.getComputedTextLength !== "function") return;
  if (element.getComputedTextLength() > room) {
    element.setAttribute("textLength", String(room));
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}

/** Magenta where a number is not finite, dashed where it is stale. @param {Element | null} element @param {Node} node @param {string} stroke */
function outline(element, node, stroke) {
  const finite = Number.isFinite(node.data) && (node.grad === null || Number.isFinite(node.grad));
  element?.setAttribute("stroke", finite ? stroke : MAGENTA);
  element?.setAttribute("stroke-width", finite ? "1" : "2.2");
  if (!node.stale) element?.removeAttribute("stroke-dasharray");
}

/** @param {Element} g @param {string} text */
function retitle(g, text) {
  const title = g.querySelector("title");
  if (title) title.textContent = text;
}

/** @param {Element} g @param {number | null} flow @param {string | null} color @param {number} thick */
function paint(g, flow, color, thick) {
  for (const part of g.querySelectorAll(".backward")) {
    if (color && part.getAttribute("stroke") !== "none") part.setAttribute("stroke", color);
    if (color && part.getAttribute("fill") !== "none") part.setAttribute("fill", color);
  }
  for (const part of g.querySelectorAll("path")) part.setAttribute("stroke-width", String(thick));
}

/**
 * @param {Element | undefined} g @param {{ above: Set<string>, below: Set<string> } | null} found
 * @param {(set: Set<string>) => boolean} within
 */
function mark(g, found, within) {
  if (!g) return;
  const rests = !!found && within(found.above);
  const route = !!found && within(found.below);
  g.classList.toggle("rests", rests);
  g.classList.toggle("route", route);
  g.classList.toggle("aside", !!found && !rests && !route);
}

/** The norm of the gradients of a group's parameters. @param {Node[]} members @param {State} state */
function norm2(members, state) {
  const grads = members.filter((m) => m.role === "parameter").map((m) => state.grad.get(m.id) ?? null);
  return !grads.length || grads.includes(null) ? null : Math.hypot(.../** @type {number[]} */ (grads));
}
