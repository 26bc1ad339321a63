// The loader: how the module is found and started, and what is said when it is not.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const MODULE = new URL("../dist/wasm/claimkit_bg.wasm", import.meta.url);

/** The page's entry with a state of its own: modules are kept by address. */
const fresh = (() => {
  let count = 0;
  return async () => {
    count += 1;
    return (await import(`../dist/module.js?${count}`)).start;
  };
})();

async function rejection(promise) {
  const error = await promise.then(
    () => assert.fail("it went through"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof Error);
  assert.equal(error.name, "ClaimkitError");
  assert.equal(error.retryable, false);
  return error;
}

const never = () => assert.fail("the fallback was asked");

test("callers share one start", async () => {
  const start = await fresh();
  let asked = 0;
  const source = () => {
    asked += 1;
    return readFile(MODULE);
  };
  const [first, second] = [start(undefined, source), start(undefined, source)];
  assert.equal(first, second);
  await first;
  await start(undefined, source);
  assert.equal(asked, 1);
});

test("a start that failed can be tried again", async () => {
  const start = await fresh();
  await rejection(start({ wasm: new Uint8Array(8) }, never));
  await start({ wasm: await readFile(MODULE) }, never);
});

for (const [name, wasm] of Object.entries({
  bytes: async () => readFile(MODULE),
  "an ArrayBuffer": async () => new Uint8Array(await readFile(MODULE)).buffer,
  "a module": async () => WebAssembly.compile(await readFile(MODULE)),
  "a Response": async () => new Response(await readFile(MODULE)),
  "a data: address": async () => new URL(`data:application/wasm;base64,${await readFile(MODULE, "base64")}`),
  "a promise": () => readFile(MODULE),
})) {
  test(`\`wasm\` may be ${name}`, async () => {
    const start = await fresh();
    await start({ wasm: name === "a promise" ? wasm() : await wasm() }, never);
  });
}

test("a page in the module's place names the way out", async () => {
  const start = await fresh();
  const page = new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
  const error = await rejection(start({ wasm: page }, never));
  assert.equal(error.code, "internal");
  assert.match(error.message, /no WebAssembly.*claimkit\/inline/);
});

test("a fallback without an address names the way out", async () => {
  const start = await fresh();
  const error = await rejection(start(undefined, () => new URL("./claimkit_bg.wasm", undefined)));
  assert.match(error.message, /could not be found.*esbuild.*claimkit\/inline/);
  assert.ok(error.cause instanceof TypeError);
});

test("a server is not told of a policy for pages", async () => {
  const start = await fresh();
  const error = await rejection(start({ wasm: (await readFile(MODULE)).subarray(0, 5_000) }, never));
  assert.doesNotMatch(error.message, /Content-Security-Policy/);
  assert.match(error.message, /workerd/);
});

test("a missing module names its status and the way out", async () => {
  const start = await fresh();
  const error = await rejection(start(undefined, () => new Response("", { status: 404 })));
  assert.match(error.message, /status 404.*claimkit\/inline/);
});

test("a module that can't be fetched keeps the cause", async () => {
  const start = await fresh();
  const error = await rejection(start({ wasm: "http://localhost:1/claimkit_bg.wasm" }, never));
  assert.ok(error.cause instanceof TypeError);
});

test("a damaged module keeps the cause", async () => {
  const start = await fresh();
  const error = await rejection(start({ wasm: (await readFile(MODULE)).subarray(0, 5_000) }, never));
  assert.ok(error.cause instanceof WebAssembly.CompileError);
});

test("another module is told apart", async () => {
  const start = await fresh();
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  assert.match((await rejection(start({ wasm: empty }, never))).message, /another one/);
});
