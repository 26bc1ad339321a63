// A co-signer, or something before it, that is too busy and says when to come again.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

/** The error of a call in the page, and how many seconds it says to wait. */
const toWait = (client, work, argument) =>
  client.run(
    async ({ work, argument }) => {
      try {
        await (0, eval)(`(${work})`)(argument);
        return undefined;
      } catch ({ code, retryAfter, retryable }) {
        return { code, retryAfter, retryable };
      }
    },
    { work: String(work), argument },
  );

/** How long the module's waits are at a time, in milliseconds: a wish to end a call goes no longer unheard. */
const SLICE = 250;

/** Has the module's waits be over at once; gives what tells how long they were to be, in milliseconds. */
async function hurry(client) {
  await client.run((slice) => {
    const { setTimeout } = window;
    window.waited = 0;
    window.setTimeout = (work, after, ...given) => {
      if (after === slice) window.waited += after;
      return setTimeout(work, after === slice ? 0 : after, ...given);
    };
  }, SLICE);
  return () => client.run(() => window.waited);
}

const claim = async ({ share, ticket }) => (await window.kit.load({ share })).finish({ proof: { ticket }, passkey: { name: "tests" } });

for (const status of [429, 503]) {
  test(`a claim waits as long as ${status} says, at each request that may be sent again, and ends well`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    const paths = ["start", "refresh", "prepare", "commit", "acknowledge"].map((step) => `/v1/claim/${step}`);
    for (const path of paths) stage.line.refuse({ path, status, retryAfter: 1 });
    const waited = await hurry(client);
    await client.claim(handOff(prepared, client));
    assert.equal(await waited(), 1_000 * paths.length);
    for (const path of paths) assert.equal(stage.line.paths.filter((sent) => sent === path).length, 2, path);
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

for (const { path, work } of [
  { path: "/v1/claim/confirm", work: claim },
  { path: "/v1/sign", work: async () => (await window.session).sign({ digest: new Uint8Array(32) }) },
]) {
  test(`${path} is never sent again by itself: the error says when to`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    if (path === "/v1/sign") {
      await client.claim(handOff(prepared, client));
      await client.run(async () => void (await (window.session = window.wallet.unlock())));
    }
    stage.line.mend();
    stage.line.refuse({ path, status: 503, retryAfter: 2 });
    const error = await toWait(client, work, handOff(prepared, client));
    assert.equal(error?.retryAfter, 2);
    assert.equal(error.retryable, true);
    assert.equal(stage.line.paths.filter((sent) => sent === path).length, 1);
    if (path === "/v1/claim/confirm") {
      await isStillPrepared(stage, prepared);
      await client.claim(handOff(prepared, client));
    }
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("a wait that is too long is the caller's to decide", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  stage.line.mend();
  stage.line.refuse({ path: "/v1/claim/start", status: 503, retryAfter: 3_600, times: Infinity });
  const error = await toWait(client, claim, handOff(prepared, client));
  assert.deepEqual([error?.retryAfter, error?.retryable], [3_600, true]);
  assert.deepEqual(stage.line.paths, ["/v1/claim/start"]);
  await client.close();
});

test("a wait can be called off", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  stage.line.refuse({ path: "/v1/claim/start", status: 429, retryAfter: 30, times: Infinity });
  const stopped = client.run(
    async ({ share, ticket, slice }) => {
      const { setTimeout } = window;
      const stop = new AbortController();
      window.slices = 0;
      window.setTimeout = (work, after, ...given) => {
        if (after !== slice) return setTimeout(work, after, ...given);
        window.slices += 1;
        stop.abort();
        return setTimeout(work, 0, ...given);
      };
      const claim = await window.kit.load({ share });
      await claim.finish({ proof: { ticket }, passkey: { name: "tests" }, signal: stop.signal });
    },
    { ...handOff(prepared, client), slice: SLICE },
  );
  await refusedWith(stopped, "cancelled");
  assert.equal(await client.run(() => window.slices), 1);
  await client.close();
});
