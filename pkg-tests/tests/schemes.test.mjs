// Wallets of each type: claimed alone and together, what they sign, their children, keys that come in and go out.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { verifyReceipt } from "claimkit/server";
import { HDKey, hdKeyToAccount, privateKeyToAccount } from "viem/accounts";
import { publicKeyOf } from "../harness/ed25519.mjs";
import { isHandedOver, isReceiptOf, isSignatureOf, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const TYPES = ["EVM", "COSMOS", "SOLANA"];
const ADDRESSES = { EVM: /^0x[0-9a-fA-F]{40}$/, COSMOS: /^cosmos1[02-9ac-hj-np-z]{38}$/, SOLANA: /^[1-9A-HJ-NP-Za-km-z]{32,44}$/ };
const KEYS = { EVM: /^0x0[23][0-9a-f]{64}$/, COSMOS: /^0x0[23][0-9a-f]{64}$/, SOLANA: /^0x[0-9a-f]{64}$/ };

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;

/** A page that has claimed what was handed over to it. */
async function claimedBy(...prepared) {
  const client = await stage.openPage();
  const claimed = await client.claim(stage.server.sealFor({ shares: prepared.map(({ share }) => share), to: client.publicKey }));
  return { client, claimed };
}

test("a SOLANA wallet alone is claimed and signs without a pairing, and its old share is refused", async () => {
  const prepared = await stage.prepare(stage.someone(), "SOLANA");
  assert.deepEqual([prepared.wallet.type, prepared.wallet.scheme, prepared.wallet.epoch], ["SOLANA", "eddsa-ed25519", 0]);
  await isStillPrepared(stage, prepared);
  stage.line.mend();
  const { client, claimed } = await claimedBy(prepared);
  assert.equal(claimed.address, prepared.wallet.address);
  await isReceiptOf(claimed.receipt, prepared.wallet);
  await isHandedOver(stage, client, prepared);
  await client.connect();
  await isHandedOver(stage, client, prepared);
  assert.deepEqual(stage.line.paths.filter((path) => path.includes("pairing")), []);
  await client.close();
});

test("wallets of all types are claimed at once, with one passkey, and opened by one prompt", async () => {
  const claimantId = stage.someone();
  const created = await stage.server.createWalletPerType({ types: TYPES, claimantId });
  assert.deepEqual(created.map(({ wallet }) => wallet.type), TYPES);
  for (const { wallet } of created) {
    assert.match(wallet.address, ADDRESSES[wallet.type]);
    assert.match(wallet.publicKey, KEYS[wallet.type]);
  }
  const { client, claimed } = await claimedBy(...created);
  assert.equal((await client.authenticator.credentials()).length, 1);
  for (const [index, prepared] of created.entries()) {
    await isReceiptOf(claimed.receipts[index], prepared.wallet);
    await isHandedOver(stage, client, prepared);
  }
  const session = await client.run(async () => {
    const session = await window.wallet.unlock();
    const signatures = {};
    for (const { walletId, type } of session.wallets) {
      const signed = new Uint8Array(32).fill(7);
      const { scheme, bytes } = await session.sign(type === "SOLANA" ? { message: signed, walletId } : { digest: signed, walletId });
      signatures[walletId] = { scheme, bytes: Array.from(bytes) };
    }
    return { type: session.type, signatures };
  });
  assert.equal(session.type, "EVM");
  for (const { wallet } of created) {
    const { scheme, bytes } = session.signatures[wallet.walletId];
    assert.deepEqual([scheme, bytes.length], [wallet.scheme, wallet.type === "SOLANA" ? 64 : 65]);
    await isSignatureOf(wallet, bytes);
  }
  const listed = new Map((await stage.server.getWallets({ claimantId })).map((record) => [record.walletId, record]));
  for (const { wallet } of created) {
    const { claimed, createdAt, ...shown } = listed.get(wallet.walletId);
    assert.deepEqual([claimed, shown], [true, { ...wallet, epoch: 1, imported: false }]);
  }
  await client.close();
});

test("a receipt says an address for the types of its scheme only", async () => {
  const prepared = await stage.prepare(stage.someone(), "COSMOS");
  const { client, claimed } = await claimedBy(prepared);
  const { receipt } = claimed;
  const { type, address, publicKey } = await verifyReceipt({ receipt });
  assert.deepEqual([type, address, publicKey], [undefined, undefined, prepared.wallet.publicKey]);
  assert.match((await verifyReceipt({ receipt, type: "EVM" })).address, ADDRESSES.EVM);
  await refusedWith(verifyReceipt({ receipt, type: "SOLANA" }), "invalid_argument");
  await refusedWith(verifyReceipt({ receipt, type: "DOGE" }), "invalid_argument");
  await client.close();
});

test("what a scheme doesn't sign is refused before anything is sent", async () => {
  const created = await stage.server.createWalletPerType({ types: ["EVM", "SOLANA"], claimantId: stage.someone() });
  const bytes = new Uint8Array(32);
  const wrong = {
    EVM: [{ message: bytes }, { message: bytes, digest: bytes }, { digest: bytes, path: [2 ** 31] }, { digest: bytes, path: Array(11).fill(0) }, { digest: bytes, path: "0/5" }, { digest: bytes, path: [0.5] }, { digest: bytes, path: [-1] }],
    SOLANA: [{ digest: bytes }, { message: bytes, path: [0] }, { digest: bytes, path: [0] }, { message: "text" }, { message: new Uint8Array(8_193) }],
  };
  stage.line.mend();
  for (const { wallet, share } of created) {
    for (const options of wrong[wallet.type]) await refusedWith(stage.server.withShare(share).sign(options), "invalid_argument");
  }
  assert.deepEqual(stage.line.paths, []);
  const { client } = await claimedBy(...created);
  const codes = await client.run(async () => {
    const session = await window.wallet.unlock();
    window.session = session;
    const codes = [];
    for (const { walletId, type } of session.wallets) {
      const bytes = new Uint8Array(32);
      const wrong = type === "SOLANA" ? [{ digest: bytes }, { message: bytes, path: [0] }, { message: new Uint8Array(8_193) }] : [{ message: bytes }, { digest: bytes, path: [2 ** 31] }];
      for (const options of wrong) codes.push(await session.sign({ ...options, walletId }).then(() => "went through", (error) => error.code));
    }
    return codes;
  });
  assert.deepEqual(codes, Array(5).fill("invalid_argument"));
  // The longest message, and the empty one.
  for (const length of [8_192, 0]) {
    const [, { wallet }] = created;
    const signature = await client.run(
      async ({ walletId, length }) => Array.from((await window.session.sign({ message: new Uint8Array(length).fill(9), walletId })).bytes),
      { walletId: wallet.walletId, length },
    );
    await isSignatureOf(wallet, signature, new Uint8Array(length).fill(9));
  }
  await client.close();
});

test("children are the same before and after the claim, and sign for themselves alone", async () => {
  const created = await stage.server.createWalletPerType({ types: TYPES, claimantId: stage.someone() });
  const [evm, cosmos, solana] = created.map(({ share }) => stage.server.withShare(share));
  const path = [0, 5];
  const before = evm.child({ path });
  assert.match(before.address, ADDRESSES.EVM);
  assert.notEqual(before.address, evm.address);
  assert.deepEqual(evm.child({}), { publicKey: evm.publicKey, address: evm.address });
  await isSignatureOf({ scheme: evm.scheme, publicKey: before.publicKey }, (await evm.sign({ digest: new Uint8Array(32).fill(7), path })).bytes);
  assert.match(cosmos.addressWithPrefix({ prefix: "osmo" }), /^osmo1/);
  assert.match(cosmos.child({ path, prefix: "osmo" }).address, /^osmo1/);
  assert.deepEqual(solana.child({}), { publicKey: solana.publicKey, address: solana.address });
  const refused = [
    () => solana.child({ path }),
    () => evm.child({ path: [2 ** 31] }),
    () => evm.child({ path, prefix: "osmo" }),
    () => evm.child({ index: 0 }),
    () => evm.addressWithPrefix({ prefix: "osmo" }),
    () => solana.addressWithPrefix({ prefix: "osmo" }),
    () => cosmos.addressWithPrefix({ prefix: "Osmo" }),
    () => cosmos.addressWithPrefix({}),
  ];
  for (const call of refused) await refusedWith(async () => call(), "invalid_argument");

  const { client } = await claimedBy(...created);
  const { child, bytes } = await client.run(async (path) => {
    const child = await window.wallet.child({ path }); // a promise in a worker
    const session = await window.wallet.unlock();
    const { bytes } = await session.sign({ digest: new Uint8Array(32).fill(7), path });
    return { child, bytes: Array.from(bytes) };
  }, path);
  assert.deepEqual(child, before);
  await isSignatureOf({ scheme: "ecdsa-secp256k1", publicKey: child.publicKey }, bytes);
  await assert.rejects(isSignatureOf(created[0].wallet, bytes), assert.AssertionError);
  await client.close();
});

test("an imported key keeps its address and its children, and is claimed like any other", async () => {
  const root = HDKey.fromMasterSeed(Buffer.alloc(32, 5)).derive("m/44'/60'/0'");
  const claimantId = stage.someone();
  const { wallet, share } = await stage.server.importWallet({ type: "EVM", privateKey: root.privateKey, chainCode: root.chainCode, claimantId });
  assert.deepEqual([wallet.address, wallet.epoch], [privateKeyToAccount(hex(root.privateKey)).address, 1]);
  const child = stage.server.withShare(share).child({ path: [0, 5] });
  assert.equal(child.address, hdKeyToAccount(root, { path: "m/0/5" }).address);
  const { client, claimed } = await claimedBy({ share });
  assert.equal(claimed.epoch, 2);
  await isReceiptOf(claimed.receipt, wallet, { imported: true });
  await isHandedOver(stage, client, { wallet, share });
  assert.deepEqual(await client.run(() => window.wallet.child({ path: [0, 5] })), child);
  await client.close();
});

test("a claim can refuse imported keys before anything changes, and no key is imported twice", async () => {
  const claimantId = stage.someone();
  const privateKey = new Uint8Array(32).fill(11);
  const { wallet, share } = await stage.server.importWallet({ type: "EVM", privateKey, claimantId });
  await refusedWith(stage.server.importWallet({ type: "COSMOS", privateKey, claimantId: stage.someone() }), "invalid_argument");
  const [record] = await stage.server.getWallets({ claimantId });
  assert.deepEqual([record.imported, record.claimed], [true, false]);
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ share, to: client.publicKey });
  const finish = (refuseImported) =>
    client.run(
      async ({ share, ticket, refuseImported }) => {
        const claim = await window.kit.load({ share });
        return (await claim.finish({ proof: { ticket }, passkey: { name: "tests" }, refuseImported })).receipt;
      },
      { ...handOff, refuseImported },
    );
  await refusedWith(finish(true), "not_authorised");
  await refusedWith(finish("yes"), "invalid_argument");
  assert.equal((await client.authenticator.credentials()).length, 0, "nobody is asked for a passkey");
  const { bytes } = await stage.server.withShare(share).sign({ digest: new Uint8Array(32).fill(7) });
  await isSignatureOf(wallet, bytes);
  await isReceiptOf(await finish(false), wallet, { imported: true });
  await client.close();
});

test("a SOLANA key is imported as a seed or as the 64 bytes of Solana's tools", async () => {
  const pair = () => {
    const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const [seed, publicKey] = [d, x].map((text) => new Uint8Array(Buffer.from(text, "base64url")));
    return { seed, publicKey, both: Uint8Array.of(...seed, ...publicKey) };
  };
  const { seed, publicKey, both } = pair();
  const from = (privateKey, more) => stage.server.importWallet({ type: "SOLANA", privateKey, claimantId: stage.someone(), ...more });
  stage.line.mend();
  const other = Uint8Array.of(...seed, ...publicKey.map((byte) => byte ^ 1));
  for (const refused of [other, both.subarray(1), seed.subarray(1), new Uint8Array(0), "seed"]) await refusedWith(from(refused), "invalid_argument");
  await refusedWith(from(seed, { form: "hex" }), "invalid_argument");
  await refusedWith(from(both, { form: "scalar" }), "invalid_argument");
  await refusedWith(stage.server.importWallet({ type: "EVM", privateKey: new Uint8Array(32), claimantId: stage.someone() }), "invalid_argument");
  await refusedWith(stage.server.importWallet({ type: "EVM", privateKey: seed, form: "seed", claimantId: stage.someone() }), "invalid_argument");
  assert.deepEqual(stage.line.paths, []);
  for (const name of ["seed", "both"]) {
    const { [name]: privateKey, publicKey } = pair();
    const prepared = await from(privateKey);
    assert.equal(prepared.wallet.publicKey, hex(publicKey));
    const { client } = await claimedBy(prepared);
    await isHandedOver(stage, client, prepared);
    await client.close();
  }
});

test("a key is exported only where the operator allows it, and only after another prompt", async () => {
  const created = await stage.server.createWalletPerType({ types: ["EVM", "SOLANA"], claimantId: stage.someone() });
  const { client } = await claimedBy(...created);
  const open = () =>
    client.run(async () => {
      const get = CredentialsContainer.prototype.get;
      if (window.prompts === undefined) {
        CredentialsContainer.prototype.get = function (...words) {
          window.prompts += 1;
          return get.apply(this, words);
        };
      }
      window.session = await window.wallet.unlock();
      window.prompts = 0;
    });
  const exported = ({ walletId }) => client.run(async (walletId) => Array.from(await window.session.exportKey({ walletId })), walletId);
  await open();
  for (const { wallet } of created) await refusedWith(exported(wallet), "not_authorised");
  assert.equal(await client.run(() => window.prompts), 0, "nobody is asked for what is refused anyway");

  await stage.coSigner.allowExports();
  await open();
  const [evm, solana] = created.map(({ wallet }) => wallet);
  const key = await exported(evm);
  assert.equal(privateKeyToAccount(hex(key)).address, evm.address);
  assert.equal(await client.run(() => window.prompts), 1);
  const scalar = await exported(solana);
  assert.equal(await client.run(() => window.prompts), 2);
  assert.equal(publicKeyOf(scalar), solana.publicKey);
  const seen = await client.run(async () => Array.from(await window.session.exportKey()));
  assert.deepEqual(seen, key, "the wallet that was unlocked, if none is named");
  await isHandedOver(stage, client, created[0]);
  await open();
  await client.authenticator.refuse();
  await refusedWith(exported(evm), "passkey_cancelled");
  await client.run(() => window.session.lock());
  await refusedWith(exported(evm), "session_expired");
  await client.close();
});
