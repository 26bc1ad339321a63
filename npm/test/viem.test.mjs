// Conformance: what viem's own local account signs, ours signs to the same bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, hexToBytes, parseGwei, recoverAddress, verifyMessage, verifyTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { verifyAuthorization } from "viem/utils";
import { toViemAccount } from "../dist/viem.js";

// A test key of no worth: the bytes 1 to 32.
const KEY = bytesToHex(Uint8Array.from({ length: 32 }, (_, index) => index + 1));
const theirs = privateKeyToAccount(KEY);

/** A session that signs alone: deterministic (RFC 6979), low-s, as viem's account does. */
const session = {
  address: theirs.address,
  type: "EVM",
  async sign({ digest }) {
    assert.ok(digest instanceof Uint8Array && digest.length === 32);
    const recovered = secp256k1.sign(digest, hexToBytes(KEY), { prehash: false, format: "recovered" });
    const [yParity, r, s] = [recovered[0], recovered.slice(1, 33), recovered.slice(33)];
    return { r, s, yParity, bytes: Uint8Array.of(...r, ...s, 27 + yParity) };
  },
};
const ours = toViemAccount(session);

const to = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const fees = { maxFeePerGas: parseGwei("20"), maxPriorityFeePerGas: 1n };
const accessList = [{ address: to, storageKeys: [`0x${"11".repeat(32)}`] }];
const TRANSACTIONS = {
  legacy: { type: "legacy", chainId: 1, nonce: 3, gas: 21_000n, gasPrice: parseGwei("9"), to, value: 1n },
  "legacy without a chain": { type: "legacy", nonce: 0, gas: 21_000n, gasPrice: 1n, to },
  "EIP-2930": { type: "eip2930", chainId: 1, nonce: 3, gas: 60_000n, gasPrice: 1n, to, accessList },
  "EIP-1559": { type: "eip1559", chainId: 10, nonce: 3, gas: 21_000n, to, value: 5n, data: "0xdeadbeef", ...fees },
  "EIP-1559 of no type": { chainId: 1, nonce: 0, gas: 21_000n, ...fees },
  "EIP-4844": { type: "eip4844", chainId: 1, nonce: 0, gas: 21_000n, to, ...fees, maxFeePerBlobGas: 3n, blobVersionedHashes: [`0x01${"00".repeat(31)}`] },
};
const TYPED_DATA = {
  domain: { name: "Ether Mail", version: "1", chainId: 1, verifyingContract: to },
  types: { Person: [{ name: "name", type: "string" }, { name: "wallet", type: "address" }], Mail: [{ name: "from", type: "Person" }, { name: "contents", type: "string" }] },
  primaryType: "Mail",
  message: { from: { name: "Cow", wallet: to }, contents: "Hello, Bob!" },
};

test("the account says who it is", () => {
  assert.deepEqual([ours.address, ours.type, ours.source], [theirs.address, "local", "custom"]);
});

test("wallets of other types are refused", () => {
  for (const type of ["COSMOS", "SOLANA", undefined]) {
    assert.throws(() => toViemAccount({ ...session, type }), { name: "ClaimkitError", code: "invalid_argument", message: /EVM/ });
  }
});

for (const message of ["", "hello", "héllo 🌍", { raw: "0xdeadbeef" }, { raw: Uint8Array.of(0, 1, 2) }]) {
  test(`message ${JSON.stringify(message)}`, async () => {
    const signature = await ours.signMessage({ message });
    assert.equal(signature, await theirs.signMessage({ message }));
    assert.ok(await verifyMessage({ address: theirs.address, message, signature }));
  });
}

test("typed data", async () => {
  const signature = await ours.signTypedData(TYPED_DATA);
  assert.equal(signature, await theirs.signTypedData(TYPED_DATA));
  assert.ok(await verifyTypedData({ ...TYPED_DATA, address: theirs.address, signature }));
});

for (const [name, transaction] of Object.entries(TRANSACTIONS)) {
  test(`transaction: ${name}`, async () => {
    // Many, so that both parities and short r and s come up.
    for (let nonce = 0; nonce < 300; nonce += 1) {
      const numbered = { ...transaction, nonce };
      assert.equal(await ours.signTransaction(numbered), await theirs.signTransaction(numbered));
    }
  });
}

test("transaction: EIP-7702, with its authorization", async () => {
  const authorization = { chainId: 1, nonce: 4, address: to };
  const signed = await ours.signAuthorization(authorization);
  assert.deepEqual(signed, await theirs.signAuthorization(authorization));
  assert.ok(await verifyAuthorization({ address: theirs.address, authorization: signed }));
  const transaction = { type: "eip7702", chainId: 1, nonce: 5, gas: 60_000n, to, ...fees, authorizationList: [signed] };
  assert.equal(await ours.signTransaction(transaction), await theirs.signTransaction(transaction));
});

test("an authorization by `contractAddress`", async () => {
  const authorization = { chainId: 1, nonce: 4, contractAddress: to };
  assert.deepEqual(await ours.signAuthorization(authorization), await theirs.signAuthorization(authorization));
});

test("a blob transaction signs without its blobs and travels with them", async () => {
  const blob = `0x${"00".repeat(131_072)}`;
  const commitment = `0x${"c0".padEnd(96, "0")}`;
  const transaction = { ...TRANSACTIONS["EIP-4844"], sidecars: [{ blob, commitment, proof: commitment }] };
  assert.equal(await ours.signTransaction(transaction), await theirs.signTransaction(transaction));
});

test("a chain's own serializer is used", async () => {
  const serializer = (_, signature) => (signature ? `0x${signature.r.slice(2)}` : "0x1234");
  assert.equal(await ours.signTransaction({ chainId: 1 }, { serializer }), await theirs.signTransaction({ chainId: 1 }, { serializer }));
});

test("a bare hash", async () => {
  const hash = `0x${"ab".repeat(32)}`;
  const signature = await ours.sign({ hash });
  assert.equal(signature, await theirs.sign({ hash }));
  assert.equal(await recoverAddress({ hash, signature }), theirs.address);
});

test("what the session throws is thrown", async () => {
  const error = Object.assign(new Error("over"), { name: "ClaimkitError", code: "session_expired" });
  const account = toViemAccount({ ...session, sign: () => Promise.reject(error) });
  await assert.rejects(account.signMessage({ message: "hello" }), error);
});
