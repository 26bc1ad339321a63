// What must hold once a wallet is claimed: whose signatures count, and whose don't.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { verifyReceipt } from "claimkit/server";
import { recoverAddress, recoverPublicKey } from "viem";
import { refusedWith } from "./stage.mjs";

/** What is signed, as a digest or a message: 32 bytes of 7. */
const SIGNED = new Uint8Array(32).fill(7);

/** What comes before an Ed25519 key in the form that Node reads (RFC 8410). */
const ED25519_PREFIX = "302a300506032b6570032100";

const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;

/**
 * What a wallet signs in these tests.
 *
 * @param {{ scheme: import("claimkit").Scheme }} wallet
 * @returns {import("claimkit").SignOptions}
 */
export const toSign = ({ scheme }) => (scheme === "eddsa-ed25519" ? { message: SIGNED } : { digest: SIGNED });

/**
 * Expects a signature to be of this key: by other code than the package's.
 *
 * @param {{ scheme: import("claimkit").Scheme, publicKey: string }} wallet
 * @param {ArrayLike<number>} bytes 65, or of Ed25519 64
 * @param {Uint8Array} [signed]
 */
export async function isSignatureOf({ scheme, publicKey }, bytes, signed = SIGNED) {
  const signature = Buffer.from(bytes);
  if (scheme === "eddsa-ed25519") {
    const key = createPublicKey({ key: Buffer.from(ED25519_PREFIX + publicKey.slice(2), "hex"), format: "der", type: "spki" });
    assert.ok(verify(null, signed, key, signature), "the Ed25519 signature verifies");
    return;
  }
  const whole = Buffer.from((await recoverPublicKey({ hash: hex(signed), signature: hex(signature) })).slice(2), "hex");
  assert.equal(hex([2 + (whole.at(-1) & 1), ...whole.subarray(1, 33)]), publicKey);
}

/**
 * Expects a signature of the digest of 32 bytes of 7 to be the address's.
 *
 * @param {string} address
 * @param {ArrayLike<number>} bytes 65
 */
export async function isSignedBy(address, bytes) {
  assert.equal(await recoverAddress({ hash: hex(SIGNED), signature: hex(bytes) }), address);
}

/**
 * Expects the browser to hold a wallet that signs, and the share that was prepared for it to be refused.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./stage.mjs").Client} client
 * @param {{ wallet: import("claimkit").WalletInfo, share: string }} prepared
 */
export async function isHandedOver(stage, client, { wallet, share }) {
  await isSignatureOf(wallet, await client.sign(wallet.walletId));
  await refusedWith(stage.server.withShare(share).sign(toSign(wallet)), "already_claimed");
}

/**
 * Expects the wallet to be as it was before anyone tried to claim it: the prepared share signs.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {{ wallet: import("claimkit").WalletInfo, share: string, claimantId: object }} prepared
 */
export async function isStillPrepared(stage, { wallet, share, claimantId }) {
  const { bytes } = await stage.server.withShare(share).sign(toSign(wallet));
  await isSignatureOf(wallet, bytes);
  const [record] = await stage.server.getWallets({ claimantId });
  assert.equal(record.claimed, false);
  assert.equal(record.epoch, 0);
}

/**
 * Expects a receipt to say that this wallet has come to its next epoch.
 *
 * @param {string} receipt
 * @param {import("claimkit").WalletInfo} wallet as it was before
 * @param {{ imported?: boolean }} [options] whether it should say that the key was imported
 */
export async function isReceiptOf(receipt, wallet, { imported = false } = {}) {
  const { credentialId, coSigner, committedAt, ...told } = await verifyReceipt({ receipt, type: wallet.type });
  assert.deepEqual(told, { ...wallet, epoch: wallet.epoch + 1, imported });
}
