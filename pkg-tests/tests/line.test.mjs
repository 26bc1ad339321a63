// A co-signer that can't be reached, at each step: before it hears a request, and after it acted and before it is heard.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const STEPS = ["start", "refresh", "prepare", "confirm", "commit", "acknowledge"];
/** Steps whose request gives the same answer when it is sent again, or stores nothing; the others are never sent twice. */
const REPEATABLE = ["start", "prepare", "commit", "acknowledge"];

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });
const sent = (step) => stage.line.paths.filter((path) => path === `/v1/claim/${step}`).length;

for (const step of STEPS) {
  for (const when of ["before", "after"]) {
    test(`the line is down ${when} ${step}: the wallet is never lost`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage();
      stage.line.cut({ path: `/v1/claim/${step}`, when });
      const attempt = client.claim(handOff(prepared, client));
      if (step === "acknowledge") await attempt.catch(() => {});
      else await refusedWith(attempt, "co_signer_unreachable");
      if (!REPEATABLE.includes(step)) assert.equal(sent(step), 1, `${step} is not sent twice`);
      stage.line.mend();

      await client.connect();
      const [{ claimed }] = await stage.server.getWallets({ claimantId: prepared.claimantId });
      assert.equal(claimed, step === "acknowledge" || (step === "commit" && when === "after"));
      if (!claimed) {
        await isStillPrepared(stage, prepared);
        await client.claim(handOff(prepared, client));
      }
      await isHandedOver(stage, client, prepared);
      await client.close();
    });

    test(`one lost message ${when} ${step}: ${REPEATABLE.includes(step) ? "it is sent again" : "it is not sent again"}`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage();
      stage.line.cut({ path: `/v1/claim/${step}`, when, times: 1 });
      if (REPEATABLE.includes(step)) {
        await client.claim(handOff(prepared, client));
        if (step !== "acknowledge") assert.equal(sent(step), 2);
      } else {
        await refusedWith(client.claim(handOff(prepared, client)), "co_signer_unreachable");
        assert.equal(sent(step), 1);
        stage.line.mend();
        await client.claim(handOff(prepared, client));
      }
      assert.equal(sent("confirm"), 1);
      await isHandedOver(stage, client, prepared);
      await client.close();
    });
  }
}

for (const path of ["/v1/unlock/start", "/v1/unlock/finish", "/v1/sign"]) {
  for (const when of ["before", "after"]) {
    test(`the line is down ${when} ${path}: the wallet signs when it is back`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage();
      await client.claim(handOff(prepared, client));
      stage.line.cut({ path, when });
      await refusedWith(client.sign(prepared.wallet.walletId), "co_signer_unreachable");
      if (path === "/v1/sign") assert.equal(stage.line.paths.filter((sentPath) => sentPath === path).length, 1, "a signing query is not sent twice");
      stage.line.mend();
      await isHandedOver(stage, client, prepared);
      await client.close();
    });
  }
}

for (const { name, path, work } of [
  { name: "a claim's query", path: "/v1/claim/confirm", work: (client, prepared) => client.claim(handOff(prepared, client)) },
  { name: "a session's query", path: "/v1/sign", work: (client, prepared) => client.sign(prepared.wallet.walletId) },
]) {
  test(`${name} that the browser sends once more by itself is answered once`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    if (path === "/v1/sign") await client.claim(handOff(prepared, client));
    stage.line.mend();
    stage.line.keepsAlive = true;
    stage.line.cut({ path, when: "after", times: 1 });
    const error = await work(client, prepared).then(
      () => assert.fail("its answer was lost"),
      (thrown) => thrown,
    );
    assert.equal(error.name, "ClaimkitError", error.message);
    const answers = stage.line.requests.filter((request) => request.path === path).map(({ status }) => status);
    assert.ok(answers.length >= 2, "the browser sent it again: otherwise this test shows nothing");
    assert.deepEqual(answers.filter((status) => status === 200).length, 1);
    stage.line.mend();
    if (path !== "/v1/sign") await client.claim(handOff(prepared, client));
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("a co-signer that restarts in the middle of a claim leaves the wallet claimable", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { share, ticket } = handOff(prepared, client);
  await client.run(
    async ({ share, ticket }) => {
      window.claim = await window.kit.load({ share });
      await window.claim.start({ proof: { ticket } });
    },
    { share, ticket },
  );
  await stage.coSigner.restart();
  await client
    .run(async (ticket) => {
      await window.claim.finish({ proof: { ticket }, passkey: { name: "tests" } });
    }, ticket)
    .then(
      () => assert.fail("the offer was forgotten, so the claim can't go on"),
      (error) => assert.equal(error.name, "ClaimkitError", error.message),
    );
  await isStillPrepared(stage, prepared);
  await client.claim(handOff(prepared, client));
  await isHandedOver(stage, client, prepared);
  await client.close();
});

for (const step of STEPS) {
  test(`a captive portal's page in the place of one answer at ${step} does no harm`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    const headers = { "access-control-allow-origin": "*" };
    const page = { status: 200, headers, contentType: "text/html", body: "<!doctype html><title>Please log in</title>".padEnd(2_000) };
    await client.page.route(`**/v1/claim/${step}`, (route) => route.fulfill(page), { times: 1 });
    const attempt = client.claim(handOff(prepared, client));
    if (REPEATABLE.includes(step)) await attempt;
    else {
      await refusedWith(attempt, "co_signer_unreachable");
      await client.claim(handOff(prepared, client));
    }
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("where something adds headers to requests, the error says so", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({
    prepare: () => {
      const { fetch } = window;
      window.fetch = (request, options) => fetch(new Request(request, { ...options, headers: { ...Object.fromEntries(new Request(request).headers), traceparent: "00-1-1-00" } }));
    },
  });
  const { message, cause } = await refusedWith(client.claim(handOff(prepared, client)), "co_signer_unreachable");
  assert.match(message, /connect-src.*may add headers/);
  assert.match(cause, /TypeError/);
  await isStillPrepared(stage, prepared);
  await client.close();
});
