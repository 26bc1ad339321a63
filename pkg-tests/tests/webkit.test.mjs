// The packed package in WebKitGTK, which has no passkeys: it says so before anything is made, and does all else.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isStillPrepared } from "../harness/ownership.mjs";
import { Client, refusedWith, Stage } from "../harness/stage.mjs";
import { openWebKit } from "../harness/webkit.mjs";

let stage;
/** @type {Client} */
let client;
before(async () => {
  stage = await Stage.set({ browser: openWebKit });
  client = new Client(stage.browser, undefined, stage.line.url);
});
after(() => stage?.strike());
beforeEach(async () => {
  stage.line.mend();
  await client.connect(stage.backEnd.url);
});

test("it is WebKit, and it has no passkeys", async () => {
  const [agent, lacks] = await client.run(() => [navigator.userAgent, typeof PublicKeyCredential === "undefined"]);
  assert.match(agent, /AppleWebKit\/(?!.*Chrom)/);
  assert.ok(lacks);
});

test("a share is loaded and read; a claim of it is refused before anything is asked of the co-signer or stored", async () => {
  const prepared = await stage.prepare();
  const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  stage.line.mend();
  const loaded = await client.run(async ({ share }) => {
    const { address, walletId, epoch } = await window.kit.load({ share });
    return { address, walletId, epoch };
  }, handOff);
  const { address, walletId, epoch } = prepared.wallet;
  assert.deepEqual(loaded, { address, walletId, epoch });
  const { message } = await refusedWith(client.claim(handOff), "passkey_unsupported");
  assert.match(message, /no passkeys/);
  assert.deepEqual(stage.line.paths, []);
  assert.deepEqual(await client.held(), []);
  await isStillPrepared(stage, prepared);
});

test("wallets can't be restored there, and the co-signer hears nothing of it", async () => {
  stage.line.mend();
  await refusedWith(client.restore(), "passkey_unsupported");
  assert.deepEqual(stage.line.paths.filter((path) => path.startsWith("/v1/unlock")), []);
  assert.deepEqual((await client.resume()).told, []);
});

test("the demo says so before anyone clicks, and offers no prompt", async () => {
  const { page } = client;
  const until = async (source) => {
    for (const end = Date.now() + 120_000; Date.now() < end; await wait(50)) if (await page.evaluate(source)) return;
    assert.fail(`it never came to this: ${source}`);
  };
  await until("!document.querySelector('#lacking').hidden");
  assert.equal(await page.evaluate("document.querySelector('#lacking').dataset.lacking"), "passkeys");
  assert.match(await page.evaluate("document.querySelector('#lacking').textContent"), /They are safe, and wait\./);
  await page.evaluate("[...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Start over as someone new').click()");
  await until("/^Your wallets are waiting/.test([...document.querySelectorAll('h1')].find((heading) => heading.checkVisibility())?.textContent)");
  assert.ok(await page.evaluate("document.getElementById('claim').disabled"));
  assert.ok(await page.evaluate("document.getElementById('notice').hidden"));
});
