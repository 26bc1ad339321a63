// Signatures as each chain's wallets make them: by other code than the wallet's own, so that it says something.

import { createPublicKey, verify } from "node:crypto";
import { hashMessage, hexToBytes, verifyMessage } from "viem";

/** What comes before the 32 bytes of an Ed25519 key in the form that Node reads (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * What a wallet of this type signs of a message: EVM its digest (EIP-191), SOLANA the message itself.
 *
 * @param {import("claimkit").WalletType} type
 * @param {string} message
 * @returns {import("claimkit").SignOptions}
 */
export function toSign(type, message) {
  return type === "SOLANA" ? { message: new TextEncoder().encode(message) } : { digest: hexToBytes(hashMessage(message)) };
}

/**
 * Whether a wallet's signature of a message holds.
 *
 * @param {{ type: import("claimkit").WalletType, address: string, publicKey: string }} wallet
 * @param {string} message
 * @param {`0x${string}`} signature
 */
export async function holds({ type, address, publicKey }, message, signature) {
  const bytes = Buffer.from(signature.slice(2), "hex");
  if (type === "SOLANA") {
    const key = Buffer.concat([ED25519_PREFIX, Buffer.from(publicKey.slice(2), "hex")]);
    return verify(null, Buffer.from(message), createPublicKey({ key, format: "der", type: "spki" }), bytes);
  }
  return bytes.length === 65 && verifyMessage({ address, message, signature });
}
