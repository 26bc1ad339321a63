// What is left of a secret in a page once it should be gone: searched for in the module's memory, the heap, all buffers and all storage.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findShares, keepCredentials, openShares, remains, whereIs, wrappingKeys } from "../harness/residue.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

/** A page, started anew, of a browser that has claimed a wallet. */
async function claimed(type) {
  const prepared = await stage.prepare(stage.someone(), type);
  const client = await stage.openPage({ prepare: keepCredentials });
  await client.claim(handOff(prepared, client));
  await client.connect();
  return client;
}

const unlock = (client) =>
  client.run(async () => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock();
    await window.session.sign(wallet.type === "SOLANA" ? { message: new Uint8Array(32) } : { digest: new Uint8Array(32) });
  });

/** Expects none of the page's secrets anywhere; the secrets are made again afterwards. `held`: how many shares it has sealed. */
async function isGone(client, { held, others = [] }) {
  const places = await remains(client);
  const { output, share, opener, pairing, credential } = await wrappingKeys(client);
  const shares = openShares(places.stored, { share, credential });
  assert.equal(shares.length, held);
  for (const [name, secret] of Object.entries({ output, share, opener, pairing, ...shares, ...others }))
    assert.deepEqual(whereIs(places, secret), [], `${name} is found`);
}

/** The secret of a prepared share. */
function secretOf({ share }) {
  const bytes = Array.from(Buffer.from(share, "base64url"));
  const [secret] = findShares([bytes], [bytes]);
  return secret;
}

for (const type of ["EVM", "SOLANA"]) {
  test(`while a session is open, the share of a wallet for ${type} is in the module's memory, and nowhere else`, async () => {
    const client = await claimed(type);
    await unlock(client);
    const places = await remains(client);
    const keys = await wrappingKeys(client);
    const [share] = openShares(places.stored, keys);
    assert.deepEqual(whereIs(places, share), ["wasm"]);
    assert.deepEqual(whereIs(places, keys.output), []);
    await client.close();
  });

  test(`after a lock nothing is left, for ${type}`, async () => {
    const client = await claimed(type);
    await unlock(client);
    await client.run(() => window.session.lock());
    await isGone(client, { held: 1 });
    await client.close();
  });
}

test("the search finds what is there, wherever it is", async () => {
  const client = await claimed();
  const { output } = await wrappingKeys(client);
  await client.connect();
  const found = async (keep) => {
    await client.run(keep, output.toString("base64"));
    const places = whereIs(await remains(client), output);
    await client.connect();
    return places;
  };
  const bytes = "Uint8Array.from(atob(text), (character) => character.charCodeAt(0))";
  assert.ok((await found("(text) => { window.kept = { text }; }")).includes("heap"));
  assert.ok((await found(`(text) => indexedDB.databases().then(async () => (await caches.open("a")).put("/a", new Response(${bytes})))`)).includes("stored"));
  await client.run("() => caches.delete('a')");
  assert.ok((await found("(text) => { sessionStorage.kept = text.replace(/=+$/, ''); }")).includes("stored"));
  await client.run("() => sessionStorage.clear()");
  await wrappingKeys(client);
  assert.ok(whereIs(await remains(client), output).includes("handedOut"));
  await client.close();
});

test("after a session's time nothing is left", async () => {
  const client = await claimed();
  await unlock(client);
  await client.run(() => {
    window.ended = new Promise((resolve) => window.session.addEventListener("expired", () => resolve()));
  });
  const putRight = await client.passTime(13 * 3_600_000);
  await client.run(() => window.ended);
  await putRight();
  await isGone(client, { held: 1 });
  await client.close();
});

for (const when of ["before", "after"]) {
  test(`after an unlock whose end was cut ${when} the co-signer heard it nothing is left`, async () => {
    const client = await claimed();
    stage.line.cut({ path: "/v1/unlock/finish", when });
    await refusedWith(unlock(client), "co_signer_unreachable");
    stage.line.mend();
    await isGone(client, { held: 1 });
    await client.close();
  });
}

for (const phase of ["refresh", "prepare", "seal", "confirm"]) {
  test(`after a claim that was aborted at «${phase}» nothing is left`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ prepare: keepCredentials });
    await refusedWith(client.claim(handOff(prepared, client), { abortAt: phase }), "cancelled");
    await isGone(client, { held: 0, others: { prepared: secretOf(prepared) } });
    await client.close();
  });
}

test("after a claim that does not know its end nothing is left but what is sealed", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: keepCredentials });
  for (const path of ["/v1/claim/commit", "/v1/claim/resume"]) stage.line.cut({ path, when: "after" });
  await refusedWith(client.claim(handOff(prepared, client)), "co_signer_unreachable");
  stage.line.mend();
  await isGone(client, { held: 1, others: { prepared: secretOf(prepared) } });
  await client.close();
});
