// The module in a worker: what its page has of it, and what becomes of the page if the worker is missing, forbidden, silent or dead.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isHandedOver, isSignatureOf } from "../harness/ownership.mjs";
import { keepCredentials, openShares, readStorage, remains, whereIs, wrappingKeys } from "../harness/residue.mjs";
import { Client, refusedWith, Stage } from "../harness/stage.mjs";

Client.inWorker = true;
let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

/** A page with a claimed wallet, open in `window.session`. */
async function unlocked(options) {
  const prepared = await stage.prepare();
  const client = await stage.openPage(options);
  await client.claim(handOff(prepared, client));
  await unlock(client);
  return { client, prepared };
}

const unlock = (client) =>
  client.run(async () => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock();
    window.told = [];
    for (const name of ["expiring", "expired", "locked"])
      window.session.addEventListener(name, ({ type, detail }) => window.told.push([type, detail.reason ?? null]));
  });

const sign = (client) => client.run(async () => Array.from((await window.session.sign({ digest: new Uint8Array(32).fill(7) })).bytes));

/** Opens an empty page of the origin under a policy, before anything is connected in it. */
async function under(client, policy) {
  const address = `${stage.backEnd.url}/under-policy`;
  const headers = { "content-type": "text/html", "content-security-policy": policy };
  await client.page.route(address, (route) => route.fulfill({ headers, body: "<!doctype html><title>Under a policy</title>" }));
  return address;
}

/** Connects with a Worker that the page makes, in `window.worker`; a session that there is is locked, or it would serve this one. */
const connectWith = (client, address) =>
  client.run(
    async ({ options, address }) => {
      await window.session?.lock();
      const { connect } = await import("/packages/claimkit");
      window.worker = new Worker(address, { type: "module" });
      window.kit = await connect({ ...options, worker: window.worker });
    },
    { options: client.options, address },
  );

const OURS = "/packages/claimkit:worker";

test("the page runs no module, and no byte of its passkey's output is left in it", async () => {
  const { client } = await unlocked({
    prepare: `(${keepCredentials})(); (${() => {
      window.instances = 0;
      for (const name of ["instantiate", "instantiateStreaming", "Instance", "Memory"]) {
        const real = WebAssembly[name];
        WebAssembly[name] = function (...given) {
          window.instances += 1;
          return new.target ? new real(...given) : real.apply(WebAssembly, given);
        };
      }
    }})()`,
  });
  await sign(client);
  const [instances, outputs, json] = await client.run(() => {
    const outputs = window.handedOut.map((credential) => credential.getClientExtensionResults().prf?.results?.first).filter(Boolean);
    return [window.instances, outputs.map(({ byteLength, detached }) => ({ byteLength, detached })), JSON.stringify(window.handedOut)];
  });
  assert.equal(instances, 0);
  assert.notEqual(outputs.length, 0);
  for (const output of outputs) assert.deepEqual(output, { byteLength: 0, detached: true });
  // How a browser writes a detached buffer is its own affair: the bytes are looked for, in that and in all else that the page has.
  const places = { json: [Buffer.from(json)], ...(await remains(client)) };
  assert.deepEqual(whereIs(places, (await wrappingKeys(client)).output), []);
  await client.close();
});

test("no secret crosses to the page, from the claim on", async () => {
  const { client } = await unlocked({
    prepare: `(${keepCredentials})(); (${() => {
      window.heard = [];
      const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
      const written = (_, value) => (value instanceof ArrayBuffer ? Array.from(new Uint8Array(value)) : ArrayBuffer.isView(value) ? Array.from(value) : value);
      Object.defineProperty(MessagePort.prototype, "onmessage", {
        get,
        set(listener) {
          set.call(this, (event) => (window.heard.push(JSON.stringify(event.data, written)), listener.call(this, event)));
        },
      });
    }})()`,
  });
  await sign(client);
  await client.run(() => window.session.rotate());
  await refusedWith(client.run(() => window.session.exportKey()), "not_authorised");
  const heard = await client.run(() => window.heard);
  assert.ok(heard.some((message) => message.includes('"news"')) && heard.some((message) => message.includes('"done"')));
  const stored = (await client.run(readStorage)).map((chunk) => Buffer.from(chunk));
  const keys = await wrappingKeys(client);
  for (const secret of [...openShares(stored, keys), keys.output, keys.share, keys.opener, keys.pairing])
    assert.deepEqual(whereIs({ heard: heard.map((message) => Buffer.from(message)) }, secret), []);
  await client.close();
});

test("a strict policy is enough, and one that forbids the worker is named", async () => {
  const { client, prepared } = await unlocked();
  const strict = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ${stage.line.url}`;
  await client.connect(await under(client, strict));
  await isHandedOver(stage, client, prepared);
  await client.page.unroute("**/under-policy");
  const error = await refusedWith(client.connect(await under(client, `${strict.replace("worker-src 'self'", "worker-src 'none'")}`)), "internal");
  assert.match(error.message, /worker-src/);
  await client.close();
});

test("where Trusted Types forbid making a worker, the page gives one", async () => {
  const { client, prepared } = await unlocked();
  const policy = "require-trusted-types-for 'script'; trusted-types page";
  const error = await refusedWith(client.connect(await under(client, policy)), "internal");
  assert.match(error.message, /Trusted Types.*claimkit\/worker/);
  await client.run(
    async ({ options, address }) => {
      const { connect } = await import("/packages/claimkit");
      const policy = window.trustedTypes.createPolicy("page", { createScriptURL: (address) => address });
      window.kit = await connect({ ...options, worker: new Worker(policy.createScriptURL(address), { type: "module" }) });
    },
    { options: client.options, address: OURS },
  );
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a worker that dies ends its sessions, and rejects what waits and what comes after; another one goes on", async () => {
  const { client, prepared } = await unlocked();
  await connectWith(client, OURS);
  await unlock(client);
  const reached = stage.line.stop({ path: "/v1/sign", when: "before" });
  const waiting = refusedWith(sign(client), "internal");
  await reached;
  await client.run(() => window.worker.terminate());
  assert.match((await waiting).message, /gone.*connect again/);
  assert.deepEqual(await client.run(() => [window.told, window.session.locked]), [[["locked", "left"]], true]);
  await client.run(() => window.session.lock());
  for (const call of [() => window.session.unlock(), () => window.kit.wallets()]) await refusedWith(client.run(call), "internal");
  stage.line.mend();
  await connectWith(client, OURS);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a prompt of a worker that dies is ended", async () => {
  const { client } = await unlocked();
  await connectWith(client, OURS);
  await client.run(() => {
    CredentialsContainer.prototype.get = ({ signal }) =>
      new Promise((_, reject) => (window.asked = true) && signal.addEventListener("abort", () => ((window.ended = true), reject(signal.reason))));
  });
  const waiting = refusedWith(unlock(client), "internal");
  await client.page.waitForFunction(() => window.asked);
  await client.run(() => window.worker.terminate());
  await waiting;
  await client.page.waitForFunction(() => window.ended);
  await client.close();
});

test("a worker that can't be loaded, is another, or says nothing is refused in words", async () => {
  const client = await stage.openPage();
  assert.match((await refusedWith(connectWith(client, "/nowhere.mjs"), "internal")).message, /could not be loaded/);
  await client.page.clock.install();
  const silent = refusedWith(connectWith(client, "/words.mjs"), "internal");
  // As soon as it waits for the worker, its time is up.
  let isOver = false;
  void silent.finally(() => (isOver = true));
  while (!isOver) await client.page.clock.fastForward(31_000);
  assert.match((await silent).message, /claimkit\/worker/);
  for (const worker of [1, "yes", {}, []])
    await refusedWith(
      client.run(async ({ options, worker }) => (await import("/packages/claimkit")).connect({ ...options, worker }), { options: client.options, worker }),
      "invalid_argument",
    );
  await client.close();
});

test("a worker answers for what its own port was given, and to calls of the list", async () => {
  const { client, prepared } = await unlocked();
  const codes = await client.run(
    async ({ address }) => {
      const worker = new Worker(address, { type: "module" });
      const { port1, port2 } = new MessageChannel();
      worker.postMessage("nothing for it");
      worker.postMessage({ claimkit: "worker/v0" }, [new MessageChannel().port2]);
      worker.postMessage({ claimkit: "worker/v1", alive: "tests" }, [port2]);
      for (const nonsense of [null, 5, "ask", {}, { kind: "ask" }, { kind: "done", id: 1 }, { kind: "abort", id: "x" }]) port1.postMessage(nonsense);
      const given = [{ value: {}, functions: [], signals: [] }];
      const asked = [
        { to: 1, call: "sign", given },
        { to: 1, call: "free", given },
        { to: "worker", call: "constructor", given },
        { to: "function", call: "1", given },
        { to: "credentials", call: "get", given },
        { to: "worker", call: "connect", given: "all" },
        { to: "worker", call: "connect", given: [1] },
        { to: "worker", call: "connect" },
      ];
      const answers = new Promise((resolve) => {
        const codes = {};
        port1.onmessage = ({ data }) => {
          if (data.id !== undefined && data.id in asked) codes[data.id] = data.error?.code ?? data.kind;
          if (Object.keys(codes).length === asked.length) resolve(Object.values(codes));
        };
      });
      for (const [id, one] of asked.entries()) port1.postMessage({ kind: "ask", id, ...one });
      return answers;
    },
    { address: OURS },
  );
  assert.deepEqual(new Set(codes), new Set(["invalid_argument"]), codes.join());
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("what is freed is gone in the worker too", async () => {
  const { client } = await unlocked();
  const held = () => client.run(async () => (await navigator.locks.query()).held.filter(({ name }) => name.startsWith("claimkit/session/")).length);
  assert.equal(await held(), 1);
  await client.run(() => window.session.free());
  await refusedWith(sign(client), "invalid_argument");
  await client.page.waitForFunction(async () => !(await navigator.locks.query()).held.some(({ name }) => name.startsWith("claimkit/session/")));
  await client.close();
});

test("functions and signals among the options cross: what a listener throws is the page's own fault", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const faults = [];
  client.page.on("pageerror", ({ message }) => faults.push(message));
  await client.run(async ({ share, ticket }) => {
    const claim = await window.kit.load({ share });
    const onProgress = ({ phase }) => {
      if (phase === "seal") throw new Error("the listener's own");
      return document;
    };
    await claim.finish({ proof: { ticket }, passkey: { name: "tests" }, onProgress });
  }, handOff(prepared, client));
  assert.deepEqual(new Set(faults), new Set(["the listener's own"]));
  const error = await refusedWith(
    client.run(async ({ options }) => (await import("/packages/claimkit")).connect({ ...options, signal: AbortSignal.abort("the test says so") }), { options: client.options }),
    "cancelled",
  );
  assert.equal(error.cause, "the test says so");
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a page with a worker and one without serve each other", async () => {
  const { client, prepared } = await unlocked();
  const other = await stage.openPage({ beside: client });
  await other.run(async ({ cosigner }) => {
    const { connect } = await import("/packages/claimkit");
    const kit = await connect({ cosigner });
    const [wallet] = await kit.wallets();
    window.session = await wallet.unlock();
  }, other.options);
  await isSignatureOf(prepared.wallet, await sign(other));
  await other.run(() => window.session.lock());
  await client.page.waitForFunction(() => window.session.locked);
  await client.close();
});

test("a claim whose worker dies is ended well by the next one, and a browser that was wiped gets its wallets back", async () => {
  for (const path of ["/v1/claim/prepare", "/v1/claim/commit"]) {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    await connectWith(client, OURS);
    client.publicKey = await client.run(() => window.kit.publicKey);
    const reached = stage.line.stop({ path, when: "after" });
    const claiming = refusedWith(client.claim(handOff(prepared, client)), "internal");
    await reached;
    await client.run(() => window.worker.terminate());
    await claiming;
    stage.line.mend();
    await client.connect();
    const { finished, busy } = await client.resume();
    assert.deepEqual([finished.length, busy.length], [path.endsWith("commit") ? 1 : 0, 0]);
    if (finished.length === 0) await client.claim(handOff(prepared, client));
    await client.wipe();
    assert.deepEqual((await client.restore()).map(({ walletId }) => walletId), [prepared.wallet.walletId]);
    await isHandedOver(stage, client, prepared);
    await client.close();
  }
});
