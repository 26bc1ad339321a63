// Several passkeys: a second device opens the same wallets, in an empty browser too, until it is removed.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isSignatureOf } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

/** A page with a claimed wallet, an open session in `window.session`, and a second device that the person has at hand. */
async function withTwoDevices() {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await unlock(client);
  const laptop = client.authenticator;
  const phone = await laptop.another();
  // The person takes the device that the prompt is for into their hand.
  await client.page.exposeFunction("takeUp", async (device) => {
    await laptop.touch(device === "laptop");
    await phone.touch(device === "phone");
  });
  return { client, laptop, phone, wallet: prepared.wallet };
}

const unlock = (client) =>
  client.run(async () => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock();
  });

/** Adds a passkey on the phone, approved by the one on the laptop. */
const add = (client, name = "phone") =>
  client.run(async (name) => {
    await window.takeUp("phone");
    const asked = [];
    const beforePrompt = async (prompt) => {
      asked.push(prompt);
      await window.takeUp(prompt === "approve" ? "laptop" : "phone");
    };
    const passkeyId = await window.session.addPasskey({ name, beforePrompt });
    return { passkeyId, asked };
  }, name);

const sign = (client) =>
  client.run(async () => Array.from((await window.session.sign({ digest: new Uint8Array(32).fill(7) })).bytes));

/** The names of the passkeys, and whether each opened the session: the one that did first. */
const names = async (client) => {
  const listed = await client.run(() => window.session.passkeys());
  return listed.sort((one, other) => Number(other.current) - Number(one.current)).map(({ name, current }) => [name, current]);
};

test("a second device opens the wallet in an empty browser, and the first one still does", async () => {
  const { client, laptop, phone, wallet } = await withTwoDevices();
  stage.line.mend();
  const { passkeyId, asked } = await add(client);
  assert.deepEqual(asked, ["output", "approve"]);
  assert.deepEqual(stage.line.paths, ["/v1/passkey/start", "/v1/passkey/add"]);
  assert.deepEqual(await names(client), [["tests", true], ["phone", false]]);
  const [{ credentialId }] = await phone.credentials();
  assert.equal(Buffer.from(credentialId, "base64").toString("base64url"), passkeyId);
  await unlock(client);
  await isSignatureOf(wallet, await sign(client));

  // The laptop is lost, and what its browser had stored with it.
  await client.run(() => window.session.lock());
  await client.wipe();
  await laptop.remove();
  await phone.touch();
  await client.connect();
  await client.run(async () => void (window.session = await window.kit.restore()));
  await isSignatureOf(wallet, await sign(client));
  assert.deepEqual(await names(client), [["phone", true], ["tests", false]]);
  // And what was lost is shut out.
  await client.run(async () => {
    const lost = (await window.session.passkeys()).find(({ current }) => !current);
    await window.session.removePasskey({ passkeyId: lost.passkeyId });
    await window.session.rotate();
  });
  assert.deepEqual(await names(client), [["phone", true]]);
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("either device opens what this browser holds, and both serve after a rotation by one", async () => {
  const { client, wallet } = await withTwoDevices();
  await add(client);
  await client.run(() => window.session.rotate());
  for (const device of ["phone", "laptop"]) {
    await client.run(() => window.session.lock());
    await client.run((device) => window.takeUp(device), device);
    await unlock(client);
    const current = (await names(client)).find(([, current]) => current);
    assert.equal(current[0], device === "phone" ? "phone" : "tests");
    await isSignatureOf(wallet, await sign(client));
  }
  await client.close();
});

test("a removed passkey opens nothing, though its device still has it", async () => {
  const { client, wallet } = await withTwoDevices();
  const { passkeyId } = await add(client);
  await client.run((passkeyId) => window.session.renamePasskey({ passkeyId, name: "stolen phone" }), passkeyId);
  assert.deepEqual(await names(client), [["tests", true], ["stolen phone", false]]);
  await client.run((passkeyId) => window.session.removePasskey({ passkeyId }), passkeyId);
  assert.deepEqual(await names(client), [["tests", true]]);
  await client.run(() => window.takeUp("phone"));
  await refusedWith(client.run(() => window.kit.restore()), "not_authorised", "wallet_not_found");
  await client.run(() => window.takeUp("laptop"));
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("a device that has a passkey of the wallet is not given another", async () => {
  const { client } = await withTwoDevices();
  const error = await refusedWith(client.run(() => window.session.addPasskey({ name: "again" })), "passkey_unsupported");
  assert.match(error.message, /choose another/);
  await client.close();
});

test("a page that is asked for a click may say no, and nothing is added", async () => {
  const { client, phone } = await withTwoDevices();
  const refused = client.run(async () => {
    await window.takeUp("phone");
    return window.session.addPasskey({ name: "phone", beforePrompt: () => Promise.reject(new Error("not now")) });
  });
  const error = await refusedWith(refused, "cancelled");
  assert.deepEqual(await names(client), [["tests", true]]);
  assert.deepEqual(await phone.credentials(), []);
  assert.ok(error);
  await client.close();
});

test("arguments that are none are refused before anybody is asked", async () => {
  const { client } = await withTwoDevices();
  stage.line.mend();
  for (const [call, options] of [
    ["addPasskey", {}],
    ["addPasskey", { name: "" }],
    ["addPasskey", { name: "a", beforePrompt: 1 }],
    ["addPasskey", { name: "a", more: 1 }],
    ["renamePasskey", { passkeyId: "AAAA" }],
    ["renamePasskey", { passkeyId: "?", name: "a" }],
    ["removePasskey", {}],
    ["removePasskey", { passkeyId: "" }],
  ])
    await refusedWith(client.run(({ call, options }) => window.session[call](options), { call, options }), "invalid_argument");
  assert.deepEqual(stage.line.paths, []);
  const own = await client.run(async () => (await window.session.passkeys())[0].passkeyId);
  for (const passkeyId of [own, "AAAA"])
    await refusedWith(client.run((passkeyId) => window.session.removePasskey({ passkeyId }), passkeyId), "invalid_argument");
  await client.close();
});

test("an unlock that was begun before the click sends one request after it", async () => {
  const { client, wallet } = await withTwoDevices();
  await client.run(() => window.session.lock());
  stage.line.mend();
  await client.run(async () => {
    [window.wallet] = await window.kit.wallets();
    await window.wallet.start();
  });
  assert.deepEqual(stage.line.paths, ["/v1/unlock/start"]);
  await client.run(async () => void (window.session = await window.wallet.unlock()));
  assert.deepEqual(stage.line.paths, ["/v1/unlock/start", "/v1/unlock/finish"]);
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("wallets are got back by a passkey that is chosen in a field of the page", async () => {
  const { client, wallet } = await withTwoDevices();
  await client.run(() => window.session.lock());
  const field = () => document.body.append(Object.assign(document.createElement("input"), { id: "name", autocomplete: "username webauthn" }));
  await client.run(field);
  // Given up before anything was chosen.
  await client.run(() => window.takeUp("neither"));
  await refusedWith(
    client.run(() => {
      const stop = new AbortController();
      const real = CredentialsContainer.prototype.get;
      CredentialsContainer.prototype.get = function (options) {
        CredentialsContainer.prototype.get = real;
        const asked = real.call(this, options);
        stop.abort();
        return asked;
      };
      return window.kit.restore({ autofill: true, signal: stop.signal });
    }),
    "cancelled",
  );
  await client.run(() => window.takeUp("laptop"));
  await client.run(async () => void (window.session = await window.kit.restore({ autofill: true })));
  await isSignatureOf(wallet, await sign(client));
  await client.close();
});

test("a browser without autofill of passkeys says so", async () => {
  const client = await stage.openPage({ prepare: () => void (PublicKeyCredential.isConditionalMediationAvailable = async () => false) });
  const error = await refusedWith(client.run(() => window.kit.restore({ autofill: true })), "passkey_unsupported");
  assert.match(error.message, /fields of a page/);
  await client.close();
});
