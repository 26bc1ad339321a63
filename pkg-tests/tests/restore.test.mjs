// A browser that lost what it stored, or can store nothing.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { dieIn, endsWell, mortal } from "../harness/death.mjs";
import { isHandedOver, isSignatureOf, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const FULL = /storage is full: free some space and try again/;
const BLOCKED = /storage can't be used: leave private browsing, or allow this site to store data/;

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

/** Counts the prompts of a page. */
function counted() {
  for (const name of ["create", "get"]) {
    const real = CredentialsContainer.prototype[name];
    CredentialsContainer.prototype[name] = function (options) {
      window.prompts = (window.prompts ?? 0) + 1;
      return real.call(this, options);
    };
  }
}

test("a browser whose storage was wiped gets its wallets back with one prompt", async () => {
  const claimantId = stage.someone();
  const all = [];
  for (const type of ["EVM", "COSMOS", "SOLANA"]) all.push(await stage.prepare(claimantId, type));
  const client = await stage.openPage({ prepare: counted });
  await client.claim(stage.server.sealFor({ shares: all.map(({ share }) => share), to: client.publicKey }));
  await client.wipe();
  await client.connect();
  assert.deepEqual(await client.held(), []);
  const signed = await client.restore();
  assert.equal(await client.run(() => window.prompts), 1);
  assert.equal(signed.length, 3);
  for (const prepared of all) {
    const { walletId } = prepared.wallet;
    await isSignatureOf(prepared.wallet, signed.find((signature) => signature.walletId === walletId).bytes);
  }
  await client.connect();
  assert.equal((await client.held()).length, 3);
  for (const prepared of all) await isHandedOver(stage, client, prepared);
  assert.equal((await client.authenticator.credentials()).length, 1);
  await client.close();
});

test("wallets that are not expected are neither opened nor kept", async () => {
  const claimantId = stage.someone();
  const all = [];
  for (const type of ["EVM", "COSMOS", "SOLANA"]) all.push(await stage.prepare(claimantId, type));
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ shares: all.map(({ share }) => share), to: client.publicKey }));
  const [, cosmos, solana] = all.map(({ wallet }) => wallet);
  const restored = (expected) =>
    client.run(async (expected) => {
      const { address, wallets } = await window.kit.restore({ expected });
      return [address, wallets.map(({ walletId }) => walletId)];
    }, expected);
  for (const [expected, ids] of [
    [[solana.publicKey], [solana.walletId]],
    [[solana.publicKey.toUpperCase().replace("0X", "0x"), `0x02${"11".repeat(32)}`, cosmos.walletId], [solana.walletId, cosmos.walletId]],
  ]) {
    await client.wipe();
    await client.connect();
    assert.deepEqual(await restored(expected), [solana.address, ids]);
    assert.deepEqual((await client.held()).sort(), [...ids].sort());
  }
  await client.wipe();
  await client.connect();
  await refusedWith(restored([`0x02${"11".repeat(32)}`]), "wallet_not_found");
  assert.deepEqual(await client.held(), []);
  for (const malformed of [[], ["0x12"], [1], "all", null]) await refusedWith(restored(malformed), "invalid_argument");
  await client.close();
});

test("wiped after the commit and before the promotion, it comes back the same way", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  await dieIn(client, handOff(prepared, client), { phase: "promote", when: "begins" });
  await client.connect();
  await client.wipe();
  assert.deepEqual((await client.resume()).told, []);
  const [{ walletId, bytes }] = await client.restore();
  assert.equal(walletId, prepared.wallet.walletId);
  await isSignatureOf(prepared.wallet, bytes);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("wiped between the sealing and the commit, the prepared share is good", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  await dieIn(client, handOff(prepared, client), { phase: "commit", when: "begins" });
  await client.connect();
  await client.wipe();
  await refusedWith(client.restore(), "not_authorised", "wallet_not_found");
  await isStillPrepared(stage, prepared);
  await client.claim(handOff(prepared, client));
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("an authenticator without such a passkey restores nothing", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(handOff(prepared, client));
  await client.wipe();
  await client.authenticator.replace();
  await refusedWith(client.restore(), "passkey_cancelled");
  assert.deepEqual(await client.held(), []);
  await client.close();
});

for (const path of ["/v1/identity", "/v1/unlock/start", "/v1/unlock/finish", "/v1/copies"]) {
  for (const when of ["before", "after"]) {
    test(`the line is down ${when} ${path}: the wallet comes back when it is up`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage();
      await client.claim(handOff(prepared, client));
      await client.wipe();
      stage.line.cut({ path, when });
      await refusedWith(client.restore(), "co_signer_unreachable");
      assert.deepEqual(await client.held(), []);
      stage.line.mend();
      const [{ bytes }] = await client.restore();
      await isSignatureOf(prepared.wallet, bytes);
      await isHandedOver(stage, client, prepared);
      await client.close();
    });
  }
}

test("what is restored over what is there stays what it was", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(handOff(prepared, client));
  const [{ bytes }] = await client.restore();
  await isSignatureOf(prepared.wallet, bytes);
  assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a device without room is told so before a passkey is made", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const session = await client.page.context().newCDPSession(client.page);
  const { origin } = new URL(client.page.url());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const { message } = await refusedWith(client.claim(handOff(prepared, client)), "storage_unavailable");
  assert.match(message, FULL);
  assert.equal((await client.authenticator.credentials()).length, 0);
  await isStillPrepared(stage, prepared);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  assert.equal((await endsWell(stage, client, prepared)).claimed, false);
  await client.close();
});

/** From `full` on there is no room, as Chromium says it: it looks at an origin's quota too seldom for a test to fill it in between. */
function fillable() {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...words) {
    if (window.full) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    return Reflect.apply(put, this, words);
  };
}

for (const { step, what, claimed } of [
  { step: "prepare", what: "before the shares are sealed leaves the prepared share good", claimed: false },
  { step: "commit", what: "before the promotion finishes the claim when there is room", claimed: true },
]) {
  test(`a device that fills up ${what}`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ prepare: fillable });
    await client.page.route(`**/v1/claim/${step}`, async (route) => {
      const response = await route.fetch();
      await client.page.evaluate(() => (window.full = true));
      await route.fulfill({ response });
    });
    const { message } = await refusedWith(client.claim(handOff(prepared, client)), "storage_unavailable");
    assert.match(message, FULL);
    await client.page.unrouteAll();
    await client.page.evaluate(() => (window.full = false));
    const ended = await endsWell(stage, client, prepared);
    assert.deepEqual([ended.claimed, ended.resumed.rolledBack], [claimed, []]);
    await client.close();
  });
}

for (const [what, prepare] of Object.entries({
  "has no IndexedDB": () => Object.defineProperty(window, "indexedDB", { value: undefined }),
  "blocks IndexedDB": () => {
    const get = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    Object.defineProperty(window, "indexedDB", { get });
  },
  "opens no database": () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
  },
  "has no locks": () => Object.defineProperty(navigator, "locks", { value: undefined }),
})) {
  test(`a browser that ${what} is told so before a passkey is made`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ prepare });
    const { message } = await refusedWith(client.claim(handOff(prepared, client)), "storage_unavailable");
    assert.match(message, BLOCKED);
    assert.equal((await client.authenticator.credentials()).length, 0);
    await isStillPrepared(stage, prepared);
    await client.close();
  });
}
