// A message as each chain signs it.

import { keccak_256 } from "/packages/@noble/hashes:sha3.js";

/**
 * What a wallet of this type signs of a message: of Ethereum its digest, of Solana the message itself.
 *
 * @param {import("claimkit").WalletType} type
 * @param {string} message
 * @returns {import("claimkit").SignOptions}
 */
export function toSign(type, message) {
  return type === "SOLANA" ? { message: new TextEncoder().encode(message) } : { digest: digestOf(message) };
}

/**
 * The digest of a message by EIP-191, version 0x45 (`personal_sign`): 32 bytes.
 *
 * @param {string} message
 */
function digestOf(message) {
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
