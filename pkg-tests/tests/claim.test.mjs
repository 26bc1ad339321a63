// A claim, and what is so after it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isHandedOver, isReceiptOf, isSignedBy } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const REQUESTS = ["start", "refresh", "prepare", "confirm", "commit", "acknowledge"].map((step) => `/v1/claim/${step}`);
const PHASES = ["start", "passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"];

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

test("a claim takes six requests, one passkey, and gives a receipt", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  stage.line.mend();
  const claimed = await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  assert.deepEqual(stage.line.paths, [...REQUESTS, "/v1/lock"]);
  assert.deepEqual(claimed.phases, PHASES);
  assert.equal((await client.authenticator.credentials()).length, 1);
  assert.deepEqual([claimed.address, claimed.epoch], [prepared.wallet.address, 1]);
  await isReceiptOf(claimed.receipt, prepared.wallet);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("loading a share sends nothing, and gives what it holds", async () => {
  const { wallet, share } = await stage.prepare();
  const client = await stage.openPage();
  stage.line.mend();
  const loaded = await client.run(async (handOff) => {
    const { address, walletId, scheme, epoch, wallets } = await window.kit.load({ share: handOff.share });
    return { address, walletId, scheme, epoch, wallets: wallets.length };
  }, stage.server.sealFor({ share, to: client.publicKey }));
  assert.deepEqual(loaded, { address: wallet.address, walletId: wallet.walletId, scheme: "ecdsa-secp256k1", epoch: 0, wallets: 1 });
  assert.deepEqual(stage.line.paths, []);
  await client.close();
});

test("a claim started ahead opens the passkey prompt without another request", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { share, ticket } = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  stage.line.mend();
  const phases = await client.run(
    async ({ share, ticket }) => {
      const claim = await window.kit.load({ share });
      const proof = { ticket };
      await claim.start({ proof });
      const seen = [];
      await claim.finish({ proof, passkey: { name: "tests" }, onProgress: ({ phase }) => seen.push(phase) });
      return seen;
    },
    { share, ticket },
  );
  assert.equal(phases.filter((phase) => phase !== "start")[0], "passkey");
  assert.deepEqual(stage.line.paths, REQUESTS);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("after a reload, and after the co-signer's restart, the wallet unlocks, signs and locks", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { walletId, address } = await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.connect();
  assert.deepEqual(await client.held(), [walletId]);
  await isSignedBy(address, await client.sign(walletId));
  await stage.coSigner.restart();
  await isSignedBy(address, await client.sign(walletId));
  const locked = client.run(async () => {
    const [wallet] = await window.kit.wallets();
    const session = await wallet.unlock();
    session.lock();
    await session.sign({ digest: new Uint8Array(32) });
  });
  await refusedWith(locked, "session_expired");
  await client.close();
});

test("a second claim is refused, from the same browser and from another", async () => {
  const prepared = await stage.prepare();
  const [first, second] = [await stage.openPage(), await stage.openPage()];
  await first.claim(stage.server.sealFor({ share: prepared.share, to: first.publicKey }));
  for (const client of [first, second]) {
    const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
    await refusedWith(client.claim(handOff), "already_claimed");
  }
  assert.equal((await second.authenticator.credentials()).length, 0, "no passkey is made for a claim that can't be");
  await isHandedOver(stage, first, prepared);
  await Promise.all([first.close(), second.close()]);
});

test("several wallets are claimed with one passkey and six requests", async () => {
  const claimantId = stage.someone();
  const all = [];
  for (let count = 0; count < 3; count += 1) all.push(await stage.prepare(claimantId));
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ shares: all.map(({ share }) => share), to: client.publicKey });
  stage.line.mend();
  const { wallets, receipts } = await client.claim(handOff);
  assert.deepEqual(stage.line.paths, [...REQUESTS, "/v1/lock"]);
  assert.deepEqual([wallets, receipts.length], [3, 3]);
  assert.equal((await client.authenticator.credentials()).length, 1);
  for (const [index, prepared] of all.entries()) {
    await isReceiptOf(receipts[index], prepared.wallet);
    await isHandedOver(stage, client, prepared);
  }
  await client.close();
});

/** How often a pairing's 128 transfers are left for another task, where twelve are made at a time. */
const TURNS = Math.ceil(128 / 12) - 1;

test("a claim gives the thread back between the slices of its work", async () => {
  const { share } = await stage.prepare();
  const client = await stage.openPage();
  // How long a slice takes is the machine's: `cargo xtask demo --check` measures it.
  await client.inside(() => {
    const { yield: turn } = Scheduler.prototype;
    globalThis.turns = 0;
    Scheduler.prototype.yield = function (...given) {
      globalThis.turns += 1;
      return Reflect.apply(turn, this, given);
    };
  });
  await client.claim(stage.server.sealFor({ share, to: client.publicKey }));
  const turns = await client.inside(() => globalThis.turns);
  assert.ok(turns >= TURNS, `${turns} turns`);
  await client.close();
});

test("the account for viem signs messages, typed data and transactions as the wallet", async () => {
  const { server, consumer } = stage;
  assert.ok(server && consumer);
  const { toViemAccount } = await import("claimkit/viem");
  const { hashMessage, parseTransaction, recoverMessageAddress, recoverTransactionAddress, recoverTypedDataAddress } = await import("viem");
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.run(async () => {
    window.session = await window.wallet.unlock();
  });
  // The session is the page's; the account, made here, sends it each digest.
  const session = {
    address: prepared.wallet.address,
    type: prepared.wallet.type,
    sign: async ({ digest }) => {
      const signature = await client.run(
        async (bytes) => {
          const { r, s, yParity, bytes: whole } = await window.session.sign({ digest: Uint8Array.from(bytes) });
          return { r: Array.from(r), s: Array.from(s), yParity, bytes: Array.from(whole) };
        },
        Array.from(digest),
      );
      const { r, s, yParity, bytes } = signature;
      return { r: Uint8Array.from(r), s: Uint8Array.from(s), yParity, bytes: Uint8Array.from(bytes) };
    },
  };
  const account = toViemAccount(session);
  assert.equal(account.address, prepared.wallet.address);
  assert.ok(hashMessage("x"));
  for (const message of ["hello", "", "ünïcode ✓", { raw: "0x00ff" }]) {
    const signature = await account.signMessage({ message });
    assert.equal(await recoverMessageAddress({ message, signature }), account.address);
  }
  const typed = {
    domain: { name: "Tests", version: "1", chainId: 1 },
    types: { Greeting: [{ name: "text", type: "string" }] },
    primaryType: "Greeting",
    message: { text: "hello" },
  };
  assert.equal(await recoverTypedDataAddress({ ...typed, signature: await account.signTypedData(typed) }), account.address);
  const to = "0x000000000000000000000000000000000000dEaD";
  for (const transaction of [
    { type: "eip1559", chainId: 1, nonce: 0, to, value: 1n, gas: 21_000n, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n },
    { type: "eip2930", chainId: 1, nonce: 0, to, value: 1n, gas: 21_000n, gasPrice: 2n, accessList: [] },
    { type: "legacy", chainId: 1, nonce: 0, to, value: 1n, gas: 21_000n, gasPrice: 2n },
  ]) {
    const serializedTransaction = await account.signTransaction(transaction);
    assert.equal(parseTransaction(serializedTransaction).type, transaction.type);
    assert.equal(await recoverTransactionAddress({ serializedTransaction }), account.address);
  }
  await client.close();
});
