// The demo's page shows its back end that the wallets are the person's, who takes each proof once and nobody else's.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const open = (more) => Demo.open({ browser: stage.browser, url: stage.backEnd.url, ...more });

/** A page whose wallets are claimed and unlocked. */
async function unlocked(more) {
  const demo = await open(more);
  await demo.arriveAsSomeoneNew();
  await demo.claim();
  return demo;
}

/** What the back end answers to proofs by the package itself, as another page would make them: the code of its refusal, and its words. */
const show = (demo, changed = {}) =>
  demo.page.evaluate(async (changed) => {
    const [{ connect }, app] = await Promise.all([import("/packages/claimkit"), import("/back-end.mjs")]);
    const { cosigner, wallets } = await app.me();
    const kit = await connect({ cosigner });
    const [held] = (await kit.wallets()).filter(({ walletId }) => wallets.some((wallet) => wallet.walletId === walletId));
    window.session ??= await held.unlock();
    const drawn = await app.drawNonce();
    const proof = changed.proof ?? (await window.session.prove({ ...drawn, ...changed }));
    return app.showProofs([proof]).then(
      ({ wallets }) => ({ proof, wallets }),
      ({ code, message }) => ({ proof, code, message }),
    );
  }, changed);

const asked = (demo, path, body) =>
  demo.page.evaluate(
    async ({ path, body }) => {
      const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      return { status: response.status, code: (await response.json()).code };
    },
    { path, body },
  );

test("the app learns which wallets its visitor holds, and takes the same proof once", async () => {
  const demo = await unlocked();
  assert.match(await demo.prove(), /^The app has checked it/);
  assert.deepEqual(await demo.goodParts("proof"), ["EVM", "SOLANA"]);
  const wallets = await demo.wallets("wallets");
  const parts = await demo.page.$$eval("#proof-parts > li", (items) =>
    items.map((item) => ({ type: item.dataset.type, address: item.querySelector("code").textContent, more: item.querySelector(".aside").textContent })),
  );
  assert.deepEqual(parts.map(({ type, address }) => ({ type, address, epoch: 1 })), wallets);
  for (const { more } of parts) assert.match(more, /^Epoch 1 · valid until .*\d\d/);
  assert.match(await demo.proveAgain(), /^Refused\. The app takes each nonce once/);
  assert.equal(await demo.page.locator("#proof-again-outcome").getAttribute("data-verdict"), "good");
  assert.match(await demo.prove(), /^The app has checked it/);
  assert.ok(await demo.page.locator("#proof-again-outcome").isHidden());
  await demo.rotate();
  await demo.prove();
  assert.match(await demo.page.locator("#proof-parts").textContent(), /Epoch 2/);
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("what is asked of locked wallets is shown after one prompt", async () => {
  const demo = await unlocked();
  await demo.button("Lock").click();
  await demo.ended("asked");
  await demo.go("Sign");
  assert.ok(await demo.page.locator("#prove-hint").isVisible());
  assert.match(await demo.prove(), /^The app has checked it/);
  await demo.button("Lock").waitFor();
  await demo.close();
});

test("the back end refuses what was said to another app, for another nonce, or of another person", async () => {
  const demo = await unlocked();
  const { proof, wallets } = await show(demo);
  assert.deepEqual(wallets.map(({ epoch }) => epoch), [1]);
  for (const [changed, words] of [
    [{ audience: "https://other.example" }, /another audience/],
    [{ nonce: "mine" }, /another nonce/],
    [{ proof }, /another nonce/],
    [{ proof: `${proof.slice(0, -8)}AAAAAAA${proof.slice(-1)}` }, /signature/],
    [{ proof: "none" }, /proof|token/],
  ]) {
    const { code, message } = await show(demo, changed);
    assert.equal(code, "proof_refused", JSON.stringify(changed));
    assert.match(message, words);
  }

  // Another person, who has got hold of this one's session, and has a nonce of their own.
  await demo.page.evaluate(async () => (await import("/back-end.mjs")).signIn("ada@example.com"));
  const stolen = await demo.page.evaluate(async () => {
    const app = await import("/back-end.mjs");
    const proof = await window.session.prove(await app.drawNonce());
    return app.showProofs([proof]).then(() => undefined, ({ code, message }) => ({ code, message }));
  });
  assert.equal(stolen.code, "proof_refused");
  assert.match(stolen.message, /another claimant/);
  await demo.close();
});

test("a nonce is one session's, and used up by the first try", async () => {
  const demo = await unlocked();
  const nonce = await demo.page.evaluate(async () => (await import("/back-end.mjs")).drawNonce());
  assert.equal(nonce.audience, stage.backEnd.url);
  assert.match(nonce.nonce, /^[\w-]{22}$/);
  assert.deepEqual(await asked(demo, "/api/proofs", { proofs: ["none"] }), { status: 403, code: "proof_refused" });
  assert.deepEqual(await asked(demo, "/api/proofs", { proofs: ["none"] }), { status: 409, code: "nonce_used" });
  // What is no list of proofs is no try.
  await demo.page.evaluate(async () => (await import("/back-end.mjs")).drawNonce());
  for (const proofs of [undefined, "none", [], [1], ["a", "b", "c"], ["a".repeat(3001)]]) {
    assert.deepEqual(await asked(demo, "/api/proofs", { proofs }), { status: 400, code: "bad_request" });
  }
  assert.equal((await asked(demo, "/api/proofs", { proofs: ["none"] })).code, "proof_refused");
  await demo.page.evaluate(async () => {
    const app = await import("/back-end.mjs");
    await app.drawNonce();
    await app.signIn("ada@example.com");
  });
  assert.equal((await asked(demo, "/api/proofs", { proofs: ["none"] })).code, "nonce_used");
  await demo.page.evaluate(async () => (await import("/back-end.mjs")).signOut());
  for (const path of ["/api/proofs", "/api/proofs/nonce"]) {
    assert.deepEqual(await asked(demo, path, { proofs: ["none"] }), { status: 401, code: "signed_out" });
  }
  await demo.close();
});

test("a proof that can't be had is told, and «Try again» shows another", async () => {
  const demo = await unlocked();
  stage.line.cut({ path: "/v1/prove", when: "before" });
  await demo.go("Sign");
  await demo.button("Show the app").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  assert.ok(await demo.page.locator("#proof-outcome").isHidden());
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.page.locator("#proof-outcome").waitFor();
  assert.deepEqual(await demo.goodParts("proof"), ["EVM", "SOLANA"]);
  await demo.close();
});
