// What a browser keeps, and what the co-signer logs: nothing that signs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findShares, readStorage } from "../harness/residue.mjs";
import { isSignatureOf } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

test("what the browser stores holds no share in clear, old or new", async () => {
  const prepared = await stage.prepare();
  const oldBytes = Array.from(Buffer.from(prepared.share, "base64url"));
  const [old] = findShares([oldBytes], [oldBytes]);
  assert.ok(old, "the prepared share holds the share: otherwise this test would find nothing anywhere");

  const client = await stage.openPage();
  const outputs = await client.run(() => {
    // What the passkey gives, kept aside to look for it.
    window.outputs = [];
    for (const name of ["create", "get"]) {
      const real = CredentialsContainer.prototype[name];
      CredentialsContainer.prototype[name] = async function (options) {
        const credential = await real.call(this, options);
        const results = credential.getClientExtensionResults().prf?.results;
        if (results) window.outputs.push(Array.from(new Uint8Array(results.first)));
        return credential;
      };
    }
    return window.outputs;
  });
  assert.deepEqual(outputs, []);
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.sign(prepared.wallet.walletId);
  await client.connect(client.page.url());
  const chunks = await client.run(readStorage);
  assert.ok(chunks.flat().length > 200, "the browser stored the wallet");

  const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
  assert.ok(!whole.includes(old), "the prepared share is not stored");
  assert.ok(!whole.includes(Buffer.from(prepared.share)), "nor as text");
  // Small pieces only: a share in clear is a few hundred bytes; the large one is the sealed pairing.
  const pieces = chunks.filter((chunk) => chunk.length < 4_096);
  assert.deepEqual(findShares(pieces, chunks), []);
  await client.close();
});

test("a session's passkey output is stored nowhere", async () => {
  const prepare = () => {
    const real = CredentialsContainer.prototype.create;
    CredentialsContainer.prototype.create = async function (options) {
      const credential = await real.call(this, options);
      const results = credential.getClientExtensionResults().prf?.results;
      window.output = Array.from(new Uint8Array(results.first));
      return credential;
    };
  };
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare });
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const output = Buffer.from(await client.run(() => window.output));
  assert.equal(output.length, 32);
  const whole = Buffer.concat((await client.run(readStorage)).map((chunk) => Buffer.from(chunk)));
  assert.ok(!whole.includes(output));
  assert.ok(!whole.includes(output.toString("base64url")));
  await client.close();
});

test("the co-signer's log names nobody and holds no secret", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { share, ticket } = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  await client.claim({ share, ticket });
  await client.sign(prepared.wallet.walletId);
  const { log, apiKey } = stage.coSigner;
  for (const secret of [apiKey, apiKey.split("_").slice(2).join("_"), prepared.share, share, ticket, prepared.claimantId.email]) {
    assert.ok(secret.length > 8 && !log.includes(secret));
  }
  await client.close();
});

/** Makes a database of the package's name, as anything else on the origin may. Runs in a page. */
function makeDatabase({ version, stores }) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("claimkit", version);
    request.onupgradeneeded = () => stores.forEach((name) => request.result.createObjectStore(name));
    request.onsuccess = () => resolve(request.result.close());
    request.onerror = () => reject(request.error);
  });
}

for (const version of [1, 5]) {
  test(`a database of version ${version} that holds nothing is mended, by several pages at once`, async () => {
    const prepared = await stage.prepare();
    const one = await stage.openPage();
    const other = await stage.openPage({ beside: one });
    await one.run(makeDatabase, { version, stores: [] });
    assert.deepEqual(await Promise.all([one, other, one, other].map((client) => client.held())), [[], [], [], []]);
    await one.page.bringToFront();
    await one.claim(stage.server.sealFor({ share: prepared.share, to: one.publicKey }));
    await isSignatureOf(prepared.wallet, await one.sign(prepared.wallet.walletId));
    assert.deepEqual(await other.held(), [prepared.wallet.walletId]);
    await one.close();
  });
}

test("a newer release's database is named as such, and left as it is", async () => {
  const client = await stage.openPage();
  await client.run(makeDatabase, { version: 2, stores: ["records"] });
  const { message } = await refusedWith(client.held(), "version_unsupported");
  assert.match(message, /newer release/);
  const found = await client.run(async () => (await indexedDB.databases()).map(({ name, version }) => [name, version]));
  assert.deepEqual(found, [["claimkit", 2]]);
  await client.close();
});

test("another script's database of the name is not touched", async () => {
  const client = await stage.openPage();
  await client.run(makeDatabase, { version: 1, stores: ["theirs"] });
  await refusedWith(client.held(), "storage_unavailable");
  const found = await client.run(async () => (await indexedDB.databases()).map(({ name, version }) => [name, version]));
  assert.deepEqual(found, [["claimkit", 1]]);
  await client.close();
});

test("a connection to the database that is lost once is made again", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({
    prepare: () => {
      const { transaction } = IDBDatabase.prototype;
      let count = 0;
      IDBDatabase.prototype.transaction = function (...given) {
        count += 1;
        if (window.losing && count % 2 === 1) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
        return Reflect.apply(transaction, this, given);
      };
    },
  });
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.run(() => void (window.losing = true));
  assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
  await client.close();
});

test("a wallet that a suspended page holds is not waited for without end", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.run(async (walletId) => {
    await new Promise((granted) => navigator.locks.request(`claimkit/wallet/${walletId}`, () => (granted(), new Promise(() => {}))));
    const { setTimeout } = window;
    window.setTimeout = (work, after, ...given) => setTimeout(work, after === 180_000 ? 0 : after, ...given);
  }, prepared.wallet.walletId);
  const { message } = await refusedWith(client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey })), "storage_unavailable");
  assert.match(message, /another page works on the same wallet/);
  assert.equal((await client.authenticator.credentials()).length, 0);
  await client.close();
});
