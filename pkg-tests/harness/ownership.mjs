// What must hold once a wallet is claimed: whose signatures count, and whose don't.

import assert from "node:assert/strict";
import { verifyReceipt } from "claimkit/server";
import { recoverAddress } from "viem";
import { refusedWith } from "./stage.mjs";

const DIGEST = new Uint8Array(32).fill(7);

/**
 * Expects a signature of the digest of 32 bytes of 7 to be the address's.
 *
 * @param {string} address
 * @param {ArrayLike<number>} bytes 65
 */
export async function isSignedBy(address, bytes) {
  const hex = (array) => `0x${Buffer.from(array).toString("hex")}`;
  assert.equal(await recoverAddress({ hash: hex(DIGEST), signature: hex(Uint8Array.from(bytes)) }), address);
}

/**
 * Expects the browser to hold a wallet that signs, and the share that was prepared for it to be refused.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./stage.mjs").Client} client
 * @param {{ wallet: { walletId: string, address: string }, share: string }} prepared
 */
export async function isHandedOver(stage, client, { wallet, share }) {
  await isSignedBy(wallet.address, await client.sign(wallet.walletId));
  await refusedWith(stage.server.withShare(share).sign({ digest: DIGEST }), "already_claimed");
}

/**
 * Expects the wallet to be as it was before anyone tried to claim it: the prepared share signs.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {{ wallet: { address: string }, share: string, claimantId: object }} prepared
 */
export async function isStillPrepared(stage, { wallet, share, claimantId }) {
  const { bytes } = await stage.server.withShare(share).sign({ digest: DIGEST });
  await isSignedBy(wallet.address, bytes);
  const [record] = await stage.server.getWallets({ claimantId });
  assert.equal(record.claimed, false);
  assert.equal(record.epoch, 0);
}

/**
 * Expects a receipt to say that this wallet has come to epoch 1.
 *
 * @param {string} receipt
 * @param {{ walletId: string, address: string }} wallet
 */
export async function isReceiptOf(receipt, wallet) {
  const { walletId, address, epoch } = await verifyReceipt({ receipt });
  assert.deepEqual({ walletId, address, epoch }, { walletId: wallet.walletId, address: wallet.address, epoch: 1 });
}
