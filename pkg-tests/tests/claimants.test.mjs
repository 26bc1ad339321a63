// Whom wallets are made for: the table of spellings that wire's and the co-signer's tests hold too, in the module's wasm.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { verifyProof } from "claimkit/server";
import { refusedWith, Stage } from "../harness/stage.mjs";

const table = JSON.parse(readFileSync(new URL("../../docs/claimant-ids.json", import.meta.url), "utf8"));

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** What `work` sends: each request's body, on its way to the co-signer. */
async function sentBy(work) {
  const { fetch } = globalThis;
  const bodies = [];
  globalThis.fetch = (address, options) => {
    bodies.push(new TextDecoder().decode(options.body));
    return fetch(address, options);
  };
  try {
    return { result: await work(), bodies };
  } finally {
    globalThis.fetch = fetch;
  }
}

test("each spelling is sent in its form, or refused with its reason", async () => {
  for (const { id, normal, refused } of table) {
    const { bodies } = await sentBy(async () => {
      const asked = stage.server.hasWallet({ claimantId: id });
      if (normal !== undefined) return asked;
      const error = await refusedWith(() => asked, "invalid_argument");
      assert.ok(error.message.includes(refused), `${JSON.stringify(id)}: ${error.message}`);
    });
    const [kind] = Object.keys(id);
    const expected = normal === undefined ? [] : [{ [kind]: normal }];
    assert.deepEqual(bodies.map((body) => JSON.parse(body).claimantId), expected, JSON.stringify(id));
  }
});

test("texts that were cut in the middle of a character are refused", async () => {
  const halves = ["user-\ud83e", "user-\ud83d", "v-\udc00", "\udc00", "\ud83e\ud83e\udd8a"];
  const { share } = await stage.prepare();
  const kinds = ["email", "phone", "telegramUserId", "farcasterUsername", "xUsername", "discordUsername", "customId"];
  const proof = { proof: "a.b.c", audience: "shop", nonce: "n1" };
  const key = "A".repeat(43);
  for (const half of halves) {
    const calls = [
      ...kinds.map((kind) => () => stage.server.hasWallet({ claimantId: { [kind]: half } })),
      () => stage.server.createWallet({ type: half, claimantId: { customId: "1" } }),
      () => stage.server.createWalletPerType({ types: [half], claimantId: { customId: "1" } }),
      async () => stage.server.withShare(half),
      async () => stage.server.sealFor({ share: half, to: key }),
      async () => stage.server.sealFor({ shares: [half], to: key }),
      async () => stage.server.sealFor({ share, to: half }),
      () => stage.server.verifyProof({ ...proof, claimantId: { customId: half } }),
      () => stage.server.verifyProof({ ...proof, audience: half }),
      () => verifyProof({ ...proof, identity: { channelKey: key, receiptKey: key }, jwks: half }),
    ];
    for (const call of calls) {
      const { bodies } = await sentBy(() => refusedWith(call, "invalid_argument"));
      assert.deepEqual(bodies, [], String(call));
    }
  }
});

test("a text that stands for lost characters of another is refused for a claimant", () =>
  refusedWith(() => stage.server.hasWallet({ claimantId: { customId: "v-\ufffd" } }), "invalid_argument"));

test("texts and arrays that no call takes are refused before they fill the memory", async () => {
  const text = "A".repeat(2 ** 20 + 1);
  for (const call of [
    () => stage.server.hasWallet({ claimantId: { customId: text } }),
    async () => stage.server.withShare(text),
    async () => stage.server.sealFor({ shares: Array(1025).fill("A"), to: "A".repeat(43) }),
    async () => stage.server.withShare((await stage.prepare(undefined, "SOLANA")).share).sign({ message: new Uint8Array(8193) }),
  ])
    await refusedWith(call, "invalid_argument").catch((error) => assert.fail(`${call}: ${error.message}`));
});
