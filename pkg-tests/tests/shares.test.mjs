// Shares that were tampered with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isHandedOver } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const CODES = ["share_invalid", "version_unsupported", "invalid_argument"];

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** The text with one character exchanged. */
const alter = (text, index) => text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);

test("a hand-off altered in any character is refused before anything is sent", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { share, ticket } = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  stage.line.mend();
  const outcomes = await client.run(async (share) => {
    const outcomes = {};
    for (let index = 0; index < share.length; index += 1) {
      const altered = share.slice(0, index) + (share[index] === "A" ? "B" : "A") + share.slice(index + 1);
      const outcome = await window.kit.load({ share: altered }).then(
        () => "loaded",
        (error) => (error.name === "ClaimkitError" ? error.code : error.message),
      );
      (outcomes[outcome] ??= []).push(index);
    }
    return outcomes;
  }, share);
  const unexpected = Object.keys(outcomes).filter((outcome) => !CODES.includes(outcome));
  assert.deepEqual(unexpected, [], JSON.stringify(outcomes));
  assert.deepEqual(stage.line.paths, []);
  await client.claim({ share, ticket });
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a prepared share altered in any character is refused by the back end before anything is sent", async () => {
  const { share } = await stage.prepare();
  const { publicKey } = await stage.openPage();
  stage.line.mend();
  for (let index = 0; index < share.length; index += 1) {
    const altered = alter(share, index);
    await refusedWith(async () => stage.server.withShare(altered), ...CODES);
    await refusedWith(async () => stage.server.sealFor({ share: altered, to: publicKey }), ...CODES);
  }
  assert.deepEqual(stage.line.paths, []);
});

test("a share cut short, lengthened or empty is refused", async () => {
  const { share } = await stage.prepare();
  for (const altered of ["", share.slice(0, -1), share.slice(0, 20), `${share}A`, `${share}=`, "not base64url!", "é"]) {
    await refusedWith(async () => stage.server.withShare(altered), ...CODES);
  }
});

test("a share that was wrapped at a column is the same share", async () => {
  const { wallet, share } = await stage.prepare();
  for (const wrapped of [share.replace(/.{76}/g, "$&\n"), ` ${share}\r\n`]) {
    assert.equal((await stage.server.withShare(wrapped)).address, wallet.address);
  }
});

test("a receipt altered in any character is not genuine", async () => {
  const { verifyReceipt } = await import("claimkit/server");
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { receipt } = await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  for (let index = 0; index < receipt.length; index += 1) {
    await refusedWith(async () => verifyReceipt({ receipt: alter(receipt, index) }), "peer_misbehaved", "share_invalid", "version_unsupported", "invalid_argument");
  }
  const { identity } = stage.server;
  assert.equal((await verifyReceipt({ receipt, identity })).walletId, prepared.wallet.walletId);
  const stranger = { ...identity, receiptKey: identity.channelKey };
  await refusedWith(async () => verifyReceipt({ receipt, identity: stranger }), "peer_misbehaved", "share_invalid", "invalid_argument", "not_authorised");
  await client.close();
});

/** The time as the co-signer tells it: whole seconds, in milliseconds. */
const seconds = () => Math.floor(Date.now() / 1_000) * 1_000;

test("a dead share is refused with evidence, and evidence altered in any character is none", async () => {
  const { verifyRefusal } = await import("claimkit/server");
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const begun = seconds();
  const { receipt } = await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const sign = () => stage.server.withShare(prepared.share).sign({ digest: new Uint8Array(32).fill(1) });
  const { refusal } = await refusedWith(sign, "already_claimed");
  const { identity } = stage.server;
  const { walletId, epoch, committedAt, refusedAt } = await verifyRefusal({ refusal, receipt, identity });
  assert.deepEqual([walletId, epoch], [prepared.wallet.walletId, 0]);
  assert.ok(begun <= committedAt && committedAt <= refusedAt && refusedAt <= seconds());
  for (let index = 0; index < refusal.length; index += 1) {
    await refusedWith(async () => verifyRefusal({ refusal: alter(refusal, index) }), "version_unsupported", "invalid_argument");
  }
  const other = await stage.prepare();
  const others = await stage.openPage();
  const { receipt: otherReceipt } = await others.claim(stage.server.sealFor({ share: other.share, to: others.publicKey }));
  await refusedWith(async () => verifyRefusal({ refusal, receipt: otherReceipt }), "invalid_argument");
  await refusedWith(async () => verifyRefusal({ refusal, receipt: refusal }), "invalid_argument");
  const stranger = { ...identity, receiptKey: identity.channelKey };
  await refusedWith(async () => verifyRefusal({ refusal, identity: stranger }), "invalid_argument");
  await Promise.all([client.close(), others.close()]);
});
