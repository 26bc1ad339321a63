// The package's objects as frameworks have them: wrapped in proxies, frozen, copied.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isSignatureOf } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const VUE = readFileSync(fileURLToPath(new URL("../node_modules/@vue/reactivity/dist/reactivity.global.prod.js", import.meta.url)), "utf8");

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** A proxy around everything that comes out of it, as some frameworks make it of whatever they are given. */
function wrapper() {
  const isThing = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
  const wrap = (value) => (isThing(value) ? new Proxy(value, { get: (target, name, receiver) => Reflect.get(target, name, receiver) }) : value);
  return { reactive: wrap };
}

/** Does with wrapped objects what a page does. Runs in the page. */
async function use({ handOff, passkey }) {
  const { reactive } = window.wrapping;
  const state = reactive({ kit: reactive(window.kit) });
  if (handOff) {
    const claim = reactive(await state.kit.load({ share: handOff.share }));
    const finished = reactive(await claim.finish({ proof: { ticket: handOff.ticket }, passkey }));
    state.session = reactive(finished.session);
  } else {
    const [wallet] = await state.kit.wallets();
    state.wallet = reactive(wallet);
    state.session = reactive(await state.wallet.unlock());
  }
  const { session } = state;
  const told = [];
  session.addEventListener("locked", ({ detail }) => told.push(detail.reason));
  const { address, locked, type, publicKey, wallets, sessionId } = session;
  const { bytes } = await session.sign({ digest: new Uint8Array(32).fill(7) });
  return { address, locked, type, publicKey, wallets: wallets.length, sessionId, bytes: Array.from(bytes), told };
}

for (const [name, prepare] of Object.entries({ "Vue's proxies": VUE, "any proxies": `window.wrapping = (${wrapper})();` })) {
  test(`${name}: the page that unlocked, and another, sign and tell their properties`, async () => {
    const prepared = await stage.prepare();
    const one = await stage.openPage();
    const other = await stage.openPage({ beside: one });
    for (const { page } of [one, other]) {
      await page.evaluate(prepare);
      await page.evaluate(() => void (window.wrapping ??= window.VueReactivity ?? globalThis.VueReactivity));
    }
    await one.page.bringToFront();
    const handOff = stage.server.sealFor({ share: prepared.share, to: one.publicKey });
    const seen = [await one.run(use, { handOff, passkey: { name: "tests" } }), await other.run(use, {})];
    for (const { bytes, ...told } of seen) {
      await isSignatureOf(prepared.wallet, bytes);
      assert.deepEqual(told, { ...told, address: prepared.wallet.address, publicKey: prepared.wallet.publicKey, locked: false, type: "EVM", wallets: 1, told: [] });
    }
    assert.equal(seen[0].sessionId, seen[1].sessionId);
    await one.close();
  });
}

test("a call on a copy of an object is refused, whether the object is there or freed", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const codes = await client.run(async () => {
    const codes = [];
    const attempt = async (work) => {
      try {
        await work();
        codes.push("went through");
      } catch (error) {
        codes.push(error.name === "ClaimkitError" ? error.code : `${error.name}: ${error.message}`);
      }
    };
    const [wallet] = await window.kit.wallets();
    const deep = Object.assign(Object.create(Object.getPrototypeOf(wallet)), wallet);
    await attempt(() => deep.start());
    const exact = Object.create(Object.getPrototypeOf(wallet), Object.getOwnPropertyDescriptors(wallet));
    wallet.free();
    for (const one of [wallet, deep, exact]) await attempt(() => one.start());
    return codes;
  });
  assert.deepEqual(codes, Array(4).fill("invalid_argument"));
  await client.close();
});
