// The demo's page, as a person uses it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const open = (more) => Demo.open({ browser: stage.browser, url: stage.backEnd.url, ...more });

test("from arrival to retired shares: claim both wallets, sign, try the old shares, verify, reload", async () => {
  const demo = await open();
  await demo.button("A Ada ada@example.com").or(demo.page.getByRole("button", { name: "ada@example.com" })).first().click();
  await demo.claim();
  const claimed = await demo.wallets("wallets");
  assert.deepEqual(claimed.map(({ type, epoch }) => [type, epoch]), [["EVM", 1], ["SOLANA", 1]]);
  assert.match(await demo.sign(), /^Signed\./);
  assert.match(await demo.tryOldShares(), /^Refused\./);
  assert.match(await demo.verifyReceipts(), /^Each receipt is genuine\./);

  for (const outcome of ["sign", "old", "receipt"]) assert.deepEqual(await demo.goodParts(outcome), ["EVM", "SOLANA"], outcome);
  assert.deepEqual(await demo.refusedParts(), ["EVM", "SOLANA"]);

  const evidence = await demo.downloadReceipts();
  const [first, second, firstRefused, secondRefused] = evidence.trim().split("\n");
  const receipts = `${first}\n${second}`;
  for (const genuine of [receipts, first, second]) assert.match(await demo.verifyFile("receipt.txt", genuine), /is genuine\. Checked here/);
  for (const genuine of [evidence, `${firstRefused}\n${first}`]) {
    assert.match(await demo.verifyFile("receipt.txt", genuine), /is genuine\. So is each refusal of an old share\./);
  }
  const altered = (text) => `${text.slice(0, -30)}${text.at(-30) === "A" ? "B" : "A"}${text.slice(-29)}`;
  for (const forged of [`-${first.slice(1)}\n${second}`, `${first}\n${altered(second)}`, `${receipts}-`]) {
    assert.match(await demo.verifyFile("receipt.txt", forged), /no genuine receipt/);
  }
  for (const forged of [`${receipts}\n${altered(firstRefused)}`, `${first}\n${secondRefused}`, firstRefused]) {
    assert.match(await demo.verifyFile("receipt.txt", forged), /no genuine refusal/);
  }
  assert.match(await demo.verifyFile("receipt.txt", "hello"), /no genuine receipt/);

  await demo.page.reload();
  await demo.home();
  await demo.unlock();
  assert.match(await demo.sign(), /^Signed\./);
  await demo.button("Lock").click();
  await demo.button("Unlock").waitFor();
  assert.ok(await demo.button("Sign").isHidden());
  assert.ok(await demo.button("Unlock and sign").isVisible());
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("the receipts are verified without a network", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  await demo.page.context().setOffline(true);
  assert.match(await demo.verifyReceipts(), /genuine/);
  await demo.close();
});

test("a receipt of another co-signer is not genuine here", async () => {
  const elsewhere = await Stage.set();
  try {
    const { share } = await elsewhere.prepare();
    const client = await elsewhere.openPage();
    const { receipt } = await client.claim(elsewhere.server.sealFor({ share, to: client.publicKey }));
    const demo = await open();
    await demo.arriveAsSomeoneNew();
    await demo.claim();
    assert.match(await demo.verifyFile("receipt.txt", receipt), /no genuine receipt/);
    await demo.close();
  } finally {
    await elsewhere.strike();
  }
});

test("another browser is told that the wallets were claimed elsewhere", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  const email = await demo.page.locator("#who-email").textContent();
  const other = await open();
  await other.page.getByRole("button", { name: email }).click();
  await other.heading("Your wallets are not in this browser").waitFor();
  await Promise.all([demo.close(), other.close()]);
});

test("a closed prompt is told, and the next click claims", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.authenticator.refuse();
  await demo.button("Take over with a passkey").click();
  assert.deepEqual(await demo.notice(), { title: "The passkey prompt was closed", code: "passkey_cancelled" });
  await demo.authenticator.replace();
  await demo.button("Try again").click();
  await demo.claimAndLock();
  assert.ok(await demo.page.locator("#notice").isHidden());
  await demo.close();
});

test("an authenticator without PRF is told in words", async () => {
  const demo = await open({ traits: { hasPrf: false } });
  await demo.arriveAsSomeoneNew();
  await demo.button("Take over with a passkey").click();
  assert.equal((await demo.notice()).code, "prf_unavailable");
  await demo.heading(/^Your wallets are waiting/).waitFor();
  await demo.close();
});

test("a co-signer that is away is told, and «Try again» goes on when it is back", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  stage.line.cut({ path: "/v1/claim/refresh", when: "before" });
  await demo.button("Take over with a passkey").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.claimAndLock();
  await demo.close();
});

test("a co-signer that goes away for good leaves no claim that seems to run", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  for (const path of ["/v1/claim/refresh", "/v1/wallets/lookup"]) stage.line.cut({ path, when: "before" });
  await demo.button("Take over with a passkey").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  await demo.heading("One moment").waitFor();
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.claimAndLock();
  await demo.close();
});

test("a browser that is out of step is led to the passkey", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  // What the package finds where the browser's storage was set back behind a rotation.
  await demo.page.evaluate(async () => {
    const { connect } = await import("/packages/claimkit");
    const { cosigner, identity } = await (await import("/back-end.mjs")).me();
    const [wallet] = await (await connect({ cosigner, identity })).wallets();
    Object.getPrototypeOf(wallet).unlock = () => Promise.reject(Object.assign(new Error("older"), { name: "ClaimkitError", code: "epoch_mismatch" }));
  });
  await demo.button("Unlock").click();
  assert.equal((await demo.notice()).code, "epoch_mismatch");
  await demo.restore();
  assert.match(await demo.sign(), /^Signed\./);
  await demo.close();
});

test("a wallet that the browser lost while it was shown is got back", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  await demo.page.evaluate(async () => (await import("/storage.mjs")).forgetStorage());
  await demo.button("Unlock").click();
  assert.deepEqual(await demo.notice(), { title: "This browser has lost the wallets", code: "wallet_not_found" });
  await demo.restore();
  assert.match(await demo.sign(), /^Signed\./);
  await demo.close();
});

test("the pause that the co-signer asks for is named", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  for (const { status, retryAfter, code, words } of [
    { status: 429, retryAfter: 45, code: "rate_limited", words: "The co-signer asks for a pause of 45 seconds." },
    { status: 503, retryAfter: 200, code: "co_signer_unreachable", words: "It asks for a pause of 4 minutes. Nothing is lost." },
  ]) {
    stage.line.refuse({ path: "/v1/claim/refresh", status, retryAfter });
    await demo.button("Take over with a passkey").click();
    assert.equal((await demo.notice()).code, code);
    assert.equal((await demo.advice()).text, words);
    await demo.button("Try again").click();
    await demo.page.locator("#claim:enabled").waitFor();
  }
  await demo.claimAndLock();
  await demo.close();
});

test("a device without room is told so, and the next try claims", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  const session = await demo.page.context().newCDPSession(demo.page);
  const origin = stage.backEnd.url;
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await demo.button("Take over with a passkey").click();
  assert.deepEqual(await demo.notice(), { title: "This device is full", code: "storage_unavailable" });
  assert.match((await demo.advice()).next, /^Free some space/);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await demo.button("Try again").click();
  await demo.claimAndLock();
  await demo.close();
});

test("a browser that stores nothing is told so, and what to do", async () => {
  const demo = await open();
  await demo.page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
  });
  await demo.page.reload();
  await demo.button("Start over as someone new").click();
  assert.deepEqual(await demo.notice(), { title: "This browser stores nothing for this page", code: "storage_unavailable" });
  assert.match((await demo.advice()).next, /^Leave private browsing, or allow this site to store data/);
  assert.ok(await demo.button("Try again").isVisible());
  await demo.close();
});

test("a session that has ended is told, and the wallets can be unlocked again", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claim();
  await demo.unlockElsewhere("Ada's phone");
  await demo.page.evaluate(() => window.elsewhere.revoke({ others: true }));
  await demo.go("Sign");
  await demo.button("Sign").click();
  assert.equal((await demo.notice()).code, "session_expired");
  await demo.button("Unlock and go on").click();
  await demo.page.locator("#sign-outcome").waitFor();
  assert.deepEqual(await demo.goodParts("sign"), ["EVM", "SOLANA"]);
  await demo.button("Lock").waitFor();
  await demo.close();
});

test("«Stop» ends a claim", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.page.route("**/v1/claim/refresh", () => {});
  await demo.button("Take over with a passkey").click();
  await demo.page.locator('#steps [data-state="now"]', { hasText: "Changing both shares" }).waitFor();
  await demo.button("Stop").click();
  assert.equal((await demo.notice()).code, "cancelled");
  await demo.page.unroute("**/v1/claim/refresh");
  await demo.button("Try again").click();
  await demo.claimAndLock();
  await demo.close();
});

test("everything can be done with the keyboard", async () => {
  const demo = await open();
  const { page } = demo;
  const press = async (name) => {
    // The other tests have made up people, each with a button.
    for (let count = 0; count < 200; count += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => document.activeElement.textContent.trim());
      if (focused === name) return page.keyboard.press("Enter");
    }
    return assert.fail(`«${name}» can't be reached with the keyboard`);
  };
  await demo.heading("Who has arrived?").waitFor();
  await press("Start over as someone new");
  await page.locator("#claim:enabled").waitFor();
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Your wallets are waiting/, "the focus is on the heading");
  await press("Take over with a passkey");
  await demo.heading("These wallets are yours").waitFor();
  await demo.button("Lock").waitFor();
  await press("Sign");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Sign", "the focus is on the screen's heading");
  await press("Sign");
  await page.locator("#sign-outcome").waitFor();
  await press("Fault lab");
  await press("Try the old shares");
  await page.locator("#old-outcome").waitFor();
  await demo.close();
});

test("progress is said aloud, step by step", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.page.evaluate(() => {
    window.said = [];
    const status = document.getElementById("status");
    new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
  });
  await demo.claim();
  const said = await demo.page.evaluate(() => window.said);
  assert.ok(said.some((text) => /^Step \d of 8: /.test(text)), JSON.stringify(said));
  assert.equal(said.at(-1), "The wallets are yours, and unlocked.");
  await demo.close();
});

test("every error code of the list has words of its own", async () => {
  const listed = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const codes = [...listed.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  const demo = await open();
  const same = await demo.page.evaluate(async (codes) => {
    const { wordsFor } = await import("/words.mjs");
    const internal = wordsFor({ code: "internal" }).title;
    return codes.filter((code) => code !== "internal" && wordsFor({ code }).title === internal);
  }, codes);
  assert.ok(codes.includes("wallet_frozen"), "the list was read");
  assert.deepEqual(same, []);
  await demo.close();
});

for (const width of [320, 1200]) {
  test(`nothing runs off the side at ${width} pixels`, async () => {
    const demo = await open({ options: { viewport: { width, height: 800 } } });
    const overflow = () => demo.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await demo.arriveAsSomeoneNew();
    await demo.openPanel("Break it: what if it is interrupted?");
    assert.equal(await overflow(), 0);
    await demo.breakClaim({ phase: "commit", how: "after" });
    await demo.found();
    assert.equal(await overflow(), 0);
    await demo.forget();
    await demo.heading("Your wallets are not in this browser").waitFor();
    assert.equal(await overflow(), 0);
    await demo.restore();
    await demo.sign();
    // With the session of the claim whose answer was lost.
    await demo.sessions(2);
    await demo.unlockElsewhere("W".repeat(64));
    await demo.button("Look again").click();
    await demo.sessions(3);
    await demo.addPasskey("W".repeat(64));
    await demo.passkeys(2);
    await demo.page.getByRole("button", { name: /^Rename W/ }).click();
    assert.equal(await overflow(), 0);
    await demo.button("Cancel").click();
    await demo.page.getByRole("button", { name: /^Remove W/ }).click();
    await demo.prove();
    await demo.proveAgain();
    await demo.rotate();
    await demo.sign();
    for (const signature of await demo.page.getByText("The signature", { exact: true }).all()) await signature.click();
    await demo.tryOldShares();
    await demo.verifyReceipts();
    for (const screen of ["Home", "Sign", "Security", "Receipts", "Fault lab"]) {
      await demo.go(screen);
      assert.equal(await overflow(), 0, screen);
    }
    await demo.close();
  });
}
