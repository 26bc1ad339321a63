// The packed package in Firefox, whose passkeys give their PRF output when they are used, and not when they are made.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { endsWell } from "../harness/death.mjs";
import { FirefoxAuthenticator, FirefoxClient, openFirefox } from "../harness/firefox.mjs";
import { isHandedOver, isReceiptOf, isSignatureOf } from "../harness/ownership.mjs";
import { pages } from "../harness/pages.mjs";
import { findShares, readStorage } from "../harness/residue.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
/** @type {FirefoxClient} */
let client;
before(async () => {
  const browser = (folder) => {
    const profile = join(folder, "firefox");
    mkdirSync(profile);
    return openFirefox({ profile });
  };
  stage = await Stage.set({ browser });
  stage.consumer.serve(pages());
});
after(() => stage?.strike());
beforeEach(async () => {
  stage.line.mend();
  if (client) await client.authenticator.replace();
  else client = new FirefoxClient(stage.browser, await FirefoxAuthenticator.plugInto(stage.browser), stage.line.url);
  await client.connect(stage.consumer.url);
  await client.wipe();
});

const handOff = ({ share }) => stage.server.sealFor({ share, to: client.publicKey });

/** Counts the page's prompts, and those that gave a PRF output. */
function countPrompts() {
  window.prompts = [];
  for (const name of ["create", "get"]) {
    const real = CredentialsContainer.prototype[name];
    CredentialsContainer.prototype[name] = async function (options) {
      const credential = await real.call(this, options);
      window.prompts.push([name, Boolean(credential.getClientExtensionResults().prf?.results?.first)]);
      return credential;
    };
  }
}

test("a claim asks once to make the passkey and once for its output; then the wallet unlocks, signs, locks, and unlocks again", async () => {
  assert.match(await client.run(() => navigator.userAgent), /Firefox\/\d+/);
  const claimantId = stage.someone();
  const all = [];
  for (const type of ["EVM", "SOLANA"]) all.push(await stage.prepare(claimantId, type));
  await client.run(countPrompts);
  const { receipts } = await client.claim(stage.server.sealFor({ shares: all.map(({ share }) => share), to: client.publicKey }));
  const prompts = await client.run(() => window.prompts);
  assert.deepEqual(prompts, [["create", false], ["get", true]]);
  for (const [index, prepared] of all.entries()) {
    await isReceiptOf(receipts[index], prepared.wallet);
    await isHandedOver(stage, client, prepared);
    await isHandedOver(stage, client, prepared);
  }
  assert.equal((await client.authenticator.credentials()).length, 1);
});

test("a claim whose commit was not answered is finished by the next page", async () => {
  const prepared = await stage.prepare();
  stage.line.cut({ path: "/v1/claim/commit", when: "after" });
  await refusedWith(client.claim(handOff(prepared)), "co_signer_unreachable");
  stage.line.mend();
  await client.connect();
  const { claimed, resumed } = await endsWell(stage, client, prepared);
  assert.ok(claimed);
  assert.deepEqual(resumed.finished, [prepared.wallet.walletId]);
});

test("a browser whose storage was wiped gets its wallets back, and rotates them", async () => {
  const prepared = await stage.prepare();
  await client.claim(handOff(prepared));
  await client.wipe();
  await client.connect();
  const [{ bytes }] = await client.restore();
  await isSignatureOf(prepared.wallet, bytes);
  const rotated = await client.run(async () => {
    const [wallet] = await window.kit.wallets();
    const session = await wallet.unlock();
    const { receipts } = await session.rotate();
    await session.lock();
    return receipts.length;
  });
  assert.equal(rotated, 1);
  await isHandedOver(stage, client, prepared);
});

test("what is stored was written when the claim ended: it is there after the browser was killed, and no share is in clear", async () => {
  const prepared = await stage.prepare();
  await client.claim(handOff(prepared));
  await stage.browser.die();
  // The authenticator went with the browser, and its passkeys with it.
  client.authenticator = await FirefoxAuthenticator.plugInto(stage.browser);
  await client.connect();
  assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
  await refusedWith(client.sign(prepared.wallet.walletId), "passkey_cancelled");
  const chunks = await client.run(readStorage);
  assert.deepEqual(findShares(chunks.filter((chunk) => chunk.length < 4_096), chunks), []);
});
