// A session of another page, as this page has it: what it believes, and how long it waits. The module's records are stood in for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Elsewhere } from "../dist/elsewhere.js";

const ID = "AAAAAAAAAAAAAAAAAAAAAA";
const NAME = `claimkit/session/${ID}`;
const WALLET = { walletId: "B".repeat(22), type: "EVM", address: "0xA", scheme: "ecdsa-secp256k1", publicKey: "0x02", epoch: 1 };
const HELD = { expiresAt: Date.now() + 3_600_000, clockSkew: 0, refreshesLeft: 7, rotateBy: undefined };

/** Both ends: a session of another page, and what that page hears and says. */
async function joined(context, { answer = () => {} } = {}) {
  Object.defineProperty(globalThis, "navigator", { value: { locks: { request: () => new Promise(() => {}) } }, configurable: true });
  const known = [{ ...WALLET }];
  const heard = [];
  const channel = new BroadcastChannel(NAME);
  const state = { ...HELD, wallets: [WALLET] };
  const say = (message) => channel.postMessage({ state, ...message });
  channel.onmessage = ({ data }) => {
    heard.push(data);
    if (data.kind === "hello") say({ kind: "state" });
    if (data.kind === "ask") answer(data, say);
  };
  const records = {
    wallets: () => known,
    async look() {
      known[0].epoch += 1;
    },
    verify(options, bytes) {
      if (bytes[0] !== options.digest[0]) throw new Error("no signature");
      return { bytes: Uint8Array.from(bytes) };
    },
  };
  const place = { held: { id: ID, name: NAME }, walletId: WALLET.walletId, records, again: assert.fail, changed() {}, adopted() {} };
  const session = await Elsewhere.reach(place);
  context.after(() => {
    session?.free();
    channel.close();
  });
  return { session, heard, say, channel, state };
}

/** Waits until a message has gone there, and the answer back. */
const turn = async () => {
  for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

const digest = () => new Uint8Array(32).fill(7);

test("forged answers are none, and the true one is taken", async (context) => {
  const answer = ({ id }, say) => {
    for (const result of [undefined, null, {}, { bytes: "7" }, { bytes: Uint8Array.of(6) }]) say({ kind: "done", id, result });
    for (const error of [undefined, null, {}, { message: 1, code: 2 }]) say({ kind: "failed", id, error });
    say({ kind: "done", id, result: { bytes: Uint8Array.of(7, 1) } });
  };
  const { session, heard } = await joined(context, { answer });
  const given = digest();
  const signing = session.sign({ digest: given });
  given.fill(0);
  assert.deepEqual(await signing, { bytes: Uint8Array.of(7, 1) });
  const [{ options, at, call }] = heard.filter(({ kind }) => kind === "ask");
  assert.deepEqual([call, options], ["sign", { walletId: WALLET.walletId, digest: digest() }]);
  assert.ok(Math.abs(Date.now() - at) < 60_000);
});

test("a state of another key, or of no form, changes nothing", async (context) => {
  const { session, say, state } = await joined(context);
  const seen = () => [session.address, session.publicKey, session.expiresAt, session.wallets.map(({ publicKey }) => publicKey), session.locked];
  const before = seen();
  for (const told of [{ wallets: [{ ...WALLET, publicKey: "0x03" }] }, { wallets: [{ ...WALLET, type: "COSMOS" }] }, { wallets: [] }, { wallets: "all" }, { expiresAt: NaN }, { expiresAt: "soon" }])
    for (const kind of ["state", "event"]) say({ kind, name: "expired", detail: null, state: { ...state, ...told, expiresAt: told.expiresAt ?? 1 } });
  say({ kind: "event", name: "locked", detail: { reason: "other" } });
  say({ kind: "event", name: "other" });
  await turn();
  assert.deepEqual(seen(), before);
  const told = [];
  session.addEventListener("locked", ({ detail }) => told.push(detail));
  say({ kind: "event", name: "locked", detail: { reason: "asked", more: 1 } });
  await turn();
  assert.deepEqual([told, session.locked], [[{ reason: "asked" }], true]);
});

test("a later epoch is read from this page's own records", async (context) => {
  const { session, say, state } = await joined(context);
  say({ kind: "state", state: { ...state, wallets: [{ ...WALLET, epoch: 9 }] } });
  await turn();
  assert.equal(session.wallets[0].epoch, 2);
});

test("silence twice in a row ends what waits, and the session", async (context) => {
  const { session, heard, channel } = await joined(context);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  session.addEventListener("locked", ({ detail }) => told.push(detail.reason));
  channel.onmessage = ({ data }) => heard.push(data);
  const waiting = [session.sign({ digest: digest() }), session.refresh(), session.sessions(), session.lockEverywhere()];
  const ended = Promise.all(waiting.map((one) => assert.rejects(one, { name: "ClaimkitError", code: "session_expired" })));
  context.mock.timers.tick(3_000);
  assert.deepEqual(told, []);
  context.mock.timers.tick(3_000);
  await ended;
  assert.deepEqual([told, session.locked], [["left"], true]);
  await turn();
  assert.equal(heard.filter(({ kind }) => kind === "stop").length, 4);
  await assert.rejects(session.sign({ digest: digest() }), { code: "session_expired" });
});

test("a page that is heard is waited for, and no longer than four minutes", async (context) => {
  const { session, heard } = await joined(context);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const signing = session.sign({ digest: digest() });
  const ended = assert.rejects(signing, { code: "co_signer_unreachable", retryable: true });
  for (let passed = 0; passed < 240_000; passed += 3_000) {
    context.mock.timers.tick(3_000);
    await turn();
  }
  await ended;
  assert.equal(session.locked, false);
  assert.equal(heard.at(-1).kind, "stop");
});

test("a call ends with its signal, and what can't be given is refused", async (context) => {
  const { session, heard } = await joined(context);
  const stop = new AbortController();
  const signing = session.sign({ digest: digest(), signal: stop.signal });
  await turn();
  stop.abort("enough");
  await assert.rejects(signing, { code: "cancelled", cause: "enough" });
  await turn();
  assert.equal(heard.at(-1).kind, "stop");
  const throwing = { get digest() { throw new Error("not yet"); } };
  for (const given of [{ digest: () => {} }, { signal: 1 }, { inner: { f() {} } }]) await assert.rejects(session.sign(given), { code: "invalid_argument" });
  await assert.rejects(session.revoke(throwing), { code: "invalid_argument" });
  for (const call of ["prove", "passkeys", "renamePasskey", "exportKey"]) await assert.rejects(session[call]({}), { code: "not_authorised" });
});

test("what says nothing of this page's wallet is no session", async (context) => {
  const channel = new BroadcastChannel(NAME);
  context.after(() => channel.close());
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const place = { held: { id: ID, name: NAME }, walletId: WALLET.walletId, records: { wallets: () => [WALLET] } };
  const reached = Elsewhere.reach(place);
  for (const state of [null, {}, { ...HELD, wallets: [{ ...WALLET, publicKey: "0x03" }] }, { ...HELD, wallets: [] }]) channel.postMessage({ kind: "state", state });
  await turn();
  context.mock.timers.tick(1_000);
  assert.equal(await reached, undefined);
});
