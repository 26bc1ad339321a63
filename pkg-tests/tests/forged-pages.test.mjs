// Another page of the origin that lies: it holds a session's lock, answers on its channel, and answers first.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isSignatureOf } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page of the same origin, without the module, that answers for a session: `lie` says what. Runs in that page. */
function forge({ sessionId, wallets, lie, holds }) {
  if (holds) navigator.locks.request(["claimkit/session", sessionId, ...wallets.map(({ walletId }) => walletId)].join("/"), () => new Promise(() => {}));
  const channel = new BroadcastChannel(`claimkit/session/${sessionId}`);
  const told = wallets.map((wallet, index) => (index === 0 ? { ...wallet, ...lie.wallet } : wallet));
  const state = { wallets: told, expiresAt: Date.now() + 3_600_000, clockSkew: 0, refreshesLeft: 7, rotateBy: undefined };
  const bytes = new Uint8Array(65).fill(1);
  const signature = { scheme: "ecdsa-secp256k1", r: bytes.slice(0, 32), s: bytes.slice(0, 32), yParity: 0, bytes };
  window.heard = [];
  channel.onmessage = ({ data }) => {
    window.heard.push(data.call ?? data.kind);
    if (data.kind === "hello") channel.postMessage({ kind: "state", state });
    if (data.kind !== "ask") return;
    for (const result of [signature, { bytes: "text" }, null, new Uint8Array(65), { ...signature, bytes: undefined }]) channel.postMessage({ kind: "done", id: data.id, result, state });
    for (const error of [null, {}, { code: 1, message: [] }]) channel.postMessage({ kind: "failed", id: data.id, error, state });
    for (const junk of [null, 1, "state", { kind: "state" }, { kind: "state", state: { wallets: "all" } }, { kind: "event", name: "other", state }]) channel.postMessage(junk);
  };
}

const OTHER_KEY = { publicKey: `0x02${"11".repeat(32)}`, address: `0x${"bad".repeat(13)}0` };
const NO_SESSION = "AAAAAAAAAAAAAAAAAAAAAA";

async function claimed() {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const wallets = await client.run(async () =>
    (await window.kit.wallets()).map(({ walletId, type, address, scheme, publicKey, epoch }) => ({ walletId, type, address, scheme, publicKey, epoch })),
  );
  await client.run(async () => void (await window.session?.lock()));
  return { client, wallets, wallet: prepared.wallet };
}

/** Another page of the same browser and origin, which does as it likes. */
async function stranger(client) {
  const page = await client.page.context().newPage();
  await page.goto(`${stage.backEnd.url}/mark.svg`);
  return page;
}

const unlock = (client, options = {}) =>
  client.run(async (options) => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock(options);
  }, options);

const shown = (client) => client.run(() => {
  const { address, publicKey, type, scheme, walletId, wallets } = window.session;
  return { address, publicKey, type, scheme, walletId, wallets };
});

test("a page that tells of another key is no page with a session: the person is asked", async () => {
  const { client, wallets } = await claimed();
  const page = await stranger(client);
  for (const wallet of [OTHER_KEY, { type: "COSMOS" }, { walletId: "B".repeat(22) }]) {
    await page.evaluate(forge, { sessionId: NO_SESSION, wallets: [{ ...wallets[0] }], lie: { wallet }, holds: wallet === OTHER_KEY });
  }
  await client.page.bringToFront();
  await client.authenticator.refuse();
  await refusedWith(unlock(client), "passkey_cancelled");
  assert.ok((await page.evaluate(() => window.heard)).includes("hello"), "it was heard, and not believed");
  await client.close();
});

test("a page that holds the lock and forges answers signs nothing, and hears no more than it may", async () => {
  const { client, wallets, wallet } = await claimed();
  const page = await stranger(client);
  await page.evaluate(forge, { sessionId: NO_SESSION, wallets, lie: {}, holds: true });
  await client.page.bringToFront();
  await client.authenticator.refuse();
  await client.bePatient();
  await unlock(client);
  const { address, publicKey, walletId } = await shown(client);
  assert.deepEqual([address, publicKey, walletId], [wallet.address, wallet.publicKey, wallet.walletId]);
  const signing = client.run(async () => {
    window.stop = new AbortController();
    return window.session.sign({ digest: new Uint8Array(32).fill(7), signal: window.stop.signal });
  });
  const refused = refusedWith(signing, "cancelled");
  await page.waitForFunction(() => window.heard.includes("sign"));
  // All that it answered is there before its answer to this.
  await client.run(() => window.session.refresh().catch(() => undefined));
  await client.run(() => window.stop.abort());
  await refused;
  for (const call of ["prove", "passkeys", "renamePasskey", "exportKey"])
    await refusedWith(client.run((call) => window.session[call]({ audience: "https://a", nonce: "n", passkeyId: "AA", name: "n" }), call), "not_authorised");
  await refusedWith(unlock(client, { here: true }), "passkey_cancelled");
  for (const call of ["rotate", "addPasskey", "removePasskey", "unlock"])
    await refusedWith(client.run((call) => window.session[call](call === "addPasskey" ? { name: "n" } : call === "removePasskey" ? { passkeyId: "AA" } : {}), call), "passkey_cancelled");
  const heard = new Set(await page.evaluate(() => window.heard));
  assert.deepEqual([...heard].filter((kind) => !["hello", "stop"].includes(kind)).sort(), ["refresh", "sign"]);
  await client.close();
});

test("a page that answers first, beside the one that has the session, changes nothing", async () => {
  const { client: one, wallets, wallet } = await claimed();
  await unlock(one);
  const { sessionId } = await one.run(() => ({ sessionId: window.session.sessionId }));
  const page = await stranger(one);
  await page.evaluate(forge, { sessionId, wallets, lie: {}, holds: false });
  await page.evaluate(forge, { sessionId, wallets, lie: { wallet: OTHER_KEY }, holds: false });
  const other = await stage.openPage({ beside: one });
  await other.bePatient();
  await unlock(other);
  const before = await shown(other);
  assert.equal(before.address, wallet.address);
  for (let round = 0; round < 3; round += 1) {
    const signature = await other.run(async () => {
      const { r, s, yParity, bytes, scheme } = await window.session.sign({ digest: new Uint8Array(32).fill(7), path: undefined });
      return { scheme, yParity, bytes: Array.from(bytes), rs: [...r, ...s] };
    });
    await isSignatureOf(wallet, signature.bytes);
    assert.deepEqual([signature.scheme, signature.rs], ["ecdsa-secp256k1", signature.bytes.slice(0, 64)]);
  }
  assert.deepEqual(await shown(other), before);
  await one.close();
});

test("a signature under a child's path is verified under the child", async () => {
  const { client: one } = await claimed();
  await unlock(one);
  const other = await stage.openPage({ beside: one });
  await other.bePatient();
  await unlock(other);
  const { publicKey, bytes } = await other.run(async () => {
    const [wallet] = await window.kit.wallets();
    const path = [0, 5];
    const { publicKey } = await wallet.child({ path });
    // What the caller does with its own afterwards changes nothing.
    const digest = new Uint8Array(32).fill(7);
    const signed = window.session.sign({ digest, path });
    digest.fill(0);
    path[1] = 6;
    return { publicKey, bytes: Array.from((await signed).bytes) };
  });
  await isSignatureOf({ scheme: "ecdsa-secp256k1", publicKey }, bytes);
  await one.close();
});

test("many locks that name the wallet keep nobody waiting for longer than one", async () => {
  const { client, wallets } = await claimed();
  const page = await stranger(client);
  await page.evaluate((walletId) => {
    for (let number = 0; number < 200; number += 1) {
      const id = `${number}`.padStart(22, "A");
      navigator.locks.request(`claimkit/session/${id}/${walletId}`, () => new Promise(() => {}));
    }
  }, wallets[0].walletId);
  await client.page.bringToFront();
  const asked = await client.inside(() => {
    globalThis.channels = 0;
    const real = globalThis.BroadcastChannel;
    globalThis.BroadcastChannel = class extends real {
      constructor(name) {
        super(name);
        globalThis.channels += 1;
      }
    };
  }).then(() => unlock(client)).then(() => client.inside(() => globalThis.channels));
  // Eight that were asked, and the session's own.
  assert.equal(asked, 9);
  await client.close();
});

test("a lock reaches the page that unlocked, whatever another says of the session", async () => {
  const { client: one } = await claimed();
  await unlock(one);
  const other = await stage.openPage({ beside: one });
  await other.bePatient();
  await unlock(other);
  const page = await stranger(one);
  const known = await one.run(() => {
    const { sessionId, wallets, expiresAt, clockSkew, refreshesLeft, rotateBy } = window.session;
    return { sessionId, state: { wallets, expiresAt, clockSkew, refreshesLeft, rotateBy } };
  });
  await page.evaluate(({ sessionId, state }) => {
    new BroadcastChannel(`claimkit/session/${sessionId}`).postMessage({ kind: "event", name: "locked", detail: { reason: "asked" }, state });
  }, known);
  await isLocked(other);
  assert.equal(await one.run(() => window.session.locked), false);
  await other.run(() => window.session.lock());
  await isLocked(one);
  await one.close();
});

test("a page whose lock is taken away locks its session", async () => {
  const { client: one } = await claimed();
  await unlock(one);
  const page = await stranger(one);
  await page.evaluate(async () => {
    const { held } = await navigator.locks.query();
    const { name } = held.find(({ name }) => name.startsWith("claimkit/session/"));
    navigator.locks.request(name, { steal: true }, () => new Promise(() => {}));
  });
  await isLocked(one);
  await one.close();
});

/** Waits until a page says that its session is locked. */
const isLocked = (client) =>
  client.run(
    () =>
      new Promise((resolve) => {
        if (window.session.locked) resolve();
        else window.session.addEventListener("locked", resolve);
      }).then(() => undefined),
  );
