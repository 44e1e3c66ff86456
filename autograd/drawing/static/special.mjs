// @ts-check
// What JavaScript's Math lacks: the error function, from its Taylor series in exact integers.
//
//     erf(x) = 2/√π · Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1))
//
// The series cancels badly in floating point.  Here every number is an integer that counts units of
// 2^−bits, with as many bits as the answer needs, so only the last step rounds.

/** Return the integer below √n. @param {bigint} n @returns {bigint} */
function integerRoot(n) {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Return atan(1/k) in units. @param {bigint} k @param {bigint} one @returns {bigint} */
function arctangentOfInverse(k, one) {
  let term = one / k;
  let sum = 0n;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += n % 4n === 1n ? term / n : -term / n;
    term /= k * k;
  }
  return sum;
}

const MOST_BITS = 1280n;
let storedRoot = 0n;

/** Return √π in units, by Machin's formula. @param {bigint} bits @returns {bigint} */
function rootOfPi(bits) {
  if (storedRoot === 0n) {
    const one = 1n << MOST_BITS;
    const pi = 16n * arctangentOfInverse(5n, one) - 4n * arctangentOfInverse(239n, one);
    storedRoot = integerRoot(pi << MOST_BITS);
  }
  return storedRoot >> (MOST_BITS - bits);
}

/** Return x·2^bits for a positive x. @param {number} x @param {bigint} bits @returns {bigint} */
function units(x, bits) {
  const exponent = Math.max(Math.floor(Math.log2(x)) - 53, -1000);
  const whole = BigInt(x / 2 ** exponent); // exact: a division by a power of two
  const shift = bits + BigInt(exponent);
  return shift >= 0n ? whole << shift : whole >> -shift;
}

/** Return the number that a positive count of units is. @param {bigint} n @param {bigint} bits */
function toNumber(n, bits) {
  const spare = BigInt(Math.max(n.toString(2).length - 64, 0));
  const exponent = Number(spare - bits);
  const half = Math.trunc(exponent / 2);
  return Number(n >> spare) * 2 ** half * 2 ** (exponent - half);
}

/** Return erf(x) in units, x > 0. @param {number} x @param {bigint} bits @returns {bigint} */
function series(x, bits) {
  const first = units(x, bits);
  const square = (first * first) >> bits;
  let power = first;
  let sum = first;
  for (let n = 1n; power !== 0n; n += 1n) {
    power = ((power * square) >> bits) / n;
    const term = power / (2n * n + 1n);
    sum += n % 2n === 1n ? -term : term;
  }
  return (2n * sum << bits) / rootOfPi(bits);
}

const GUARD_BITS = 128;
const BITS_PER_NEPER = 1.4427;
// Below this size erf is a straight line; above the others it is 1, and erfc is 0.
const LINE = 1e-9;
const FLAT = 6.5;
const GONE = 27.5;

/** Return how many bits erfc(x) needs. @param {number} x @returns {bigint} */
function bitsFor(x) {
  return BigInt(GUARD_BITS + Math.ceil(BITS_PER_NEPER * x * x));
}

/** The error function. @param {number} x @returns {number} */
export function erf(x) {
  const size = Math.abs(x);
  if (!(size >= LINE)) return x * (2 / Math.sqrt(Math.PI));
  if (size > FLAT) return Math.sign(x);
  return Math.sign(x) * toNumber(series(size, bitsFor(0)), bitsFor(0));
}

/** 1 − erf(x), accurate where erf rounds to 1. @param {number} x @returns {number} */
export function erfc(x) {
  if (!(Math.abs(x) >= LINE)) return 1 - erf(x);
  if (x < 0) return 1 + erf(-x);
  if (x > GONE) return 0;
  const bits = bitsFor(x);
  return toNumber((1n << bits) - series(x, bits), bits);
}
