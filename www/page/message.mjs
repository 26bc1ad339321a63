// A message as Ethereum signs it.

import { keccak_256 } from "/packages/@noble/hashes:sha3.js";

/**
 * The digest of a message by EIP-191, version 0x45 (`personal_sign`): 32 bytes.
 *
 * @param {string} message
 */
export function digestOf(message) {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(message);
  const prefix = encoder.encode(`\x19Ethereum Signed Message:\n${bytes.length}`);
  const whole = new Uint8Array(prefix.length + bytes.length);
  whole.set(prefix);
  whole.set(bytes, prefix.length);
  return keccak_256(whole);
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
