// A page in a real browser proves which wallet it holds, and a back end checks it: with the package, and with Node's own Ed25519.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, test } from "node:test";
import { connectServer, verifyProof } from "claimkit/server";
import { refusedWith, Stage } from "../harness/stage.mjs";

const AUDIENCE = "https://shop.example";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** Proves, in the page, and gives the proof. */
const prove = (client, options) => client.run((options) => window.session.prove(options), options);

/** A page with a claimed wallet and an unlocked session, and whom the wallet was made for. */
async function visitor(type) {
  const { claimantId, wallet, share } = await stage.prepare(undefined, type);
  const client = await stage.openPage();
  const claimed = await client.claim(stage.server.sealFor({ share, to: client.publicKey }));
  await client.run(async () => void (window.session = await window.wallet.unlock()));
  return { client, claimantId, wallet: { ...wallet, epoch: claimed.epoch } };
}

const keySet = async () => (await fetch(`${stage.coSigner.url}/.well-known/jwks.json`)).json();

const part = (text) => JSON.parse(Buffer.from(text, "base64url").toString());

test("a back end learns which wallet its visitor holds, and takes the proof for nothing else", async () => {
  const { client, claimantId, wallet } = await visitor("EVM");
  const other = await visitor("SOLANA");
  const { server } = stage;
  const proof = await prove(client, { audience: AUDIENCE, nonce: "n1" });
  const shown = await server.verifyProof({ proof, audience: AUDIENCE, nonce: "n1", claimantId });
  const { issuedAt, expiresAt, claimant, ...proved } = shown;
  assert.deepEqual(proved, wallet);
  assert.equal(expiresAt - issuedAt, 300_000);
  assert.match(claimant, /^[\w-]{43}$/);
  const of = await prove(other.client, { audience: AUDIENCE, nonce: "n1", walletId: other.wallet.walletId });
  const { issuedAt: _, expiresAt: __, claimant: another, ...second } = await server.verifyProof({ proof: of, audience: AUDIENCE, nonce: "n1" });
  assert.deepEqual(second, other.wallet);
  assert.notEqual(another, claimant);

  // Replayed: to another audience, for another nonce, as another person's.
  for (const [options, sentence] of [
    [{ audience: "https://other.example", nonce: "n1" }, /another audience/],
    [{ audience: AUDIENCE, nonce: "n2" }, /another nonce/],
    [{ audience: AUDIENCE, nonce: "n1", claimantId: other.claimantId }, /another claimant/],
  ])
    assert.match((await refusedWith(server.verifyProof({ proof, ...options }), "not_authorised")).message, sentence);

  // Altered, and signed by nobody.
  const [header, claims, signature] = proof.split(".");
  const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const forged = `${header}.${text({ ...part(claims), epoch: 9 })}.${signature}`;
  const expected = { audience: AUDIENCE, nonce: "n1" };
  assert.match((await refusedWith(server.verifyProof({ proof: forged, ...expected }), "not_authorised")).message, /signature/);
  const unsigned = `${text({ ...part(header), alg: "none" })}.${claims}.`;
  assert.match((await refusedWith(server.verifyProof({ proof: unsigned, ...expected }), "invalid_argument")).message, /algorithm/);

  // By other code than the package's.
  const { keys } = await keySet();
  const jwk = keys.find(({ kid }) => kid === part(header).kid);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  assert.ok(verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url")));
  await client.close();
  await other.client.close();
});

test("a proof after the key's rotation verifies, and so does the one before", async () => {
  const { client } = await visitor("EVM");
  const before = await prove(client, { audience: AUDIENCE, nonce: "n1" });
  const jwks = await keySet();
  const rotated = stage.coSigner.rotateProofKey();
  const after = await prove(client, { audience: AUDIENCE, nonce: "n2" });
  assert.equal(part(after.split(".")[0]).kid, rotated);
  // A back end that starts now, and one that has the key set of before.
  const server = await connectServer({ cosigner: stage.coSigner.url, apiKey: stage.coSigner.apiKey, identity: stage.server.identity });
  const [first, second] = await Promise.all([
    server.verifyProof({ proof: before, audience: AUDIENCE, nonce: "n1" }),
    server.verifyProof({ proof: after, audience: AUDIENCE, nonce: "n2" }),
  ]);
  assert.equal(first.walletId, second.walletId);
  const { identity } = server;
  const offline = { audience: AUDIENCE, nonce: "n1", identity, jwks };
  assert.deepEqual(await verifyProof({ ...offline, proof: before }), first);
  assert.deepEqual(await verifyProof({ ...offline, proof: before, jwks: JSON.stringify(jwks) }), first);
  const refused = await refusedWith(verifyProof({ ...offline, proof: after, nonce: "n2" }), "not_authorised");
  assert.match(refused.message, /not in the key set/);
  assert.deepEqual(await verifyProof({ ...offline, proof: after, nonce: "n2", jwks: await keySet() }), second);

  // A key set of one's own making, under the pinned identity; and the right one under another.
  const own = { keys: jwks.keys.map((key) => ({ ...key, ck_exp: key.ck_exp + 1 })) };
  await refusedWith(verifyProof({ ...offline, proof: before, jwks: own }), "not_authorised");
  const stranger = { ...identity, receiptKey: identity.channelKey };
  await refusedWith(verifyProof({ ...offline, proof: before, identity: stranger }), "not_authorised");
  await client.close();
});

test("what could not be given or checked is refused as it stands", async () => {
  const { client } = await visitor("EVM");
  for (const options of [{}, { audience: AUDIENCE }, { audience: "", nonce: "n" }, { audience: AUDIENCE, nonce: "a blank" }, { audience: AUDIENCE, nonce: "n", extra: 1 }])
    await refusedWith(prove(client, options), "invalid_argument");
  const proof = await prove(client, { audience: AUDIENCE, nonce: "n1" });
  const asked = { proof, audience: AUDIENCE, nonce: "n1" };
  for (const options of [{}, { ...asked, proof: 1 }, { ...asked, clockTolerance: 0 }, { ...asked, clockTolerance: 301 }, { ...asked, claimantId: {} }])
    await refusedWith(stage.server.verifyProof(options), "invalid_argument");
  const { identity } = stage.server;
  for (const options of [asked, { ...asked, identity }, { ...asked, identity, jwks: {} }, { ...asked, jwks: await keySet() }])
    await refusedWith(verifyProof(options), "invalid_argument");
  await client.run(() => window.session.lock());
  await refusedWith(prove(client, { audience: AUDIENCE, nonce: "n1" }), "session_expired");
  await client.close();
});
