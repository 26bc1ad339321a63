// Bad input at every door that JavaScript has.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isClaimkitError, connectServer, verifyReceipt } from "claimkit/server";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

test("the browser's doors refuse what they don't know, before anything is sent", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  stage.line.mend();
  const codes = await client.run(async ({ share, ticket }) => {
    const { connect, verifyReceipt, verifyRefusal } = await import("/packages/claimkit");
    const { kit } = window;
    const claim = await kit.load({ share });
    const proof = { ticket };
    const passkey = { name: "tests" };
    const calls = {
      "connect()": () => connect(),
      "connect(null)": () => connect(null),
      "connect({})": () => connect({}),
      "connect({ cosigner: 1 })": () => connect({ cosigner: 1 }),
      "connect({ cosigner: 'no address' })": () => connect({ cosigner: "no address" }),
      "connect({ cosigner: 'http://example.com' })": () => connect({ cosigner: "http://example.com" }),
      "connect({ cosigner: 'ftp://localhost' })": () => connect({ cosigner: "ftp://localhost" }),
      "connect({ …, coSigner })": () => connect({ cosigner: "http://localhost:1", coSigner: "x" }),
      "connect({ …, identity: {} })": () => connect({ cosigner: "http://localhost:1", identity: {} }),
      "connect({ …, identity: short })": () => connect({ cosigner: "http://localhost:1", identity: { channelKey: "AA", receiptKey: "AA" } }),
      "load()": () => kit.load(),
      "load('…')": () => kit.load(share),
      "load({})": () => kit.load({}),
      "load({ share: bytes })": () => kit.load({ share: new Uint8Array(8) }),
      "load({ …, extra })": () => kit.load({ share, extra: 1 }),
      "load({ …, signal: {} })": () => kit.load({ share, signal: {} }),
      "wallets({ extra })": () => kit.wallets({ extra: 1 }),
      "resume({ extra })": () => kit.resume({ extra: 1 }),
      "resume({ onProgress: 1 })": () => kit.resume({ onProgress: 1 }),
      "restore({ extra })": () => kit.restore({ extra: 1 }),
      "restore({ signal: {} })": () => kit.restore({ signal: {} }),
      "start()": () => claim.start(),
      "start({ proof: {} })": () => claim.start({ proof: {} }),
      "finish()": () => claim.finish(),
      "finish({ proof })": () => claim.finish({ proof }),
      "finish({ passkey })": () => claim.finish({ passkey }),
      "finish({ proof: { ticket: '' } })": () => claim.finish({ proof: { ticket: "" }, passkey }),
      "finish({ proof: { ticket: 1 } })": () => claim.finish({ proof: { ticket: 1 }, passkey }),
      "finish({ proof: { …, extra } })": () => claim.finish({ proof: { ticket, extra: 1 }, passkey }),
      "finish({ passkey: {} })": () => claim.finish({ proof, passkey: {} }),
      "finish({ passkey: { name: '' } })": () => claim.finish({ proof, passkey: { name: "" } }),
      "start({ proof: { ticket: half of a pair } })": () => claim.start({ proof: { ticket: `${ticket}\ud83e` } }),
      "load({ share: half of a pair })": () => kit.load({ share: `${share}\ud83e` }),
      "finish({ passkey: { name: half of a pair } })": () => claim.finish({ proof, passkey: { name: "Ada \ud83e" } }),
      "finish({ passkey: { name: 1 } })": () => claim.finish({ proof, passkey: { name: 1 } }),
      "finish({ …, onProgress: 1 })": () => claim.finish({ proof, passkey, onProgress: 1 }),
      "finish({ …, onprogress })": () => claim.finish({ proof, passkey, onprogress() {} }),
      "verifyReceipt()": () => verifyReceipt(),
      "verifyReceipt({})": () => verifyReceipt({}),
      "verifyReceipt({ receipt: '' })": () => verifyReceipt({ receipt: "" }),
      "verifyReceipt({ receipt: 1 })": () => verifyReceipt({ receipt: 1 }),
      "verifyRefusal()": () => verifyRefusal(),
      "verifyRefusal({ receipt })": () => verifyRefusal({ receipt: "" }),
      "verifyRefusal({ refusal: '' })": () => verifyRefusal({ refusal: "" }),
      "verifyRefusal({ refusal: 1 })": () => verifyRefusal({ refusal: 1 }),
    };
    const codes = {};
    for (const [name, call] of Object.entries(calls)) {
      try {
        await call();
        codes[name] = "went through";
      } catch (error) {
        codes[name] = error.name === "ClaimkitError" && error instanceof Error ? error.code : `${error.name}: ${error.message}`;
      }
    }
    return codes;
  }, handOff);
  const wrong = Object.entries(codes).filter(([, code]) => code !== "invalid_argument");
  assert.deepEqual(wrong, []);
  assert.deepEqual(stage.line.paths, []);
  assert.equal((await client.authenticator.credentials()).length, 0);
  await client.claim(handOff);
  await client.close();
});

test("an unlock's door refuses what it doesn't know, before anything is sent", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  stage.line.mend();
  const codes = await client.run(async () => {
    const every = ["all", null, 1, { extra: 1 }, { endOtherSession: true }, { signal: {} }, { device: "" }, { idleLock: 0 }];
    for (const name of ["here", "endOtherSessions"]) for (const value of [1, 0, null, "true", {}, []]) every.push({ [name]: value });
    const codes = {};
    for (const options of every) codes[JSON.stringify(options)] = await window.wallet.unlock(options).then(() => "went through", (error) => error.code);
    return codes;
  });
  assert.deepEqual(new Set(Object.values(codes)), new Set(["invalid_argument"]), JSON.stringify(codes));
  assert.deepEqual(stage.line.paths, []);
  await client.close();
});

test("a session's door takes 32 bytes and nothing else", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const codes = await client.run(async () => {
    const session = await window.wallet.unlock();
    const digests = { none: undefined, text: "00", short: new Uint8Array(31), long: new Uint8Array(33), numbers: Array(32).fill(0), wide: new Uint32Array(8) };
    const codes = {};
    for (const [name, digest] of Object.entries(digests)) {
      codes[name] = await session.sign({ digest }).then(() => "went through", (error) => error.code);
    }
    codes.nothing = await session.sign().then(() => "went through", (error) => error.code);
    codes.extra = await session.sign({ digest: new Uint8Array(32), extra: 1 }).then(() => "went through", (error) => error.code);
    return codes;
  });
  assert.deepEqual(new Set(Object.values(codes)), new Set(["invalid_argument"]), JSON.stringify(codes));
  await client.close();
});

test("the server's doors refuse what they don't know", async () => {
  const { server } = stage;
  const { share } = await stage.prepare();
  const cosigner = stage.line.url;
  const calls = [
    () => connectServer(),
    () => connectServer({}),
    () => connectServer({ cosigner }),
    () => connectServer({ cosigner, apiKey: "" }),
    () => connectServer({ cosigner, apiKey: "no key" }),
    () => connectServer({ cosigner, apiKey: stage.coSigner.apiKey, extra: 1 }),
    () => server.createWallet(),
    () => server.createWallet({ type: "EVM" }),
    () => server.createWallet({ type: "DOGE", claimantId: { email: "a@example.com" } }),
    () => server.createWallet({ type: "evm", claimantId: { email: "a@example.com" } }),
    () => server.createWalletPerType({ types: [], claimantId: { email: "a@example.com" } }),
    () => server.createWalletPerType({ types: ["EVM", "EVM"], claimantId: { email: "a@example.com" } }),
    () => server.createWalletPerType({ types: ["EVM", "DOGE"], claimantId: { email: "a@example.com" } }),
    () => server.createWalletPerType({ types: "EVM", claimantId: { email: "a@example.com" } }),
    () => server.createWalletPerType({ type: "EVM", claimantId: { email: "a@example.com" } }),
    () => server.importWallet({ type: "EVM", claimantId: { email: "a@example.com" } }),
    () => server.importWallet({ type: "EVM", privateKey: "00", claimantId: { email: "a@example.com" } }),
    () => server.importWallet({ type: "EVM", privateKey: new Uint8Array(64).fill(1), claimantId: { email: "a@example.com" } }),
    () => server.importWallet({ type: "EVM", privateKey: new Uint8Array(32).fill(1), chainCode: new Uint8Array(31), claimantId: { email: "a@example.com" } }),
    () => server.importWallet({ type: "EVM", privateKey: new Uint8Array(32).fill(1), claimantId: {} }),
    () => server.createWallet({ type: "EVM", claimantId: {} }),
    () => server.createWallet({ type: "EVM", claimantId: { email: "no address" } }),
    () => server.createWallet({ type: "EVM", claimantId: { email: "a@example.com", phone: "+4915112345678" } }),
    () => server.createWallet({ type: "EVM", claimantId: { mail: "a@example.com" } }),
    () => server.hasWallet({}),
    () => server.getWallets({ claimantId: { phone: "0151" } }),
    async () => server.sealFor({ share }),
    async () => server.sealFor({ share, to: "short" }),
    async () => server.sealFor({ shares: [], to: "A".repeat(43) }),
    async () => server.sealFor({ share, to: "A".repeat(43), expiresIn: -1 }),
    async () => server.sealFor({ share, to: "A".repeat(43), expiresIn: "soon" }),
    () => server.withShare(share).sign({}),
    () => server.withShare(share).sign({ digest: new Uint8Array(31) }),
    () => server.withShare(share).updateClaimantId({}),
    async () => verifyReceipt({}),
  ];
  for (const call of calls) await refusedWith(call, "invalid_argument").catch((error) => assert.fail(`${call}: ${error.message}`));
});

test("a timeout that no timer can keep is refused", async () => {
  const connection = { cosigner: stage.line.url, apiKey: stage.coSigner.apiKey };
  for (const timeout of [2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, Infinity, 0, -1, 0.5, NaN, "5000"]) {
    const error = await refusedWith(() => connectServer({ ...connection, timeout }), "invalid_argument");
    assert.match(error.message, /`timeout` must be a whole number/, String(timeout));
  }
  await connectServer({ ...connection, timeout: 2 ** 31 - 1 });
});

test("what something else put on every object is none of a caller's options", async () => {
  const prepare = () => {
    const inherited = { wasm: "/nowhere.wasm", worker: true, walletId: "A".repeat(22), refuseImported: 1, idleLock: -1, message: "" };
    for (const [name, value] of Object.entries(inherited)) Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  };
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare });
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  assert.equal((await client.sign(prepared.wallet.walletId)).length, 65);
  await client.close();
});

test("a wrong API key is refused by the co-signer", async () => {
  const { apiKey } = stage.coSigner;
  const wrong = apiKey.slice(0, -2) + (apiKey.at(-2) === "A" ? "B" : "A") + apiKey.at(-1);
  const work = async () => {
    const server = await connectServer({ cosigner: stage.line.url, apiKey: wrong });
    await server.hasWallet({ claimantId: { email: "a@example.com" } });
  };
  const error = await refusedWith(work, "not_authorised");
  assert.ok(isClaimkitError(error));
  assert.equal(error.retryable, false);
  assert.ok(!error.message.includes(wrong), "no secret in a message");
});
