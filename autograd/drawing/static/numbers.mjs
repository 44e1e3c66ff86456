// @ts-check
// Numbers, names and colours, written as autograd/drawing/formatting.py and colors.py write them.

const MISSING = "—";
const MINUS = "−";
const LONGEST_NAME = 24;
// toExponential gives at most so many digits after the first.
const MOST_DIGITS = 100;

/**
 * Return the first `count` decimal digits of a finite x ≥ 0, ties to even as Python rounds, and the
 * exponent of ten of the first one.
 * @param {number} x @param {number} count @returns {[string, number]}
 */
function digits(x, count) {
  const wanted = Math.min(count, MOST_DIGITS) - 1;
  const [head, exponent] = split(x.toExponential(wanted));
  const [exact, lower] = split(x.toExponential(MOST_DIGITS));
  const tie = /^50*$/.test(exact.slice(wanted + 1));
  const kept = exact.slice(0, wanted + 1);
  return tie && "02468".includes(kept[wanted]) ? [kept, lower] : [head, exponent];
}

/** "1.25e+3" is ["125", 3]. @param {string} text @returns {[string, number]} */
function split(text) {
  const [mantissa, exponent] = text.split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

/** @param {string} head digits @param {number} exponent @param {string} letter */
function scientific(head, exponent, letter) {
  const sign = exponent < 0 ? "-" : "+";
  const rest = head.length > 1 ? `.${head.slice(1)}` : "";
  return `${head[0]}${rest}${letter}${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** @param {string} head digits @param {number} exponent of the first @returns {string} */
function positional(head, exponent) {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${head}`;
  const whole = head.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = head.slice(exponent + 1);
  return rest ? `${whole}.${rest}` : whole;
}

/** Python's format(x, ".{places}f"), x ≥ 0. @param {number} x @param {number} places */
function fixed(x, places) {
  if (x === Infinity) return "inf"; // a percentage, which is 100 times as large
  if (x >= 1e21) return BigInt(x).toString() + (places ? `.${"0".repeat(places)}` : "");
  const count = split(x.toExponential(MOST_DIGITS))[1] + 1 + places;
  if (count < 0 || x === 0) return (0).toFixed(places);
  if (count === 0) return (x * 10 ** places > 0.5 ? 10 ** -places : 0).toFixed(places);
  const [head, exponent] = digits(x, count);
  const text = positional(head, exponent);
  const missing = places - (text.split(".")[1] ?? "").length;
  return missing > 0 ? text + (text.includes(".") ? "" : ".") + "0".repeat(missing) : text;
}

/** Python's format(x, ".{count}g"), x ≥ 0. @param {number} x @param {number} count */
function general(x, count, letter = "e") {
  const [head, exponent] = digits(x, count);
  const short = head.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= count) return scientific(short, exponent, letter);
  return positional(short, exponent);
}

/** Python's repr(x) of a finite x ≥ 0. @param {number} x */
function shortest(x) {
  const [head, exponent] = split(x.toExponential());
  if (exponent < -4 || exponent >= 16) return scientific(head, exponent, "e");
  const text = positional(head, exponent);
  return text.includes(".") ? text : `${text}.0`;
}

/** @param {number} x finite, ≥ 0 @param {string} fmt @returns {string} */
function unsigned(x, fmt) {
  const parts = /^(,?)(?:\.(\d+))?([eEfFgG%]?)$/.exec(fmt);
  if (fmt === "") return shortest(x);
  if (!parts || (parts[2] && !parts[3])) return general(x, 4); // a format that only Python knows
  const precision = parts[2] === undefined ? 6 : Number(parts[2]);
  const kind = parts[3] || "r";
  /** @type {Record<string, () => string>} */
  const written = {
    r: () => shortest(x),
    e: () => scientific(...digits(x, precision + 1), kind),
    f: () => fixed(x, precision),
    g: () => general(x, precision || 1, kind === "G" ? "E" : "e"),
    "%": () => `${fixed(x * 100, precision)}%`,
  };
  const text = written[kind.toLowerCase()]();
  return parts[1] ? text.replace(/^\d+/, grouped) : text;
}

/** @param {string} whole @returns {string} */
function grouped(whole) {
  return whole.replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Return a number with a true minus sign; an em dash for none.
 * @param {number | null} x @param {string} fmt as Python's `format` takes it @returns {string}
 */
export function formatNumber(x, fmt = ".4g") {
  if (x === null) return MISSING;
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? `${MINUS}∞` : "nan";
  const bare = fmt.replace(/^[+ -]/, "");
  const lead = x < 0 ? "-" : fmt[0] === "+" || fmt[0] === " " ? fmt[0] : "";
  return (lead + unsigned(Math.abs(x), bare)).replaceAll("-", MINUS);
}

/** Return a number with its sign, + included. @param {number | null} x @returns {string} */
export function formatSigned(x, fmt = ".4g") {
  const text = formatNumber(x, fmt);
  return x === null || x !== x || text.startsWith(MINUS) ? text : `+${text}`;
}

/** Return a number in full, as Python's repr. @param {number | null} x @returns {string} */
export function formatFull(x) {
  return formatNumber(x, "").replaceAll("∞", "inf").replaceAll(MINUS, "-");
}

/**
 * Return text fit for one line: no control or bidirectional characters, cut when long.
 * @param {string} text @returns {string}
 */
export function plain(text, longest = LONGEST_NAME) {
  const shown = [...text.replace(/[\n\t]/g, " ").replace(/(?! )[\p{C}\p{Z}]/gu, "")];
  return shown.length <= longest ? shown.join("") : `${shown.slice(0, longest - 1).join("")}…`;
}

// -- colours ---------------------------------------------------------------------------------------

const NEGATIVE = [0x2b, 0x7b, 0xba];
const CENTRE = [0xf7, 0xf7, 0xf7];
const POSITIVE = [0xe6, 0x61, 0x01];
const STRONGEST = 0.85;
const FAINTEST = 0.35;
const NO_GRAD = "#ffffff";
const ZERO_INK = "#cccccc";
export const MAGENTA = "#c2189b";
const PALE_MAGENTA = "#f8d0ee";

/** @type {Record<string, (ratio: number) => number>} */
const NORMS = {
  sqrt: Math.sqrt,
  linear: (ratio) => ratio,
  symlog: (ratio) => Math.log1p(ratio * 1000) / Math.log1p(1000),
};

/** Where x stands on a scale from −1 to 1. @param {number} x @param {number} largest */
function scaled(x, largest, norm = "sqrt") {
  const ratio = largest > 0 ? Math.min(Math.abs(x) / largest, 1) : Number(x !== 0);
  return Math.sign(x) * NORMS[norm](ratio);
}

/** @param {number} position from −1 to 1 @returns {string} */
function diverging(position) {
  const end = position > 0 ? POSITIVE : NEGATIVE;
  const mixed = CENTRE.map((c, i) => Math.round(c + (end[i] - c) * Math.abs(position)));
  return `#${mixed.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** The fill of a gradient's cell. @param {number | null} grad @param {number} largest */
export function fill(grad, largest, norm = "sqrt") {
  if (grad === null) return NO_GRAD;
  if (!Number.isFinite(grad)) return PALE_MAGENTA;
  return diverging(STRONGEST * scaled(grad, largest, norm));
}

/** The colour of a backward arrow. @param {number | null} flow @param {number} largest */
export function ink(flow, largest, norm = "sqrt") {
  if (flow === null || flow === 0) return ZERO_INK;
  if (!Number.isFinite(flow)) return MAGENTA;
  const strength = FAINTEST + (1 - FAINTEST) * Math.abs(scaled(flow, largest, norm));
  return diverging(flow < 0 ? -strength : strength);
}

/** The width of a line. @param {number | null} flow @param {number} largest @returns {number} */
export function width(flow, largest) {
  if (flow === null) return 1;
  if (!Number.isFinite(flow)) return 2.5;
  return Number((0.7 + 1.8 * Math.abs(scaled(flow, largest))).toFixed(3));
}

/** The largest finite number by size. @param {Iterable<number | null>} numbers @returns {number} */
export function largest(numbers) {
  let size = 0;
  for (const x of numbers) if (x !== null && Number.isFinite(x)) size = Math.max(size, Math.abs(x));
  return size;
}
