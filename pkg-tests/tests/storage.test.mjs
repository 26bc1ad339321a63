// What a browser keeps, and what the co-signer logs: nothing that signs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findShares, readStorage } from "../harness/residue.mjs";
import { Stage } from "../harness/stage.mjs";

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
