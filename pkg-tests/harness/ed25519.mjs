// The public key of an Ed25519 scalar, slowly and in the open: RFC 8032 §5.1 in whole numbers, for a test's eyes only.

const P = 2n ** 255n - 19n;
const BASE = [15112221349535400772501151409588531511454012693041857206046113283949847762202n, 46316835694926478169428394003475163141307993866256225615783033603165251855960n];

const modulo = (value) => ((value % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (let [square, rest] = [modulo(base), exponent]; rest > 0n; rest >>= 1n, square = (square * square) % P) {
    if (rest & 1n) result = (result * square) % P;
  }
  return result;
}

const inverse = (value) => power(value, P - 2n);
const D = modulo(-121665n * inverse(121666n));

function add([x1, y1], [x2, y2]) {
  const product = modulo(D * x1 * x2 * y1 * y2);
  return [modulo((x1 * y2 + x2 * y1) * inverse(1n + product)), modulo((y1 * y2 + x1 * x2) * inverse(1n - product))];
}

/**
 * The public key of a scalar.
 *
 * @param {number[]} scalar 32 bytes, little-endian
 * @returns {string} `0x` and 64 hexadecimal digits
 */
export function publicKeyOf(scalar) {
  let rest = BigInt(`0x${Buffer.from(scalar).reverse().toString("hex")}`);
  let sum = [0n, 1n];
  for (let point = BASE; rest > 0n; rest >>= 1n, point = add(point, point)) {
    if (rest & 1n) sum = add(sum, point);
  }
  const bytes = Buffer.from((sum[1] | ((sum[0] & 1n) << 255n)).toString(16).padStart(64, "0"), "hex").reverse();
  return `0x${bytes.toString("hex")}`;
}
