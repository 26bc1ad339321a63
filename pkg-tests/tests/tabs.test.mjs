// Several pages of an origin: one unlock serves them all, one lock ends them all, and no secret goes from one to another.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isSignatureOf } from "../harness/ownership.mjs";
import { keepCredentials, openShares, readStorage, remains, whereIs, wrappingKeys } from "../harness/residue.mjs";
import { Client, refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** Keeps everything that the page says to others. Runs where the module is. */
function record() {
  globalThis.said = [];
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (message) {
    globalThis.said.push(JSON.stringify(message, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value)));
    return postMessage.call(this, message);
  };
}

/** A page with a claimed wallet, open in `window.session`, and another page of its browser, whose authenticator has no passkey. */
async function twoPages() {
  const prepared = await stage.prepare();
  const one = await stage.openPage({ prepare: keepCredentials });
  await one.inside(record);
  await one.bePatient();
  await one.claim(stage.server.sealFor({ share: prepared.share, to: one.publicKey }));
  await unlock(one);
  const other = await stage.openPage({ prepare: keepCredentials, beside: one });
  await other.inside(record);
  await other.bePatient();
  stage.line.mend();
  return { one, other, wallet: prepared.wallet };
}

const unlock = (client, options = {}) =>
  client.run(async (options) => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock(options);
    window.told = [];
    for (const name of ["expiring", "expired", "locked"])
      window.session.addEventListener(name, ({ type, detail }) => window.told.push([type, detail?.reason ?? null]));
  }, options);

const sign = (client) =>
  client.run(async () => Array.from((await window.session.sign({ digest: new Uint8Array(32).fill(7) })).bytes));

/** Waits until the page was told something. */
async function told(client, expected) {
  await client.page.waitForFunction(() => window.told.length > 0);
  assert.deepEqual(await client.run(() => window.told), [expected]);
  assert.equal(await client.run(() => window.session.locked), true);
  await refusedWith(sign(client), "session_expired");
}

test("one unlock serves every page, without a prompt or a request, and pages sign at once", async () => {
  const { one, other, wallet } = await twoPages();
  await unlock(other);
  assert.deepEqual(stage.line.paths, []);
  const seen = ({ session }) => {
    const { address, walletId, type, scheme, publicKey, wallets, expiresAt, clockSkew, refreshesLeft, sessionId, locked } = session;
    return { address, walletId, type, scheme, publicKey, wallets, expiresAt, clockSkew, refreshesLeft, sessionId, locked };
  };
  const look = `() => (${seen})(window)`;
  assert.deepEqual(await other.run(look), await one.run(look));
  const signatures = await Promise.all([one, other, one, other].map(sign));
  for (const bytes of signatures) await isSignatureOf(wallet, bytes);
  assert.equal(stage.line.paths.filter((path) => path === "/v1/sign").length, 4);
  const [left, listed] = await other.run(async () => {
    await window.session.refresh();
    return [window.session.refreshesLeft, await window.session.sessions()];
  });
  assert.equal(await one.run(() => window.session.refreshesLeft), left);
  assert.deepEqual(listed.map(({ current }) => current), [true]);
  await one.close();
});

test("a lock in either page locks both, and so does the end of the session's time", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  await other.run(() => window.session.lock());
  await told(other, ["locked", "asked"]);
  await told(one, ["locked", "asked"]);

  await unlock(one);
  await unlock(other);
  await one.run(() => window.session.lock());
  await told(other, ["locked", "asked"]);

  await unlock(one);
  await unlock(other);
  await other.run(() => window.session.lockEverywhere());
  await told(other, ["locked", "everywhere"]);
  await told(one, ["locked", "everywhere"]);

  await unlock(one);
  await unlock(other);
  await one.passTime(13 * 3_600_000);
  await told(other, ["expired", null]);
  await one.close();
});

test("where the page that unlocked is left, or dies, the others' session ends", async () => {
  for (const leave of [(one) => one.page.close(), (one) => one.page.goto("about:blank"), crash]) {
    const { one, other } = await twoPages();
    await unlock(other);
    const context = one.page.context();
    await leave(one);
    await told(other, ["locked", "left"]);
    await context.close();
  }
});

/** Kills a page's process, so that it says no last word. */
async function crash({ page }) {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  session.send("Page.crash").catch(() => undefined);
  await crashed;
}

test("nothing that crosses is a secret, and the other page's memory holds none", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  await sign(other);
  await other.run(() => window.session.refresh());
  await refusedWith(other.run(() => window.session.exportKey()), "not_authorised");
  const others = await remains(other);
  await other.run(() => window.session.lock());
  const said = (await Promise.all([one, other].map((client) => client.inside(() => globalThis.said)))).flat();
  assert.ok(said.some((message) => message.includes('"ask"')) && said.some((message) => message.includes('"done"')));
  await one.page.bringToFront();
  const stored = (await one.run(readStorage)).map((chunk) => Buffer.from(chunk));
  const keys = await wrappingKeys(one);
  const [share] = openShares(stored, keys);
  const crossed = { said: said.map((message) => Buffer.from(message)) };
  for (const secret of [share, keys.output, keys.share, keys.opener, keys.pairing]) {
    assert.deepEqual(whereIs(crossed, secret), []);
    assert.deepEqual(whereIs(others, secret), []);
  }
  await one.close();
});

test("whoever asks on the channel gets what a session gives other pages, and no more; another origin hears nothing", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  const { sessionId } = await other.run(() => ({ sessionId: window.session.sessionId }));
  const stranger = await one.page.context().newPage();
  await stranger.goto(stage.line.url);
  assert.notEqual(await stranger.evaluate(() => location.origin), await one.page.evaluate(() => location.origin));
  const listen = (sessionId) => {
    window.heard = [];
    window.channel = new BroadcastChannel(`claimkit/session/${sessionId}`);
    window.channel.onmessage = ({ data }) => window.heard.push(data);
    for (const call of ["exportKey", "unlock", "free", "constructor"]) window.channel.postMessage({ kind: "ask", id: call, call, options: {} });
    window.channel.postMessage({ kind: "hello" });
  };
  await stranger.evaluate(listen, sessionId);
  await other.run(listen, sessionId);
  await sign(other);
  await other.page.waitForFunction(() => window.heard.some(({ kind }) => kind === "done"));
  const heard = await other.run(() => window.heard);
  const failed = heard.filter(({ kind }) => kind === "failed");
  assert.deepEqual(failed.map(({ id, error }) => [id, error.code]), ["exportKey", "unlock", "free", "constructor"].map((call) => [call, "invalid_argument"]));
  assert.deepEqual(await stranger.evaluate(() => window.heard), []);
  await one.close();
});

test("a call of another page is cancelled by its signal, and refused like the session's own", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  const reached = stage.line.stop({ path: "/v1/sign", when: "before" });
  const cancelled = other.run(async () => {
    window.stop = new AbortController();
    await window.session.sign({ digest: new Uint8Array(32), signal: window.stop.signal });
  });
  const refused = refusedWith(cancelled, "cancelled");
  await reached;
  await other.run(() => window.stop.abort());
  await refused;
  stage.line.mend();
  await refusedWith(other.run(() => window.session.sign({ digest: new Uint8Array(31) })), "invalid_argument");
  await refusedWith(other.run(() => window.session.sign({ digest: new Uint8Array(32), walletId: "A".repeat(22) })), "wallet_not_found");
  await sign(other);
  await one.close();
});

test("what the page that unlocked rotates, the others sign with; they ask for none themselves", async () => {
  const { one, other, wallet } = await twoPages();
  await unlock(other);
  const epochs = (page) => page.run(() => window.session.wallets.map(({ epoch }) => epoch));
  // The person is asked in the page that they look at: this one has no passkey of theirs.
  await refusedWith(other.run(() => window.session.rotate()), "passkey_cancelled");
  const before = await epochs(other);
  await one.page.bringToFront();
  await one.run(() => window.session.rotate());
  for (const bytes of await Promise.all([one, other].map(sign))) await isSignatureOf(wallet, bytes);
  assert.deepEqual(await epochs(other), before.map((epoch) => epoch + 1));
  await one.close();
});

test("a page comes back by one prompt of its own", async () => {
  const prepared = await stage.prepare();
  const page = await stage.openPage();
  await page.claim(stage.server.sealFor({ share: prepared.share, to: page.publicKey }));
  // An empty frame has the origin and the authenticator of the page around it, and a module of its own.
  await page.run(() => void document.body.append(document.createElement("iframe")));
  const inner = new Client(page.page.frames().at(-1), page.authenticator, stage.line.url);
  await inner.run(
    async ({ options, from }) => {
      const { connect } = await import(from);
      window.kit = await connect(options);
    },
    { options: page.options, from: `${stage.backEnd.url}/packages/claimkit` },
  );
  await unlock(inner);
  await unlock(page);
  assert.equal(await page.run(() => window.session.sessionId), await inner.run(() => window.session.sessionId));
  await page.run(() => document.querySelector("iframe").remove());
  await told(page, ["locked", "left"]);
  await page.run(() => window.session.unlock());
  assert.equal(await page.run(() => window.session.locked), false);
  await isSignatureOf(prepared.wallet, await sign(page));
  await page.close();
});

/** Stops everything that a page runs, as a browser that suspends it; gives what lets it go on, a minute later by its clock. */
async function suspend({ page }) {
  const session = await page.context().newCDPSession(page);
  await session.send("Debugger.enable");
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
  session.send("Runtime.evaluate", { expression: "debugger" }).catch(() => undefined);
  const { callFrames } = await paused;
  return async () => {
    const expression = "{ const { now } = Date; Date.now = () => now() + 60_000; }";
    await session.send("Debugger.evaluateOnCallFrame", { callFrameId: callFrames[0].callFrameId, expression });
    await session.send("Debugger.resume");
    await session.detach();
  };
}

/** Blocks a page, which hears afterwards what is said meanwhile; gives what lets it go on, a minute later by its clock. */
async function block({ page }) {
  const opened = page.waitForEvent("dialog");
  const over = page.evaluate(() => {
    alert("blocked");
    const { now } = Date;
    Date.now = () => now() + 60_000;
  });
  const dialog = await opened;
  return async () => {
    await dialog.accept();
    await over;
  };
}

/** Has timers of so many milliseconds be due at once. */
const hurry = (client, milliseconds) =>
  client.inside((milliseconds) => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (work, after, ...given) => setTimeout(work, after === milliseconds ? 0 : after, ...given);
  }, milliseconds);

// In a worker the page may be stopped as it likes: its worker answers.
if (!Client.inWorker) {
  test("a suspended page is left, and signs nothing later that was asked of it meanwhile", async () => {
    const { one, other } = await twoPages();
    await unlock(other);
    await sign(other);
    const resume = await suspend(one);
    await hurry(other, 3_000);
    const before = stage.line.paths.length;
    await refusedWith(sign(other), "session_expired");
    await told(other, ["locked", "left"]);
    for (const call of ["refresh", "sessions", "lockEverywhere"])
      await refusedWith(other.run((call) => window.session[call](), call), "session_expired");
    // It asks its own person, who has no passkey here.
    await refusedWith(other.run(() => window.session.unlock()), "passkey_cancelled");
    await resume();
    await one.page.bringToFront();
    await sign(one);
    assert.equal(stage.line.paths.slice(before).filter((path) => path === "/v1/sign").length, 1);
    await one.close();
  });

  test("a suspended page that is told to lock locks when it wakes", async () => {
    const { one, other } = await twoPages();
    await unlock(other);
    const resume = await block(one);
    await hurry(other, 3_000);
    await other.run(() => window.session.lock());
    await resume();
    await one.page.bringToFront();
    await told(one, ["locked", "asked"]);
    await one.close();
  });

  test("a page that answers for ever, and never what it is asked, is waited for no longer than a time", async () => {
    const { one, other } = await twoPages();
    await unlock(other);
    stage.line.stop({ path: "/v1/sign", when: "before" });
    await hurry(other, 240_000);
    await refusedWith(sign(other), "co_signer_unreachable");
    stage.line.mend();
    await one.close();
  });
}

test("bytes of shared memory are signed in whatever page they are given", async () => {
  const { one, other, wallet } = await twoPages();
  await unlock(other);
  for (const client of [one, other]) {
    const bytes = await client.run(async () => {
      const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const digest = new Uint8Array(buffer, 64, 32).fill(7);
      return Array.from((await window.session.sign({ digest })).bytes);
    });
    await isSignatureOf(wallet, bytes);
  }
  await one.close();
});

test("another wallet of the passkey signs with its own key where none is named", async () => {
  const claimantId = stage.someone();
  const [first, second] = [await stage.prepare(claimantId, "EVM"), await stage.prepare(claimantId, "COSMOS")];
  const one = await stage.openPage();
  await one.claim(stage.server.sealFor({ shares: [first.share, second.share], to: one.publicKey }));
  const other = await stage.openPage({ beside: one });
  for (const [client, { wallet }] of [[one, first], [other, second]]) {
    await client.page.bringToFront();
    const bytes = await client.run(async (walletId) => {
      const wallet = (await window.kit.wallets()).find((held) => held.walletId === walletId);
      window.session = await wallet.unlock();
      return Array.from((await window.session.sign({ digest: new Uint8Array(32).fill(7), walletId: undefined })).bytes);
    }, wallet.walletId);
    await isSignatureOf(wallet, bytes);
  }
  assert.equal(await one.run(() => window.session.sessionId), await other.run(() => window.session.sessionId));
  await one.close();
});

test("a page that unlocks by itself asks its own person, whatever another has open", async () => {
  const { one, other } = await twoPages();
  await refusedWith(unlock(other, { here: true }), "passkey_cancelled");
  await refusedWith(unlock(other, { here: 1 }), "invalid_argument");
  await refusedWith(unlock(other, { hiddenLock: 0 }), "invalid_argument");
  await unlock(other, { here: false });
  await sign(other);
  await one.close();
});

test("an unlock that ends other sessions asks its own person, and ends those that other pages use", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  await refusedWith(unlock(other, { endOtherSessions: true }), "passkey_cancelled");
  await refusedWith(unlock(other, { endOtherSessions: 1 }), "invalid_argument");
  await refusedWith(unlock(other, { endOtherSessions: null }), "invalid_argument");
  await sign(other);
  await one.run(async () => {
    const [wallet] = await window.kit.wallets();
    window.last = await wallet.unlock({ endOtherSessions: true });
  });
  await refusedWith(sign(other), "session_expired");
  await refusedWith(sign(one), "session_expired");
  const [listed, ...others] = await one.run(() => window.last.sessions());
  assert.deepEqual([listed.current, others], [true, []]);
  await one.close();
});

test("what only this page's own session may say is refused until it unlocks", async () => {
  const { one, other } = await twoPages();
  await unlock(other);
  const { message } = await refusedWith(other.run(() => window.session.prove({ audience: "https://a.example", nonce: "n" })), "not_authorised");
  assert.match(message, /session\.unlock\(\)/);
  await refusedWith(other.run(() => window.session.passkeys()), "not_authorised");
  await refusedWith(other.run(() => window.session.renamePasskey({ passkeyId: "AA", name: "n" })), "not_authorised");
  await one.close();
});
