// The package's objects where others meddle with them: copies, wrappers, hardened environments.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bound, copied } from "../dist/facade.js";
import { connect } from "../dist/node.js";

// As where there is a browser: nothing here stores anything.
globalThis.indexedDB ??= {};

const ENTRY = new URL("../dist/node.js", import.meta.url).href;
const refused = { name: "ClaimkitError", code: "invalid_argument" };

test("a copy of an object is refused, before and after the object is freed", async () => {
  const kit = await connect({ cosigner: "https://copies.example.com" });
  const prototype = Object.getPrototypeOf(kit);
  const deep = Object.assign(Object.create(prototype), kit);
  const exact = Object.create(prototype, Object.getOwnPropertyDescriptors(kit));
  assert.throws(() => deep.publicKey, refused);
  assert.equal(exact.publicKey, kit.publicKey);
  kit.free();
  for (const one of [kit, deep, exact]) assert.throws(() => one.publicKey, refused);
  assert.throws(() => kit.free(), refused);
  assert.notEqual((await connect({ cosigner: "https://copies.example.com" })).publicKey, undefined);
});

test("objects work through a proxy, and are nothing that looks plain", async () => {
  const kit = await connect({ cosigner: "https://proxies.example.com" });
  const proxy = new Proxy(kit, {});
  assert.equal(proxy.publicKey, kit.publicKey);
  assert.equal(Object.prototype.toString.call(kit), "[object Kit]");
  class Thing {
    #secret = 7;
    get secret() {
      return this.#secret;
    }
    tell() {
      return this.secret;
    }
  }
  const thing = bound(new (class extends Thing {})(), "Thing");
  const { tell } = new Proxy(thing, {});
  assert.deepEqual([new Proxy(thing, {}).secret, tell(), String(thing)], [7, 7, "[object Thing]"]);
});

test("connecting again gives the page's kit, and its key, for the same co-signer", async () => {
  const options = { cosigner: "https://again.example.com" };
  const [one, other, third] = await Promise.all([connect(options), connect({ cosigner: "https://AGAIN.example.com:443/" }), connect(options)]);
  assert.ok(one === other && one === third);
  const key = "A".repeat(43);
  const pinned = await connect({ ...options, identity: { channelKey: key, receiptKey: key } });
  const elsewhere = await connect({ cosigner: "https://again.example.com/below" });
  assert.equal(new Set([one, pinned, elsewhere].map(({ publicKey }) => publicKey)).size, 3);
  one.free();
  const anew = await connect(options);
  assert.ok(anew !== one && anew.publicKey.length === 43);
  await assert.rejects(connect({ ...options, more: 1 }), refused);
  await assert.rejects(connect({ ...options, signal: AbortSignal.abort() }), { code: "cancelled" });
});

test("options are copied as they were, with bytes of shared memory", () => {
  const digest = new Uint8Array(new SharedArrayBuffer(32)).fill(7);
  const path = [0, 5];
  const options = copied({ digest, path, name: "n" });
  digest.fill(0);
  path[1] = 6;
  assert.deepEqual(options, { digest: new Uint8Array(32).fill(7), path: [0, 5], name: "n" });
  assert.ok(options.digest.buffer instanceof ArrayBuffer);
});

/** Runs a script in a process of its own, which may spoil what all scripts share. */
function alone(script) {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) });
}

test("a refusal is an error of the package where the prototype of errors is frozen", () => {
  const told = alone(`
    globalThis.indexedDB = {};
    Object.freeze(Error.prototype); Object.freeze(Object.prototype);
    const { connect, verifyReceipt } = await import(${JSON.stringify(ENTRY)});
    const say = ({ name, code, retryable, message }) => [name, code, retryable, typeof message].join();
    const kit = await connect({ cosigner: "https://a.example.com" });
    console.log(await verifyReceipt({ receipt: "none" }).catch(say));
    console.log(await kit.wallets({ signal: AbortSignal.abort("enough") }).catch((error) => say(error) + error.cause));
    console.log(await kit.wallets().catch(say));
    console.log(await connect({ worker: true, cosigner: "https://a.example.com" }).catch(say));
  `);
  assert.deepEqual(told.trim().split("\n"), [
    "ClaimkitError,invalid_argument,false,string",
    "ClaimkitError,cancelled,false,stringenough",
    "ClaimkitError,storage_unavailable,true,string",
    "ClaimkitError,invalid_argument,false,string",
  ]);
});

test("the module runs where every buffer says that it is not detached", () => {
  const told = alone(`
    globalThis.indexedDB = {};
    Object.defineProperty(ArrayBuffer.prototype, "detached", { get: () => false, configurable: true });
    const { connect, verifyReceipt } = await import(${JSON.stringify(ENTRY)});
    for (let round = 0; round < 40; round += 1) {
      const kit = await connect({ cosigner: "https://a.example.com/" + round });
      const error = await verifyReceipt({ receipt: "A".repeat(200_000) }).catch((error) => error);
      if (error.code !== "invalid_argument" || kit.publicKey.length !== 43) throw error;
    }
    console.log("done");
  `);
  assert.equal(told, "done\n");
});
