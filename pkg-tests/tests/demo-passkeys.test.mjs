// What the demo's page shows of a person's passkeys: the list, a second device, another name, and one that was lost.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page that notes each passkey prompt, and how many clicks came before it. */
const open = (more) =>
  Demo.open({
    browser: stage.browser,
    url: stage.backEnd.url,
    prepare: () => {
      window.prompts = [];
      let clicks = 0;
      addEventListener("click", () => (clicks += 1), { capture: true });
      for (const name of ["create", "get"]) {
        const ask = CredentialsContainer.prototype[name];
        CredentialsContainer.prototype[name] = function (...words) {
          window.prompts.push([name, clicks]);
          return Reflect.apply(ask, this, words);
        };
      }
    },
    ...more,
  });

/** A page whose wallets are claimed and unlocked. */
async function unlocked(more) {
  const demo = await open(more);
  await demo.arriveAsSomeoneNew();
  await demo.claim();
  return demo;
}

const forgetPrompts = (demo) => demo.page.evaluate(() => void (window.prompts = []));
const prompts = (demo) => demo.page.evaluate(() => window.prompts);
const email = (demo) => demo.page.locator("#who-email").textContent();
const focused = (demo) => demo.page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id);
/** Two of one second come in no order. */
const names = async (demo, count) => (await demo.passkeys(count)).map(({ name, current }) => [name, current]).sort();
const act = (demo, name) => demo.page.locator("#passkey-list").getByRole("button", { name, exact: true });

async function hasSigned(demo) {
  assert.match(await demo.sign(), /^Signed\./);
  assert.deepEqual(await demo.goodParts("sign"), ["EVM", "SOLANA"]);
}

test("the passkeys are listed while the wallets are open, and the session's own can't be removed", async () => {
  const demo = await unlocked();
  const [own] = await demo.passkeys(1);
  assert.deepEqual([own.name, own.current], [await email(demo), true]);
  assert.match(own.times, /^Made .*\d\d.* · last used .*\d\d/);
  assert.equal(await act(demo, `Remove ${own.name}`).count(), 0);
  assert.match(await demo.page.locator("#passkey-own").textContent(), /cannot remove itself/);
  await demo.button("Lock").click();
  await demo.ended("asked");
  for (const id of ["passkey-list", "passkey-own", "add-passkey-form"]) assert.ok(await demo.page.locator(`#${id}`).isHidden(), id);
  assert.ok(await demo.page.locator("#passkeys-locked").isVisible());
  await demo.unlock();
  await demo.passkeys(1);
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("a second device is added, each prompt by a click of its own, and opens the wallets in an empty browser", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  await forgetPrompts(demo);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  assert.equal(await focused(demo), "Approve with the passkey that you use now");
  assert.match(await demo.page.locator("#status").textContent(), /^The new passkey is made\. It opens nothing yet/);
  assert.deepEqual(await names(demo, 1), [[await email(demo), true]], "not before it is approved");
  await demo.takeUp(demo.authenticator, phone);
  await demo.button("Approve with the passkey that you use now").click();
  assert.match(await demo.passkeysVerdict(), /^"Ada's phone" opens these wallets now/);
  assert.deepEqual(await names(demo, 2), [["Ada's phone", false], [await email(demo), true]]);
  const [[make, first], [use, second], [approve, third], ...more] = await prompts(demo);
  assert.deepEqual([make, use, approve, more.length], ["create", "get", "get", 0]);
  assert.deepEqual([second - first, third - second], [1, 1]);
  assert.ok(await demo.page.locator("#asking").isHidden());
  assert.equal(await focused(demo), "Your passkeys");
  await hasSigned(demo);

  await demo.forget();
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.authenticator.remove();
  await phone.touch();
  await demo.restore();
  assert.deepEqual(await names(demo, 2), [["Ada's phone", true], [await email(demo), false]]);
  await hasSigned(demo);
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("who stops before the approval has added nothing, and can begin again", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  await demo.button("Stop").click();
  assert.match(await demo.passkeysVerdict(), /^Stopped: no passkey was added\./);
  assert.ok(await demo.page.locator("#notice").isHidden());
  assert.ok(await demo.page.locator("#asking").isHidden());
  assert.equal(await focused(demo), "Add another passkey");
  await demo.button("List them again").click();
  await demo.passkeys(1);
  await demo.makePasskey("Ada's phone");
  await demo.takeUp(demo.authenticator, phone);
  await demo.button("Approve with the passkey that you use now").click();
  await demo.passkeys(2);
  await demo.close();
});

test("who stops at the new device's prompt has added nothing", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  await demo.authenticator.touch(false);
  await demo.button("Add another passkey").click();
  await demo.page.waitForFunction(() => window.prompts.at(-1)[0] === "create");
  await demo.button("Stop").click();
  assert.match(await demo.passkeysVerdict(), /^Stopped: no passkey was added\./);
  await demo.authenticator.touch();
  await demo.button("List them again").click();
  await demo.passkeys(1);
  await demo.close();
});

test("a session that is locked before the approval adds nothing, and says so", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  await demo.button("Lock").click();
  assert.match(await demo.passkeysVerdict(), /^The session ended before the new passkey was approved/);
  assert.ok(await demo.page.locator("#asking").isHidden());
  assert.ok(await demo.page.locator("#notice").isHidden());
  await demo.takeUp(demo.authenticator, phone);
  await demo.unlock();
  await demo.passkeys(1);
  await demo.close();
});

test("who leaves before the approval is told nothing of it", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  await demo.takeUp(demo.authenticator, phone);
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  assert.ok(await demo.page.locator("#notice").isHidden());
  await demo.unlock();
  await demo.passkeys(1);
  for (const id of ["asking", "passkeys-outcome"]) assert.ok(await demo.page.locator(`#${id}`).isHidden(), id);
  await demo.close();
});

test("a device that has a passkey of these wallets is told to choose another", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  await demo.button("Add another passkey").click();
  assert.deepEqual(await demo.notice(), { title: "This device has a passkey of these wallets already", code: "passkey_unsupported" });
  assert.match((await demo.advice()).next, /choose another/);
  assert.ok(await demo.page.locator("#asking").isHidden());
  const phone = await demo.takeSecondDevice();
  await demo.button("Try again").click();
  await demo.button("Go on with the new device").click();
  await demo.button("Approve with the passkey that you use now").waitFor();
  await demo.takeUp(demo.authenticator, phone);
  await demo.button("Approve with the passkey that you use now").click();
  assert.deepEqual(await names(demo, 2), [["My other device", false], [await email(demo), true]]);
  assert.equal(await demo.page.getByLabel("Name of another passkey").inputValue(), "My third device");
  await demo.close();
});

test("an approval that is refused adds nothing, and the wallets stay open", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  await demo.takeUp(demo.authenticator, phone);
  await demo.authenticator.refuse();
  await demo.button("Approve with the passkey that you use now").click();
  assert.deepEqual(await demo.notice(), { title: "No passkey was added", code: "passkey_cancelled" });
  await demo.button("Close").click();
  await demo.button("List them again").click();
  await demo.passkeys(1);
  await hasSigned(demo);
  await demo.close();
});

test("a co-signer that does not answer to the addition leads to the list, which tells", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const phone = await demo.takeSecondDevice();
  await demo.makePasskey("Ada's phone");
  await demo.takeUp(demo.authenticator, phone);
  stage.line.cut({ path: "/v1/passkey/add", when: "after" });
  await demo.button("Approve with the passkey that you use now").click();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  assert.match((await demo.advice()).text, /not known whether the passkeys have changed/);
  stage.line.mend();
  await demo.button("Look at the list").click();
  assert.deepEqual(await names(demo, 2), [["Ada's phone", false], [await email(demo), true]]);
  await demo.close();
});

test("a passkey is renamed in its place, with the keyboard too", async () => {
  const demo = await unlocked();
  const [{ name }] = await demo.passkeys(1);
  const { keyboard } = demo.page;
  await act(demo, `Rename ${name}`).press("Enter");
  const field = demo.page.getByLabel(`New name of ${name}`);
  assert.ok(await field.evaluate((input) => input === document.activeElement && input.selectionEnd === input.value.length));
  await keyboard.press("Escape");
  assert.equal(await demo.page.evaluate(() => document.activeElement.getAttribute("aria-label")), `Rename ${name}`);

  await act(demo, `Rename ${name}`).press("Enter");
  await keyboard.type("é".repeat(33));
  await keyboard.press("Enter");
  assert.equal(await field.evaluate((input) => input.validationMessage), "That is too long for a passkey's name.");
  await field.fill("Ada's laptop");
  await keyboard.press("Enter");
  await act(demo, "Rename Ada's laptop").waitFor();
  assert.equal((await demo.passkeys(1))[0].name, "Ada's laptop");
  assert.equal(await demo.page.locator("#status").textContent(), "The passkey is called \"Ada's laptop\" now.");
  assert.equal(await demo.page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Rename Ada's laptop");
  await demo.page.reload();
  await demo.unlock();
  assert.equal((await demo.passkeys(1))[0].name, "Ada's laptop");
  await demo.close();
});

test("a removal is asked for in words; after it the shares are changed with one click, and the device opens nothing", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  const { device: phone } = await demo.addPasskey("Ada's phone");
  await demo.passkeys(2);
  await forgetPrompts(demo);
  await act(demo, "Remove Ada's phone").click();
  const asked = demo.page.getByRole("group", { name: "Remove Ada's phone?" });
  assert.match(await asked.textContent(), /It opens these wallets no more, and its sessions end at once\./);
  assert.equal(await focused(demo), "Keep it");
  await demo.button("Keep it").click();
  await demo.passkeys(2);
  assert.equal((await prompts(demo)).length, 0);

  await act(demo, "Remove Ada's phone").click();
  await demo.button("Remove it").click();
  assert.match(await demo.passkeysVerdict(), /^"Ada's phone" opens these wallets no more/);
  assert.deepEqual(await names(demo, 1), [[await email(demo), true]]);
  assert.equal((await prompts(demo)).length, 1);
  assert.equal(await focused(demo), "Change the shares again");
  await demo.page.locator("#rotate-after").click();
  await demo.page.locator("#rotation-outcome").waitFor();
  assert.deepEqual((await demo.wallets("wallets")).map(({ epoch }) => epoch), [2, 2]);
  assert.ok(await demo.page.locator("#passkeys-outcome").isHidden());
  await hasSigned(demo);

  await demo.forget();
  await demo.heading("Your wallets are not in this browser").waitFor();
  await demo.takeUp(phone, demo.authenticator);
  await demo.button("Get them back with your passkey").click();
  assert.equal((await demo.notice()).title, "That passkey opens none of these wallets");
  await demo.close();
});

test("a removal that is not approved changes nothing", async () => {
  const demo = await unlocked();
  await demo.passkeys(1);
  await demo.addPasskey("Ada's phone");
  await demo.passkeys(2);
  await demo.authenticator.refuse();
  await act(demo, "Remove Ada's phone").click();
  await demo.button("Remove it").click();
  assert.deepEqual(await demo.notice(), { title: "No passkey was removed", code: "passkey_cancelled" });
  await demo.button("List them again").click();
  await demo.passkeys(2);
  await demo.close();
});

test("passkeys that can't be listed are no fault that anyone asked about", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  stage.line.refuse({ path: "/v1/passkey/list", status: 429, retryAfter: 45 });
  await demo.unlock();
  await demo.go("Security");
  await demo.page.locator("#passkey-list").getByText("The list can't be had just now.", { exact: true }).waitFor();
  assert.ok(await demo.page.locator("#notice").isHidden());
  stage.line.mend();
  await demo.button("List them again").click();
  await demo.passkeys(1);
  await demo.close();
});
