// The demo's page when things break: claims that the person interrupts, storage that the browser loses.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const open = (more) => Demo.open({ browser: stage.browser, url: stage.backEnd.url, ...more });

/** Expects the wallets to be the person's: the new shares sign, the old ones don't any more, and the app has the receipts. */
async function areTheirs(demo) {
  await demo.home();
  if (await demo.button("Unlock").isVisible()) await demo.unlock();
  assert.match(await demo.sign(), /^Signed\./);
  assert.match(await demo.tryOldShares(), /^Refused\./);
  for (const outcome of ["sign", "old"]) assert.deepEqual(await demo.goodParts(outcome), ["EVM", "SOLANA"], outcome);
  assert.match(await demo.verifyReceipts(), /^Each receipt is genuine\./);
  assert.ok((await demo.keptReceipts()).every(Boolean), "the app has the receipts");
  assert.equal((await demo.authenticator.credentials()).length, 1, "one passkey, however often it was tried");
}

/** Expects the old shares to sign: a refusal after the claim says something only if they did. */
async function oldSharesSign(demo) {
  assert.deepEqual((await demo.signWithPreparedShares()).map(({ refused }) => refused), [false, false]);
}

const SAID = {
  finished: /interrupted after the old shares were retired: it is finished now, and the wallets are yours\.$/,
  rolledBack: /interrupted before anything was final: the wallets wait as before\. Claim again\.$/,
  nothing: /^Nothing was final: the wallets wait as before\. Claim again\./,
};

// `times`: how often the page asks the co-signer before it gives up.
for (const { phase, how, times, outcome } of [
  { phase: "refresh", how: "before", times: 1, outcome: "nothing" },
  { phase: "refresh", how: "after", times: 1, outcome: "nothing" },
  { phase: "prepare", how: "before", times: 3, outcome: "nothing" },
  { phase: "prepare", how: "after", times: 3, outcome: "nothing" },
  { phase: "confirm", how: "before", times: 1, outcome: "nothing" },
  { phase: "confirm", how: "after", times: 1, outcome: "nothing" },
  { phase: "commit", how: "before", times: 3, outcome: "rolledBack" },
  { phase: "commit", how: "after", times: 3, outcome: "finished" },
  { phase: "passkey", how: "dies", outcome: "nothing" },
  { phase: "refresh", how: "dies", outcome: "nothing" },
  { phase: "prepare", how: "dies", outcome: "nothing" },
  { phase: "seal", how: "dies", outcome: "nothing" },
  { phase: "confirm", how: "dies", outcome: "rolledBack" },
  { phase: "commit", how: "dies", outcome: "rolledBack" },
  { phase: "promote", how: "dies", outcome: "finished" },
]) {
  const what = { before: "the line is cut before", after: "the line is cut after", dies: "the tab dies at" }[how];
  test(`a claim that the person breaks survives it: ${what} ${phase}`, async () => {
    const demo = await open();
    await demo.arriveAsSomeoneNew();
    await oldSharesSign(demo);
    stage.line.mend();
    await demo.breakClaim({ phase, how });
    const found = await demo.found();
    assert.equal(found.outcome, outcome);
    assert.match(found.text, SAID[outcome]);
    const path = phase === "promote" ? "/v1/claim/acknowledge" : `/v1/claim/${phase}`;
    assert.equal(stage.line.paths.filter((asked) => asked === path).length, how === "after" ? times : 0, "what the co-signer heard");
    assert.equal(stage.line.paths.includes("/v1/claim/resume"), outcome !== "nothing", "what the page before had stored");
    if (how === "dies") assert.match(found.how, /^This tab died as ".+" began, as you asked/);
    else assert.match(found.how, new RegExp(`^At ".+" the line was cut ${how} .* This page asked ${times === 1 ? "once" : "3 times"}`));
    assert.ok(await demo.page.locator("#notice").isHidden(), "what the person broke is no fault");
    if (outcome !== "finished") {
      await demo.heading(/^Your wallets are waiting/).waitFor();
      await oldSharesSign(demo);
      await demo.claimAndLock();
    }
    await areTheirs(demo);
    assert.deepEqual(demo.complaints, []);
    await demo.close();
  });
}

test("a step that asks the co-signer nothing has no line to be cut", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.openPanel("Break it: what if it is interrupted?");
  const step = demo.page.getByLabel("Where it breaks");
  const phases = await step.locator("option").evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(phases, ["passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"]);
  for (const phase of phases) {
    await step.selectOption(phase);
    const can = await demo.page.$$eval("#break-form [name=how]", (radios) => radios.filter(({ disabled }) => !disabled).map(({ value }) => value));
    assert.deepEqual(can, ["passkey", "seal", "promote"].includes(phase) ? ["dies"] : ["before", "after", "dies"], phase);
  }
  await demo.close();
});

test("a cut is of the co-signer's line alone, and of one claim", async () => {
  const demo = await open();
  await demo.heading("Who has arrived?").waitFor();
  const seen = await demo.page.evaluate(async (cosigner) => {
    const { Breakage } = await import("/breakage.mjs");
    const outcome = (address) => fetch(address).then(({ ok }) => ok, ({ name }) => name);
    const both = async () => [await outcome(`${cosigner}/v1/identity`), await outcome("/api/me")];
    const breakage = new Breakage({ phase: "commit", how: "before" }, cosigner);
    const reached = async (phase) => (breakage.reach(phase), both());
    return [await reached("confirm"), await reached("commit"), await reached("promote"), breakage.end().times, await both()];
  }, stage.line.url);
  assert.deepEqual(seen, [[true, true], ["TypeError", true], ["TypeError", true], 2, [true, true]]);
  await demo.close();
});

test("a passkey prompt that is closed before the step is told as such", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.authenticator.refuse();
  await demo.breakClaim({ phase: "commit", how: "before" });
  assert.equal((await demo.notice()).code, "passkey_cancelled");
  assert.ok(await demo.page.locator("#found").isHidden());
  await demo.close();
});

test("a co-signer that is away when a claim is to be resumed is told, and «Try again» resumes", async () => {
  for (const when of ["before", "after"]) {
    const demo = await open();
    await demo.arriveAsSomeoneNew();
    stage.line.cut({ path: "/v1/claim/resume", when });
    await demo.breakClaim({ phase: "promote", how: "dies" });
    assert.equal((await demo.notice()).code, "co_signer_unreachable");
    await demo.heading("One moment").waitFor();
    assert.ok(await demo.page.locator("#found").isHidden(), "nothing is said of what is not known");
    stage.line.mend();
    await demo.button("Try again").click();
    const { outcome, how } = await demo.found();
    assert.equal(outcome, "finished");
    assert.match(how, /^This tab died/);
    await areTheirs(demo);
    await demo.close();
  }
});

test("a co-signer that takes its time to resume is waited for in sight", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await demo.page.route("**/v1/claim/resume", async (route) => {
    await held;
    await route.continue();
  });
  await demo.breakClaim({ phase: "commit", how: "after" });
  await demo.heading("One moment").waitFor();
  await demo.page.getByText("A claim was interrupted here. Asking the co-signer what became of it: 0 of 2 wallets.").first().waitFor();
  letGo();
  assert.equal((await demo.found()).outcome, "finished");
  await areTheirs(demo);
  await demo.close();
});

test("a tab leaves alone what another one is at, and takes it back once that is gone", async () => {
  const behind = await open();
  await behind.arriveAsSomeoneNew();
  const reached = stage.line.stop({ path: "/v1/claim/commit", when: "before" });
  await behind.button("Take over with a passkey").click();
  await reached;
  const front = await open({ beside: behind });
  await front.heading("Another tab is at it").waitFor();
  await behind.page.close();
  await front.button("Look again").click();
  assert.equal((await front.found()).outcome, "rolledBack");
  await oldSharesSign(front);
  await front.claim();
  assert.match(await front.tryOldShares(), /^Refused\./);
  await front.close();
});

test("what was interrupted for one person is told to nobody else", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  const email = await demo.page.locator("#who-email").textContent();
  stage.line.cut({ path: "/v1/claim/resume", when: "before" });
  await demo.breakClaim({ phase: "promote", how: "dies" });
  await demo.notice();
  stage.line.mend();
  await demo.arriveAsSomeoneNew();
  assert.ok(stage.line.paths.includes("/v1/claim/resume"));
  // The person who broke it was signed in before: that it was broken is nobody else's either.
  assert.ok(await demo.page.locator("#found").isHidden());
  await demo.button("Sign out").click();
  await demo.page.getByRole("button", { name: email }).click();
  assert.equal((await demo.found()).outcome, "finished");
  assert.ok((await demo.keptReceipts()).every(Boolean));
  await demo.close();
});

test("a browser that forgot its wallets gets them back with their passkey", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await oldSharesSign(demo);
  await demo.claim();
  const claimed = await demo.wallets("wallets");
  await demo.forget();
  await demo.heading("Your wallets are not in this browser").waitFor();
  assert.deepEqual(await demo.wallets("elsewhere-wallets"), claimed);
  await demo.page.reload();
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.restore();
  assert.deepEqual(await demo.wallets("wallets"), claimed);
  await areTheirs(demo);
  await demo.page.reload();
  await areTheirs(demo);
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("a device without the passkey is told so, and can try another", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  await demo.forget();
  await demo.authenticator.replace();
  await demo.button("Get them back with your passkey").click();
  assert.deepEqual(await demo.notice(), { title: "No passkey opened the wallets", code: "passkey_cancelled" });
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.close();
});

test("the passkey of other wallets opens nothing here", async () => {
  const [demo, other] = [await open(), await open()];
  for (const each of [demo, other]) {
    await each.arriveAsSomeoneNew();
    await each.claimAndLock();
  }
  const email = await other.page.locator("#who-email").textContent();
  await demo.button("Sign out").click();
  await demo.page.getByRole("button", { name: email }).click();
  await demo.button("Get them back with your passkey").click();
  assert.equal((await demo.notice()).code, "wallet_not_found");
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.page.evaluate(async () => {
    const { connect } = await import("/packages/claimkit");
    const { cosigner } = await (await import("/back-end.mjs")).me();
    window.kept = (await (await connect({ cosigner })).wallets()).length;
  });
  assert.equal(await demo.page.evaluate(() => window.kept), 2, "its own, from before it signed out, and none of the other person's");
  await Promise.all([demo.close(), other.close()]);
});

test("storage that another tab keeps open is not waited for", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  await demo.page.evaluate(
    () => new Promise((resolve) => (indexedDB.open("claimkit").onsuccess = ({ target }) => resolve(void (window.kept = target.result)))),
  );
  await demo.forget();
  assert.equal((await demo.notice()).code, "storage_in_use");
  await demo.page.evaluate(() => window.kept.close());
  await demo.button("Try again").click();
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.restore();
  await demo.close();
});

test("a claim can be broken with the keyboard, and what became of it is said aloud", async () => {
  const demo = await open();
  const { page } = demo;
  await demo.arriveAsSomeoneNew();
  const on = (name) => page.evaluate((name) => document.activeElement.matches(name), name);
  await page.locator("#claim").focus();
  for (const [key, name] of [["Tab", "summary"], ["Enter", "summary"], ["Tab", "select"], ["Tab", "[value=dies]"], ["ArrowUp", "[value=after]"], ["Tab", "#break"]]) {
    await page.keyboard.press(key);
    assert.ok(await on(name), `${key} leads to ${name}`);
  }
  await page.keyboard.press("Enter");
  const { title, text, how } = await demo.found();
  assert.equal(await page.getByRole("status").textContent(), `${title} ${how} ${text}`);
  assert.ok(await on("h1"), "the focus is on the heading");
  await demo.close();
});
