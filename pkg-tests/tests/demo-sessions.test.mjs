// What the demo's page shows of sessions and rotations, and of browsers that lack what both need.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

const MINUTE = 60_000;

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page that counts its passkey prompts, but for a claim's. */
const open = (more) =>
  Demo.open({
    browser: stage.browser,
    url: stage.backEnd.url,
    prepare: () => {
      window.prompts = 0;
      const get = CredentialsContainer.prototype.get;
      CredentialsContainer.prototype.get = function (...words) {
        // A claim's own is not counted.
        window.prompts += Number(document.querySelector("[data-view=claiming]").hidden);
        return Reflect.apply(get, this, words);
      };
    },
    ...more,
  });

const prompts = (demo) => demo.page.evaluate(() => window.prompts);

/** A page whose wallets are claimed and unlocked. */
async function unlocked(more) {
  const demo = await open(more);
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  await demo.unlock();
  return demo;
}

const seconds = (left) => left.match(/[\d:]+/)[0].split(":").reduce((sum, part) => 60 * sum + Number(part), 0);

const epochs = async (demo) => (await demo.wallets("wallets")).map(({ epoch }) => epoch);

/** Expects each wallet to have signed, as the app checked it. */
async function hasSigned(demo, verdict) {
  assert.match(verdict, /^Signed\./);
  assert.deepEqual(await demo.goodParts("sign"), ["EVM", "SOLANA"]);
}

test("the time that is left of a session counts down", async () => {
  const demo = await unlocked({ clock: Date.now() });
  const before = await demo.session();
  assert.match(before.state, /^Unlocked until \d/);
  assert.match(before.left, /^1:\d\d:\d\d left$/);
  assert.equal(before.refreshes, "It can be refreshed 7 times more, without a prompt.");
  await demo.page.clock.fastForward(5 * MINUTE);
  assert.ok(seconds((await demo.session()).left) <= seconds(before.left) - 300);
  await demo.close();
});

test("an unlock is begun before the click, after a lock too, and «Unlock» prompts directly", async () => {
  const demo = await open();
  await demo.heed("Wallet", "start");
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  for (const times of [1, 2]) {
    await demo.callsEnded(times);
    assert.ok(stage.line.paths.includes("/v1/unlock/start"), stage.line.paths.join());
    stage.line.mend();
    await demo.unlock();
    await demo.sessions(1);
    assert.equal(stage.line.paths[0], "/v1/unlock/finish");
    assert.ok(!stage.line.paths.includes("/v1/unlock/start"), stage.line.paths.join());
    assert.equal(await prompts(demo), times);
    await demo.button("Lock").click();
    await demo.ended("asked");
  }
  await demo.close();
});

test("an unlock that can't be begun is told by the click, and not before", async () => {
  const demo = await open();
  await demo.heed("Wallet", "start");
  await demo.arriveAsSomeoneNew();
  stage.line.cut({ path: "/v1/unlock/start", when: "before" });
  await demo.claimAndLock();
  await demo.callsEnded(1);
  assert.ok(stage.line.paths.includes("/v1/unlock/start"), stage.line.paths.join());
  assert.ok(await demo.page.locator("#notice").isHidden());
  await demo.button("Unlock").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.button("Lock").waitFor();
  await hasSigned(demo, await demo.sign());
  await demo.close();
});

test("the end of a session is told before it comes, and a refresh moves it as often as the co-signer allows", async () => {
  // Short enough for the warning to come by itself: a minute before the end.
  const short = await Stage.set({ settings: { lifetimes: { session: 62 }, policy: { session_refreshes: 1 } } });
  try {
    const demo = await unlocked({ browser: short.browser, url: short.backEnd.url });
    await demo.page.evaluate(() => {
      const time = document.getElementById("session-time");
      window.lefts = [time.textContent];
      new MutationObserver(() => window.lefts.push(time.textContent)).observe(time, { childList: true });
    });
    const expiring = demo.page.locator("#expiring");
    await expiring.waitFor();
    assert.match(await expiring.textContent(), /The session ends in less than a minute\. Refresh it to go on without a prompt\./);
    assert.ok(await demo.page.locator("#notice").isHidden(), "it is told quietly");
    await demo.button("Refresh now").click();
    await demo.page.getByText("No refresh is left.", { exact: true }).waitFor();
    const lefts = (await demo.page.evaluate(() => window.lefts)).map(seconds);
    assert.ok(lefts.some((left, index) => index > 0 && left > lefts[index - 1]), `the end was moved: ${lefts}`);
    assert.ok(await demo.button("Refresh").isDisabled());
    await expiring.getByText("It was refreshed as often as the co-signer allows", { exact: false }).waitFor();
    assert.ok(await demo.button("Refresh now").isHidden());
    assert.equal(await prompts(demo), 1);
    await hasSigned(demo, await demo.sign());
    await demo.close();
  } finally {
    await short.strike();
  }
});

test("«Refresh» is there before the end is near, too", async () => {
  const demo = await unlocked();
  await demo.button("Refresh").click();
  await demo.page.getByText("It can be refreshed 6 times more, without a prompt.", { exact: true }).waitFor();
  assert.equal(await prompts(demo), 1);
  await demo.close();
});

test("a session that came to its end says so, and what is asked then goes through after one prompt", async () => {
  const demo = await unlocked({ clock: Date.now() });
  await demo.page.clock.fastForward(91 * MINUTE);
  assert.equal(await demo.ended("expired"), "The session came to its end.");
  await hasSigned(demo, await demo.unlockAndSign());
  assert.equal(await prompts(demo), 2);
  assert.match((await demo.session()).state, /^Unlocked until \d/);
  await hasSigned(demo, await demo.sign());
  assert.equal(await prompts(demo), 2);
  await demo.close();
});

const setHidden = (demo, isHidden) =>
  demo.page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);

for (const [reason, words, lock] of [
  ["asked", "Locked", (demo) => demo.button("Lock").click()],
  ["idle", "Locked, since nobody used it for a while.", (demo) => demo.page.clock.fastForward(31 * MINUTE)],
  [
    "hidden",
    "Locked, since this page was hidden for a while.",
    async (demo) => {
      await setHidden(demo, true);
      await demo.page.clock.fastForward(6 * MINUTE);
    },
  ],
  ["left", "Locked, since this page was left.", (demo) => demo.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")))],
]) {
  test(`a session that was locked says why, and «Unlock» brings it back: ${reason}`, async () => {
    const demo = await unlocked({ clock: Date.now() });
    await lock(demo);
    assert.equal(await demo.ended(reason), words);
    await demo.go("Sign");
    assert.ok(await demo.button("Unlock and sign").isVisible());
    for (const id of ["session-list", "refresh", "session-time"]) assert.ok(await demo.page.locator(`#${id}`).isHidden(), id);
    await setHidden(demo, false);
    await demo.unlock();
    await hasSigned(demo, await demo.sign());
    assert.equal(await prompts(demo), 2);
    await demo.close();
  });
}

test("signing out locks the wallets first, in every tab", async () => {
  const demo = await unlocked();
  const other = await open({ beside: demo });
  // The first tab's session serves this one, without a prompt.
  await other.unlock();
  assert.equal(await prompts(other), 0);
  await demo.page.route("**/api/sign-out", (route) => route.abort());
  await demo.button("Sign out").click();
  assert.equal((await demo.notice()).code, "app_unreachable");
  await Promise.all([demo.ended("asked"), other.button("Unlock").waitFor()]);
  await demo.page.unroute("**/api/sign-out");
  await demo.button("Sign out").click();
  for (const tab of [demo, other]) {
    await tab.heading("Who has arrived?").waitFor();
    assert.ok(await tab.page.locator("#tabs").isHidden());
  }
  await Promise.all([other.page.close(), demo.close()]);
});

test("starting over in one tab leaves no wallet of the person before open in another", async () => {
  const demo = await unlocked();
  const other = await open({ beside: demo });
  await other.home();
  await other.button("Start over as someone new").click();
  for (const tab of [other, demo]) await tab.heading(/^Your wallets are waiting/).waitFor();
  await Promise.all([other.page.close(), demo.close()]);
});

test("the screen that the address names is shown, and the way back leads to the one before", async () => {
  const demo = await unlocked();
  await demo.go("Sign");
  await demo.go("Receipts");
  await demo.heading("Receipts").waitFor();
  assert.equal(await demo.page.locator("#tabs [aria-current]").textContent().then((text) => text.trim()), "Receipts");
  await demo.page.goBack();
  await demo.heading("Sign").waitFor();
  assert.ok(await demo.heading("Receipts").isHidden());
  assert.ok(await demo.button("Lock").isVisible(), "the session is as it was");
  await demo.page.goto(`${stage.backEnd.url}/#nothing`);
  await demo.heading("These wallets are yours").waitFor();
  await demo.close();
});

test("the sessions are listed, and each can be revoked, or all others at once", async () => {
  const demo = await unlocked();
  const [alone] = await demo.sessions(1);
  assert.deepEqual([alone.device, alone.current], ["Chrome on Linux", true]);
  assert.match(alone.times, /^Begun .*\d\d.* · last used .*\d\d.* · ends .*\d\d/);
  assert.ok(await demo.button("Revoke all others").isDisabled());

  await demo.unlockElsewhere("Ada's phone");
  await demo.button("Look again").click();
  const listed = await demo.sessions(2);
  assert.deepEqual(listed.map(({ device, current }) => [device, current]).sort(), [["Ada's phone", false], ["Chrome on Linux", true]]);
  assert.equal(await demo.refusalElsewhere(), undefined, "it lasts before it is revoked");
  await demo.page.getByRole("button", { name: /^Revoke Ada's phone, begun/ }).click();
  assert.equal(await demo.sessionsVerdict(), "The session of \"Ada's phone\" is over: its next request is refused.");
  assert.equal(await demo.refusalElsewhere(), "session_expired");
  assert.deepEqual((await demo.sessions(1)).map(({ current }) => current), [true]);

  await demo.unlockElsewhere("Ada's tablet");
  await demo.button("Look again").click();
  await demo.sessions(2);
  assert.equal(await demo.refusalElsewhere(), undefined);
  await demo.button("Revoke all others").click();
  await demo.sessions(1);
  assert.equal(await demo.refusalElsewhere(), "session_expired");
  await hasSigned(demo, await demo.sign());

  await demo.go("Security");
  await demo.page.getByRole("button", { name: /^Revoke Chrome on Linux, .*: this one$/ }).click();
  assert.equal(await demo.ended("asked"), "Locked");
  await demo.close();
});

test("two tabs: one revokes the other, which says so at its next request, and goes on after one prompt", async () => {
  const [first, second] = await Demo.openTwice({ browser: stage.browser, url: stage.backEnd.url });
  await first.arriveAsSomeoneNew();
  await first.claimAndLock();
  await second.page.goto(stage.backEnd.url);
  await second.unlock();
  await first.unlock();
  await first.sessions(2);
  await first.button("Revoke all others").click();
  await first.sessions(1);
  await second.go("Sign");
  await second.button("Sign").click();
  assert.deepEqual(await second.notice(), { title: "This session was ended from elsewhere", code: "session_expired" });
  assert.equal(await second.ended("elsewhere"), "This session was ended from elsewhere: revoked, or locked everywhere.");
  assert.ok(await second.page.locator("#sign-outcome").isHidden(), "nothing was signed");
  await second.button("Unlock and go on").click();
  await second.page.locator("#sign-outcome").waitFor();
  assert.deepEqual(await second.goodParts("sign"), ["EVM", "SOLANA"]);
  await hasSigned(first, await first.sign());
  await first.close();
});

test("two tabs: one changes the shares, the other goes on by itself", async () => {
  const [first, second] = await Demo.openTwice({ browser: stage.browser, url: stage.backEnd.url });
  await first.arriveAsSomeoneNew();
  await first.claimAndLock();
  await second.page.goto(stage.backEnd.url);
  await second.unlock();
  await first.unlock();
  await first.rotate();
  assert.deepEqual([await epochs(first), await epochs(second)], [[2, 2], [1, 1]]);
  await hasSigned(second, await second.sign());
  assert.deepEqual(await epochs(second), [2, 2]);
  await second.rotate();
  assert.deepEqual(await epochs(second), [3, 3]);
  // Behind again, and asked for a rotation of its own.
  await first.rotate();
  assert.deepEqual(await epochs(first), [4, 4]);
  await hasSigned(first, await first.sign());
  assert.deepEqual((await first.allKeptReceipts()).map(({ length }) => length), [4, 4]);
  await first.close();
});

test("«Lock everywhere» ends every session: from an open one without a prompt, from the locked page with one", async () => {
  const demo = await unlocked();
  await demo.unlockElsewhere("Ada's phone");
  assert.equal(await demo.refusalElsewhere(), undefined);
  await demo.go("Security");
  await demo.button("Lock everywhere").click();
  assert.match(await demo.ended("everywhere"), /^Locked everywhere:/);
  assert.match(await demo.sessionsVerdict(), /^Locked everywhere:/);
  assert.equal(await demo.refusalElsewhere(), "session_expired");
  assert.equal(await prompts(demo), 2);

  await demo.unlockElsewhere("Ada's phone");
  await demo.unlock();
  await demo.button("Lock").click();
  await demo.ended("asked");
  assert.equal(await demo.refusalElsewhere(), undefined, "«Lock» ends this one alone");
  assert.ok(await demo.page.locator("#lock-everywhere-hint").isVisible());
  await demo.button("Lock everywhere").click();
  await demo.ended("everywhere");
  assert.equal(await demo.refusalElsewhere(), "session_expired");
  assert.equal(await prompts(demo), 5);
  await demo.close();
});

test("the shares are changed again: the epoch grows, the app gets the receipts, the old shares stay refused", async () => {
  const demo = await unlocked();
  const before = await demo.wallets("wallets");
  assert.match(await demo.rotate(), /^Both shares of each key are new\./);
  assert.deepEqual(await demo.wallets("wallets"), before.map((wallet) => ({ ...wallet, epoch: 2 })));
  assert.equal(await prompts(demo), 2, "it asks for the passkey, once");
  const steps = await demo.page.$$eval("#rotation-steps li", (items) => items.map(({ dataset }) => dataset.state));
  assert.deepEqual(steps, Array(8).fill("done"));
  await hasSigned(demo, await demo.sign());
  assert.match(await demo.tryOldShares(), /^Refused\./);
  assert.deepEqual(await demo.goodParts("old"), ["EVM", "SOLANA"]);
  const verified = () => demo.verifyReceipts().then(async (verdict) => [verdict, await demo.goodParts("receipt"), await demo.refusedParts()]);
  const [verdict, parts, refused] = await verified();
  assert.match(verdict, /^Each receipt is genuine\. So is each refusal of an old share\./);
  assert.deepEqual([parts.sort(), refused.sort()], [["EVM", "EVM", "SOLANA", "SOLANA"], ["EVM", "SOLANA"]]);
  assert.deepEqual((await demo.allKeptReceipts()).map(({ length }) => length), [2, 2]);
  const backwards = (await demo.downloadReceipts()).trim().split("\n").reverse().join("\n");
  assert.match(await demo.verifyFile("receipts.txt", backwards), /So is each refusal of an old share\./);
  const evident = await demo.page.$$eval("#receipt-parts > li", (items) => items.map(({ dataset }) => [dataset.epoch, dataset.refusals]));
  assert.deepEqual(evident.sort(), [["1", "1"], ["1", "1"], ["2", "0"], ["2", "0"]], "each refusal goes with the receipt of what retired its share");

  await demo.page.reload();
  await demo.unlock();
  assert.deepEqual(await epochs(demo), [2, 2]);
  await hasSigned(demo, await demo.sign());
  await demo.verifyReceipts();
  assert.equal((await demo.goodParts("receipt")).length, 4, "the app gives every receipt back");
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("a rotation that is asked for while the wallets are locked unlocks them first", async () => {
  const demo = await unlocked();
  await demo.button("Lock").click();
  await demo.ended("asked");
  await demo.rotate();
  assert.deepEqual(await epochs(demo), [2, 2]);
  assert.equal(await prompts(demo), 3);
  await hasSigned(demo, await demo.sign());
  await demo.close();
});

test("a rotation that fails is told, and «Try again» makes it", async () => {
  const demo = await unlocked();
  stage.line.cut({ path: "/v1/claim/confirm", when: "before" });
  await demo.go("Security");
  await demo.button("Change the shares again").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  assert.ok(await demo.page.locator("#rotation-steps").isHidden());
  assert.deepEqual(await epochs(demo), [1, 1]);
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.page.locator("#rotation-outcome").waitFor();
  assert.deepEqual(await epochs(demo), [2, 2]);
  await hasSigned(demo, await demo.sign());
  await demo.close();
});

test("a list that can't be had is no fault that anyone asked about", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  stage.line.refuse({ path: "/v1/session/list", status: 429, retryAfter: 45 });
  await demo.unlock();
  await demo.go("Security");
  await demo.page.getByText("The list can't be had just now.", { exact: true }).waitFor();
  assert.ok(await demo.page.locator("#notice").isHidden());
  stage.line.mend();
  await demo.button("Look again").click();
  assert.equal((await demo.sessions(1))[0].current, true);
  await demo.close();
});

for (const { off, words } of [
  { off: -10 * MINUTE, words: /^This device's clock is 10 minutes behind the co-signer's\./ },
  { off: 3 * 60 * MINUTE, words: /^This device's clock is 3 hours ahead of the co-signer's\./ },
  { off: 0, words: undefined },
]) {
  test(`a clock that is ${off / MINUTE} minutes off is ${words ? "told, and signs" : "not told"}`, async () => {
    const demo = await unlocked({ clock: Date.now() + off });
    const { skew } = await demo.session();
    if (words) assert.match(skew, words);
    else assert.equal(skew, undefined);
    await hasSigned(demo, await demo.sign());
    await demo.close();
  });
}

/** Each takes something from the page before its own scripts run. */
const LACKING = {
  passkeys: () => {
    delete window.PublicKeyCredential;
  },
  prf: () => {
    PublicKeyCredential.getClientCapabilities = async () => ({ passkeyPlatformAuthenticator: true, "extension:prf": false });
  },
};

for (const [lacking, prepare] of Object.entries(LACKING)) {
  test(`a browser without ${lacking} is told before anyone clicks, and offers no prompt`, async () => {
    const demo = await open({ prepare });
    const card = demo.page.locator(`#lacking[data-lacking="${lacking}"]`);
    await card.waitFor();
    assert.match(await card.textContent(), /They are safe, and wait\./);
    assert.match(await demo.page.locator("#lacking-next").textContent(), /current Chrome, Edge, Firefox or Safari/);
    await demo.button("Start over as someone new").click();
    await demo.heading(/^Your wallets are waiting/).waitFor();
    await demo.page.reload({ waitUntil: "networkidle" });
    await demo.heading(/^Your wallets are waiting/).waitFor();
    assert.ok(await demo.button("Take over with a passkey").isDisabled());
    assert.ok(await card.isVisible());
    assert.ok(await demo.page.locator("#notice").isHidden());
    await demo.close();
  });

  test(`wallets that a browser without ${lacking} holds are shown, and can't be unlocked there`, async () => {
    const demo = await open();
    await demo.arriveAsSomeoneNew();
    await demo.claimAndLock();
    await demo.page.addInitScript(prepare);
    await demo.page.reload();
    await demo.heading("These wallets are yours").waitFor();
    assert.ok(await demo.page.locator("#lacking").isVisible());
    for (const [screen, ...names] of [["Sign", "Unlock", "Unlock and sign"], ["Security", "Change the shares again", "Lock everywhere"]]) {
      await demo.go(screen);
      for (const name of names) assert.ok(await demo.button(name).isDisabled(), name);
    }
    assert.match(await demo.tryOldShares(), /^Refused\./);
    await demo.close();
  });
}

test("a browser that says nothing of what it can is let try", async () => {
  const demo = await open({
    prepare: () => {
      delete PublicKeyCredential.getClientCapabilities;
    },
  });
  await demo.arriveAsSomeoneNew();
  assert.ok(await demo.page.locator("#lacking").isHidden());
  await demo.claimAndLock();
  await demo.close();
});
