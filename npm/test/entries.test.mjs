// The entries: what each offers, and that nothing happens before a call.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

// What `connect` takes for a browser: its doors are tried here.
globalThis.indexedDB = {};

const CLIENT = ["connect", "init", "isClaimkitError", "verifyReceipt", "verifyRefusal"];

test("every entry for clients offers the same", async () => {
  for (const entry of ["index", "node", "inline", "react-native", "edge"]) {
    assert.deepEqual(Object.keys(await import(`../dist/${entry}.js`)).sort(), CLIENT, entry);
  }
});

test("every entry for servers offers the same", async () => {
  const { default: _, ...server } = await import("../dist/server.js");
  assert.deepEqual(Object.keys(await import("../dist/server-edge.js")).sort(), Object.keys(server).sort());
});

test("the entry for servers starts the module from its file", async () => {
  const { verifyReceipt, isClaimkitError } = await import("../dist/server.js");
  const error = await verifyReceipt({ receipt: "nothing" }).catch((thrown) => thrown);
  assert.ok(isClaimkitError(error));
  assert.equal(error.code, "invalid_argument");
});

test("a proof is checked by the entry for servers alone, without a network", async () => {
  const { verifyProof } = await import("../dist/server.js");
  const key = "A".repeat(43);
  const asked = { proof: "a.b.c", jwks: { keys: [] }, identity: { channelKey: key, receiptKey: key }, audience: "shop", nonce: "n1" };
  for (const [options, message] of [
    [asked, /proof's header/],
    [{ ...asked, proof: "nothing" }, /no JSON Web Token/],
    [{ ...asked, jwks: "{}" }, /no JSON Web Key Set/],
    [{ ...asked, jwks: undefined }, /`jwks`/],
    [{ ...asked, identity: undefined }, /`identity`/],
    [{ ...asked, nonce: "a blank" }, /nonce/],
    [{ ...asked, signal: undefined, more: 1 }, /knows no option/],
  ])
    await assert.rejects(verifyProof(options), { name: "ClaimkitError", code: "invalid_argument", message });
});

test("a page's entry refuses to connect where there is no browser", async () => {
  const { connect } = await import("../dist/node.js");
  const { indexedDB } = globalThis;
  delete globalThis.indexedDB;
  const refused = connect({ cosigner: "https://cosigner.example.com" });
  globalThis.indexedDB = indexedDB;
  await assert.rejects(refused, { name: "ClaimkitError", code: "passkey_unsupported", message: /needs a browser.*claimkit\/server/ });
});

test("a kit has its key as soon as it is connected", async () => {
  const { connect } = await import("../dist/node.js");
  const kit = await connect({ cosigner: "https://cosigner.example.com" });
  assert.match(kit.publicKey, /^[\w-]{43}$/);
});

test("the module inside the JavaScript is the file", async () => {
  const { bytes } = await import("../dist/bytes.js");
  assert.ok(Buffer.from(bytes()).equals(await readFile(new URL("../dist/wasm/claimkit_bg.wasm", import.meta.url))));
});

test("React Native is told why not", async () => {
  const { connect, init } = await import("../dist/react-native.js");
  for (const call of [connect({ cosigner: "https://cosigner.example.com" }), init()]) {
    await assert.rejects(call, { name: "ClaimkitError", code: "passkey_unsupported", message: /React Native/ });
  }
});

test("only claimkit's errors pass for them", async () => {
  const { isClaimkitError } = await import("../dist/index.js");
  const ours = Object.assign(new Error("no"), { name: "ClaimkitError", code: "internal" });
  assert.deepEqual([ours, new Error("no"), { name: "ClaimkitError" }, undefined].map(isClaimkitError), [true, false, false, false]);
});

test("an address that is neither https nor this machine is refused", async () => {
  const { connect } = await import("../dist/node.js");
  const refused = ["http://cosigner.example.com", "ftp://localhost", "nothing", "https://user@example.com", "https://example.com/?a=b", "", 5, undefined];
  for (const cosigner of refused) {
    await assert.rejects(connect({ cosigner }), { name: "ClaimkitError", code: "invalid_argument", message: /`cosigner`/ });
  }
  for (const cosigner of ["https://cosigner.example.com/", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080/below"]) {
    await connect({ cosigner });
  }
});

test("options are refused in words, and nothing secret is repeated", async () => {
  const { connect } = await import("../dist/node.js");
  const cosigner = "https://cosigner.example.com";
  const kit = await connect({ cosigner });
  const throwing = {
    get share() {
      throw new Error("not yet");
    },
  };
  for (const [call, message] of [
    [() => connect(), /`cosigner`/],
    [() => connect(null), /object of options/],
    [() => connect({ cosigner, cosinger: cosigner }), /knows no option `cosinger`/],
    [() => connect({ cosigner, "ada@example.com": 1 }), /knows no option of that name/],
    [() => connect({ cosigner, identity: {} }), /`channelKey`/],
    [() => connect({ cosigner, identity: { channelKey: "AAAA", receiptKey: "AAAA" } }), /32 bytes/],
    [() => connect({ cosigner, signal: new EventTarget() }), /AbortSignal/],
    [() => connect({ cosigner, signal: Object.create(AbortSignal.prototype) }), /AbortSignal/],
    [() => kit.load("a share"), /object of options/],
    [() => kit.load([]), /`share`/],
    [() => kit.load({ share: 7 }), /`share` must be a string/],
    [() => kit.load(throwing), /`share`/],
    [() => kit.load({ shares: "a share" }), /array of strings/],
    [() => kit.load({ shares: ["a", 1] }), /array of strings/],
    [() => kit.load({ share: "a", shares: ["b"] }), /`share`/],
    [() => kit.wallets({ sginal: 1 }), /knows no option `sginal`/],
  ]) {
    const error = await call().catch((thrown) => thrown);
    assert.equal(error.code, "invalid_argument", call.toString());
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /ada@|a share/);
  }
  await assert.rejects(kit.load({ share: "c2VjcmV0LXNlY3JldA" }), { code: "share_invalid", message: /^(?!.*c2Vj)/ });
});

test("a worker is for pages", async () => {
  const cosigner = "https://cosigner.example.com";
  const { connect } = await import("../dist/node.js");
  for (const worker of [true, {}, 1]) await assert.rejects(connect({ cosigner, worker }), { name: "ClaimkitError", code: "invalid_argument", message: /worker/ });
  await connect({ cosigner, worker: undefined });
  assert.deepEqual(Object.keys(await import("../dist/worker.js")), []);
});

test("a signal that has fired ends a call, its reason the cause", async () => {
  const { connect } = await import("../dist/node.js");
  const reason = { mine: true };
  const error = await connect({ cosigner: "https://cosigner.example.com", signal: AbortSignal.abort(reason) }).catch((thrown) => thrown);
  assert.deepEqual([error.code, error.cause], ["cancelled", reason]);
});
