// Passkeys that don't do as hoped: nothing changes, and the same share can be claimed after.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Authenticator } from "../harness/browser.mjs";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** What the co-signer counts of claims. */
async function claimsCounted() {
  const text = await (await fetch(`${stage.coSigner.admin}/metrics`)).text();
  return text.split("\n").filter((line) => /claim|wallet|passkey/.test(line) && !/start|seconds|http|request/.test(line));
}

test("a person who ends the prompt can claim later, with the same share", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  await client.authenticator.refuse();
  stage.line.mend();
  const counted = await claimsCounted();
  await refusedWith(client.claim(handOff), "passkey_cancelled");
  assert.deepEqual(stage.line.paths.filter((path) => path !== "/v1/claim/start"), []);
  assert.deepEqual(await claimsCounted(), counted);
  assert.deepEqual(await client.held(), []);
  await isStillPrepared(stage, prepared);
  await client.authenticator.replace();
  await client.claim(handOff);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

for (const { lacking, trait, code } of [
  { lacking: "PRF", trait: "hasPrf", code: "prf_unavailable" },
  // Of these a browser says no more than of a prompt that was ended, so that a page does not learn what a person has.
  { lacking: "user verification", trait: "hasUserVerification", code: "passkey_cancelled" },
  { lacking: "room for discoverable passkeys", trait: "hasResidentKey", code: "passkey_cancelled" },
]) {
  test(`an authenticator without ${lacking} is refused before anything changes`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ traits: { [trait]: false } });
    const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
    stage.line.mend();
    const counted = await claimsCounted();
    await refusedWith(client.claim(handOff), code);
    assert.deepEqual(stage.line.paths.filter((path) => path !== "/v1/claim/start"), []);
    assert.deepEqual(await claimsCounted(), counted);
    assert.deepEqual(await client.held(), []);
    await isStillPrepared(stage, prepared);
    await client.authenticator.replace();
    await client.claim(handOff);
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("with a security key beside the device's own authenticator, one of them has the passkey, and the wallet opens with it", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const key = await Authenticator.plugInto(client.page, { transport: "usb" });
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const held = await Promise.all([client.authenticator, key].map(async (authenticator) => (await authenticator.credentials()).length));
  assert.equal(held[0] + held[1], 1);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("where create() gives no PRF output, a claim shows no prompt more", async () => {
  const prepare = () => {
    const create = CredentialsContainer.prototype.create;
    CredentialsContainer.prototype.create = async function (options) {
      const credential = await create.call(this, options);
      const results = { ...credential.getClientExtensionResults(), prf: { enabled: true } };
      Object.defineProperty(credential, "getClientExtensionResults", { value: () => results });
      return credential;
    };
    const get = CredentialsContainer.prototype.get;
    CredentialsContainer.prototype.get = function (options) {
      window.prompts = (window.prompts ?? 0) + 1;
      return get.call(this, options);
    };
  };
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare });
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  assert.equal(await client.run(() => window.prompts), 1);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a browser without passkeys is told so", async () => {
  const prepare = () => {
    delete window.PublicKeyCredential;
    delete Navigator.prototype.credentials;
  };
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare });
  await refusedWith(client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey })), "passkey_unsupported");
  await isStillPrepared(stage, prepared);
  await client.close();
});

test("a person who ends the prompt of an unlock can unlock later", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.run(() => {
    const get = CredentialsContainer.prototype.get;
    CredentialsContainer.prototype.get = async () => {
      CredentialsContainer.prototype.get = get;
      throw new DOMException("The operation either timed out or was not allowed.", "NotAllowedError");
    };
  });
  await refusedWith(client.sign(prepared.wallet.walletId), "passkey_cancelled");
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a lost passkey opens nothing", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.authenticator.replace();
  await refusedWith(client.sign(prepared.wallet.walletId), "passkey_cancelled");
  await client.close();
});
