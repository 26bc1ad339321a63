// The demo's field that a passkey is chosen in, where the browser offers that.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Demo } from "../harness/demo.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page that notes how each request for a passkey begins and ends. */
const open = (more) =>
  Demo.open({
    browser: stage.browser,
    url: stage.backEnd.url,
    autofill: true,
    prepare: () => {
      window.asked = [];
      const get = CredentialsContainer.prototype.get;
      CredentialsContainer.prototype.get = async function (options) {
        const how = options.mediation === "conditional" ? "field" : "prompt";
        window.asked.push(`${how} asks`);
        try {
          const credential = await Reflect.apply(get, this, [options]);
          window.asked.push(`${how} answers`);
          return credential;
        } catch (error) {
          window.asked.push(`${how} ends: ${error.name}`);
          throw error;
        }
      };
    },
    ...more,
  });

const asked = (demo) => demo.page.evaluate(() => window.asked);
const field = (demo) => demo.page.getByLabel("Or choose a passkey in this field");

/** A page whose wallets were claimed, and that has forgotten them, with a device that nobody touches. */
async function forgotten(more) {
  const demo = await open(more);
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  // The claim used its passkey once.
  await demo.page.evaluate(() => void (window.asked = []));
  await demo.authenticator.touch(false);
  await demo.forget();
  await demo.heading("Your wallets are not in this browser").waitFor();
  return demo;
}

test("a passkey that is chosen in the field gets the wallets back", async () => {
  const demo = await forgotten();
  await field(demo).waitFor();
  assert.equal(await field(demo).getAttribute("autocomplete"), "username webauthn");
  await demo.page.waitForFunction(() => window.asked.includes("field asks"));
  await demo.authenticator.touch();
  // An authenticator that was asked before it was touched answers no more: the next visit asks it.
  await demo.page.reload();
  await demo.button("Lock").waitFor();
  await demo.home();
  assert.deepEqual(await asked(demo), ["field asks", "field answers"]);
  assert.match(await demo.sign(), /^Signed\./);
  assert.deepEqual(demo.complaints, []);
  await demo.close();
});

test("the field gives way to the button's prompt, and is there again after one that was closed", async () => {
  const demo = await forgotten();
  await demo.page.waitForFunction(() => window.asked.includes("field asks"));
  await demo.button("Get them back with your passkey").click();
  await demo.page.waitForFunction(() => window.asked.includes("prompt asks"));
  assert.deepEqual(await asked(demo), ["field asks", "field ends: AbortError", "prompt asks"]);
  assert.ok(await field(demo).isHidden());
  await demo.authenticator.replace();
  assert.equal((await demo.notice()).title, "No passkey opened the wallets");
  await field(demo).waitFor();
  await demo.page.waitForFunction(() => window.asked[4] === "field asks");
  // Nor does it hold up somebody else's claim.
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  assert.ok(await demo.page.locator("#notice").isHidden());
  await demo.close();
});

test("who was not in the field is told nothing of it; who was, is", async () => {
  const demo = await open();
  await demo.arriveAsSomeoneNew();
  await demo.claimAndLock();
  stage.line.cut({ path: "/v1/unlock/start", when: "before" });
  await demo.heed("Kit", "restore");
  await demo.forget();
  await field(demo).waitFor();
  await demo.callsEnded(1);
  assert.ok(await demo.page.locator("#notice").isHidden());
  await field(demo).focus();
  assert.equal((await demo.notice()).code, "co_signer_unreachable");
  stage.line.mend();
  await demo.button("Try again").click();
  await demo.button("Lock").waitFor();
  await demo.home();
  await demo.close();
});

test("the field is not there where the browser has no autofill of passkeys", async () => {
  const demo = await forgotten({ autofill: false });
  assert.ok(await field(demo).isHidden());
  await demo.authenticator.touch();
  await demo.restore();
  assert.deepEqual(await asked(demo), ["prompt asks", "prompt answers"]);
  await demo.close();
});
