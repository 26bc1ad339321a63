// A session in a real browser: what a recorded request of it is worth, how it ends, and how it comes back.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isSignatureOf } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page with a claimed wallet, and a session in `window.session`. */
async function unlocked(options) {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  stage.line.mend();
  await unlock(client, options);
  return { client, wallet: prepared.wallet };
}

const unlock = (client, options = {}) =>
  client.run(async (options) => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock(options);
    window.told = [];
    for (const name of ["expiring", "expired", "locked"])
      window.session.addEventListener(name, ({ type, detail }) => window.told.push([type, detail.reason ?? null]));
  }, options);

const sign = (client) =>
  client.run(async () => Array.from((await window.session.sign({ digest: new Uint8Array(32).fill(7) })).bytes));

/** Sends a recorded request again, as who tapped the line would. */
async function again({ path, headers, body }, { as = path, with: other = {}, bytes = body } = {}) {
  const kept = ["content-type", "content-digest", "signature-input", "signature"];
  const sent = Object.fromEntries(kept.map((name) => [name, headers[name]]));
  const answer = await fetch(`${stage.coSigner.url}${as}`, { method: "POST", headers: { ...sent, ...other }, body: bytes });
  // What was opened is refused inside the channel: its sentence is nobody's but the session's.
  const isSealed = answer.headers.get("content-type") === "application/octet-stream";
  return { status: answer.status, isSealed, code: isSealed ? undefined : (await answer.json()).code };
}

test("unlocking is two requests, signing one, each asked leave for once at most", async () => {
  const { client, wallet } = await unlocked();
  assert.deepEqual(stage.line.paths, ["/v1/unlock/start", "/v1/unlock/finish"]);
  assert.ok(stage.line.preflights <= 2);
  await isSignatureOf(wallet, await sign(client));
  stage.line.mend();
  await isSignatureOf(wallet, await sign(client));
  assert.deepEqual(stage.line.paths, ["/v1/sign"]);
  // Whether it is asked again is the browser's to say; one asking covers all three headers.
  assert.ok(stage.line.preflights <= 1);
  await client.close();
});

test("a recorded request is worth nothing: not again, not altered, not elsewhere, not later", async () => {
  const { client, wallet } = await unlocked();
  await client.run(() => window.session.sessions());
  const list = stage.line.requests.at(-1);
  assert.equal(list.path, "/v1/session/list");
  assert.match(list.headers["signature-input"], /^claimkit=\("@method" "@path" "content-digest"\);created=\d+;nonce="[\w-]{22}";/);
  const later = list.headers["signature-input"].replace(/created=(\d+)/, (_, at) => `created=${Number(at) + 60}`);
  for (const attempt of [
    await again(list),
    await again(list, { with: { "signature-input": later } }),
    await again(list, { with: { "content-digest": "sha-256=:AAAA:" } }),
    await again(list, { with: { signature: `claimkit=:${Buffer.alloc(64, 1).toString("base64")}:` } }),
  ])
    assert.deepEqual(attempt, { status: 403, isSealed: true, code: undefined });
  // The sealed body opens at its own path, whole.
  const altered = Buffer.from(list.body);
  altered[altered.length - 1] ^= 1;
  assert.equal((await again(list, { bytes: altered })).code, "invalid_argument");
  assert.equal((await again(list, { as: "/v1/lock" })).code, "invalid_argument");
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("sessions see, refresh and end each other, and one prompt brings one back", async () => {
  const { client, wallet } = await unlocked({ device: "Ada's laptop" });
  const seen = await client.run(async () => {
    const [wallet] = await window.kit.wallets();
    const first = window.session;
    const begun = Date.now();
    const before = first.expiresAt;
    const moved = await first.refresh();
    window.other = await wallet.unlock();
    const listed = await first.sessions();
    await first.revoke({ others: true });
    const refused = await window.other.sign({ digest: new Uint8Array(32) }).catch(({ code }) => code);
    return { moved: moved >= before, left: first.refreshesLeft, skew: first.clockSkew, took: (Date.now() - begun) / 1_000, listed, own: first.sessionId, refused };
  });
  assert.deepEqual([seen.moved, seen.left, seen.refused], [true, 6, "session_expired"]);
  // Whole seconds; an answer that is under way for long looks like a clock that is behind.
  assert.ok(Math.abs(seen.skew) <= 1 + seen.took);
  assert.deepEqual(seen.listed.map(({ device }) => device).sort(), ["Ada's laptop", "Chrome on Linux"]);
  assert.equal(seen.listed.find(({ current }) => current).sessionId, seen.own);
  await client.run(() => window.session.lockEverywhere());
  await refusedWith(sign(client), "session_expired");
  assert.deepEqual(await client.run(() => window.told), [["locked", "everywhere"]]);
  await client.run(() => window.session.unlock());
  await isSignatureOf(wallet, await sign(client));
  await client.run(async () => (await window.kit.wallets())[0].lockEverywhere());
  await refusedWith(sign(client), "session_expired");
  assert.deepEqual((await client.run(() => window.told)).at(-1), ["expired", null]);
  await client.close();
});

test("an unlock that ends other sessions ends those of every other browser", async () => {
  const { client, wallet } = await unlocked({ device: "a stolen laptop" });
  // As another browser: nothing stored, the same passkey.
  await client.wipe();
  await client.connect();
  await client.run(async () => {
    window.session = await window.kit.restore({ device: "the same" });
  });
  const seen = await client.run(async () => {
    const before = await window.session.sessions();
    const [wallet] = await window.kit.wallets();
    window.last = await wallet.unlock({ endOtherSessions: true, device: "Ada's phone" });
    const refused = await window.session.sign({ digest: new Uint8Array(32) }).catch(({ code }) => code);
    const named = (listed) => listed.map(({ device }) => device).sort();
    return { before: named(before), after: named(await window.last.sessions()), refused };
  });
  assert.deepEqual(seen, { before: ["a stolen laptop", "the same"], after: ["Ada's phone"], refused: "session_expired" });
  await client.run(() => (window.session = window.last) && undefined);
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("a session that is left alone, or whose page is hidden, locks itself and says why", async () => {
  const { client } = await unlocked({ idleLock: 1 });
  const locked = () => client.page.waitForFunction(() => window.told.length > 0);
  await locked();
  assert.deepEqual(await client.run(() => window.told), [["locked", "idle"]]);
  await refusedWith(sign(client), "session_expired");
  await unlock(client, { hiddenLock: 1 });
  await client.run(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await locked();
  assert.deepEqual(await client.run(() => window.told), [["locked", "hidden"]]);
  await client.run(() => delete document.hidden);
  await unlock(client, {});
  await client.run(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: false })));
  await locked();
  assert.deepEqual(await client.run(() => [window.told, window.session.locked]), [[["locked", "left"]], true]);
  await client.close();
});

test("options and ids that are none are refused", async () => {
  const { client } = await unlocked();
  for (const options of [{ device: "" }, { device: "a".repeat(65) }, { idleLock: 0 }, { hiddenLock: -1 }, { warnBefore: "1" }, { endOtherSessions: "true" }])
    await refusedWith(unlock(client, options), "invalid_argument");
  for (const options of [{}, { sessionId: "AAAA" }, { others: true, sessionId: "A".repeat(22) }])
    await refusedWith(client.run((options) => window.session.revoke(options), options), "invalid_argument");
  await client.close();
});
