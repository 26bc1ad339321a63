// A page that dies in the middle of a claim, wherever that is: the next one ends it well.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { dieIn, endsWell, mortal } from "../harness/death.mjs";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const PHASES = ["start", "passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"];
const REQUESTS = ["start", "refresh", "prepare", "confirm", "commit", "acknowledge"].map((step) => `/v1/claim/${step}`);
const RESUME = "/v1/claim/resume";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());
beforeEach(() => stage.line.mend());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

/** Loads a hand-off again, as the page does when it opens. */
const load = (client, prepared) => client.run(async ({ share }) => void (window.claim = await window.kit.load({ share })), handOff(prepared, client));

/** Works in a page until a request has come so far, leaves the page there, and opens it again. */
async function dieAt(client, work, at, meanwhile = async () => {}) {
  const reached = stage.line.stop(at);
  const attempt = work();
  await Promise.race([reached, attempt]);
  await meanwhile();
  const url = client.page.url();
  await client.page.goto("about:blank");
  await attempt.catch(() => {});
  await client.connect(url);
}

const claiming = (client, prepared) => () => client.claim(handOff(prepared, client));

for (const phase of PHASES) {
  for (const when of ["begins", "ended"]) {
    test(`a page dies as ${phase} ${when === "begins" ? "begins" : "has ended"}`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage({ prepare: mortal });
      await dieIn(client, handOff(prepared, client), { phase, when });
      await client.connect();
      const { claimed } = await endsWell(stage, client, prepared);
      assert.equal(claimed, phase === "promote" || (phase === "commit" && when === "ended"));
      await client.close();
    });
  }
}

for (const path of REQUESTS) {
  for (const when of ["before", "after"]) {
    test(`a page dies while it waits for ${path}, ${when} the co-signer acted`, async () => {
      const prepared = await stage.prepare();
      const client = await stage.openPage();
      await dieAt(client, claiming(client, prepared), { path, when });
      const { claimed, resumed } = await endsWell(stage, client, prepared);
      const isCommitted = path === "/v1/claim/acknowledge" || (path === "/v1/claim/commit" && when === "after");
      assert.equal(claimed, isCommitted);
      const { walletId } = prepared.wallet;
      if (path === "/v1/claim/commit") {
        assert.deepEqual(isCommitted ? resumed.finished : resumed.rolledBack, [walletId]);
        assert.deepEqual(resumed.told, ["resume 0/1", "resume 1/1"]);
      }
      await client.close();
    });
  }
}

test("a claim that died thrice leaves one passkey", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  for (const phase of ["refresh", "confirm", "commit"]) {
    await dieIn(client, handOff(prepared, client), { phase, when: "begins" });
    await client.connect();
    assert.equal((await client.authenticator.credentials()).length, 1);
  }
  assert.equal((await endsWell(stage, client, prepared)).claimed, false);
  await client.close();
});

for (const [name, work] of Object.entries({
  "loading the share again": (client, prepared) => refusedWith(load(client, prepared), "already_claimed"),
  "unlocking the wallet": (client, prepared) => client.sign(prepared.wallet.walletId),
})) {
  test(`a claim that died after its commit is finished by ${name}`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ prepare: mortal });
    await dieIn(client, handOff(prepared, client), { phase: "commit", when: "ended" });
    await client.connect();
    assert.equal(await client.run(async () => (await window.kit.wallets())[0].pending), true);
    stage.line.mend();
    await work(client, prepared);
    assert.equal(stage.line.paths[0], RESUME);
    const { pending, receipt } = await client.run(async () => {
      const [{ pending, receipt }] = await window.kit.wallets();
      return { pending, receipt };
    });
    assert.ok(!pending && receipt);
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("a claim that died before its commit is taken back by loading the share again", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  await dieIn(client, handOff(prepared, client), { phase: "commit", when: "begins" });
  await client.connect();
  await load(client, prepared);
  assert.deepEqual(await client.held(), []);
  await isStillPrepared(stage, prepared);
  await refusedWith(client.run(() => window.claim.start({ proof: { ticket: "" } })), "invalid_argument");
  assert.equal((await endsWell(stage, client, prepared)).claimed, false);
  await client.close();
});

test("a wallet that is unlocked before its claim was final is taken back, and says so", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  await dieIn(client, handOff(prepared, client), { phase: "commit", when: "begins" });
  await client.connect();
  await refusedWith(client.sign(prepared.wallet.walletId), "claim_expired");
  assert.equal((await endsWell(stage, client, prepared)).claimed, false);
  await client.close();
});

for (const when of ["before", "after"]) {
  test(`the line is down ${when} ${RESUME}: nothing is given up`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage({ prepare: mortal });
    await dieIn(client, handOff(prepared, client), { phase: "promote", when: "begins" });
    await client.connect();
    stage.line.cut({ path: RESUME, when });
    await refusedWith(client.resume(), "co_signer_unreachable");
    assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
    stage.line.mend();
    const { claimed, resumed } = await endsWell(stage, client, prepared);
    assert.deepEqual([claimed, resumed.finished], [true, [prepared.wallet.walletId]]);
    await client.close();
  });
}

test("a page dies while it resumes: the next one resumes", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await dieAt(client, claiming(client, prepared), { path: "/v1/claim/commit", when: "before" });
  await dieAt(client, () => client.resume(), { path: RESUME, when: "after" });
  const { claimed, resumed } = await endsWell(stage, client, prepared);
  assert.deepEqual([claimed, resumed.rolledBack], [false, [prepared.wallet.walletId]]);
  await client.close();
});

test("a resumption that is called off gives nothing up", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ prepare: mortal });
  await dieIn(client, handOff(prepared, client), { phase: "commit", when: "begins" });
  await client.connect();
  await refusedWith(client.run(() => window.kit.resume({ signal: AbortSignal.abort("enough") })), "cancelled");
  assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
  assert.equal((await endsWell(stage, client, prepared)).claimed, false);
  await client.close();
});

test("wallets of one claim are resumed together", async () => {
  const claimantId = stage.someone();
  const all = [];
  for (const type of ["EVM", "COSMOS", "SOLANA"]) all.push(await stage.prepare(claimantId, type));
  const client = await stage.openPage({ prepare: mortal });
  const shares = all.map(({ share }) => share);
  for (const phase of ["commit", "promote"]) {
    await dieIn(client, stage.server.sealFor({ shares, to: client.publicKey }), { phase, when: "begins" });
    await client.connect();
    stage.line.mend();
    const { finished, rolledBack, told } = await client.resume();
    assert.deepEqual(stage.line.paths, [RESUME]);
    assert.deepEqual([finished.length, rolledBack.length], phase === "commit" ? [0, 3] : [3, 0]);
    assert.deepEqual(told, ["resume 0/3", "resume 3/3"]);
  }
  for (const prepared of all) await isHandedOver(stage, client, prepared);
  assert.equal((await client.authenticator.credentials()).length, 1);
  await client.close();
});

test("a page that crashes leaves the next one what it needs", async () => {
  for (const path of ["/v1/claim/refresh", "/v1/claim/prepare", "/v1/claim/confirm", "/v1/claim/commit", "/v1/claim/acknowledge"]) {
    const prepared = await stage.prepare();
    const first = await stage.openPage();
    const reached = stage.line.stop({ path, when: "after" });
    const attempt = first.claim(handOff(prepared, first));
    await Promise.race([reached, attempt]);
    const crashed = first.page.waitForEvent("crash");
    const session = await first.page.context().newCDPSession(first.page);
    session.send("Page.crash").catch(() => {});
    await crashed;
    await attempt.catch(() => {});
    stage.line.mend();

    const second = await stage.openPage({ beside: first });
    const resumed = await second.resume();
    const [{ claimed }] = await stage.server.getWallets({ claimantId: prepared.claimantId });
    assert.equal(claimed, path === "/v1/claim/commit" || path === "/v1/claim/acknowledge");
    assert.deepEqual(resumed.busy, []);
    if (claimed) {
      // The authenticator went with its page: what can be seen without it is that the wallet is there, and the old share dead.
      assert.deepEqual(await second.held(), [prepared.wallet.walletId]);
      assert.ok(await second.run(async () => (await window.kit.wallets())[0].receipt));
      await refusedWith(stage.server.withShare(prepared.share).sign({ digest: new Uint8Array(32) }), "already_claimed");
    } else {
      await isStillPrepared(stage, prepared);
      await second.claim(handOff(prepared, second));
      await isHandedOver(stage, second, prepared);
    }
    await second.close();
  }
});

test("of two pages that claim at once one wins, and the other is told", async () => {
  const prepared = await stage.prepare();
  const behind = await stage.openPage();
  const front = await stage.openPage({ beside: behind });
  const [won, lost] = await Promise.allSettled([front, behind].map((client) => client.claim(handOff(prepared, client))));
  // Whichever came first: only the page in front can ask for a passkey.
  assert.equal(won.status, "fulfilled");
  assert.equal(lost.reason?.name, "ClaimkitError");
  assert.ok(["already_claimed", "passkey_cancelled"].includes(lost.reason.code), lost.reason.code);
  assert.equal((await behind.authenticator.credentials()).length, 0);
  for (const client of [front, behind]) assert.deepEqual(await client.held(), [prepared.wallet.walletId]);
  await isHandedOver(stage, front, prepared);
  await front.close();
});

test("a page that claims what another page is claiming waits, and is told", async () => {
  const prepared = await stage.prepare();
  const behind = await stage.openPage();
  const front = await stage.openPage({ beside: behind });
  const { reached, release } = stage.line.hold({ path: "/v1/claim/start" });
  const won = front.claim(handOff(prepared, front));
  await reached;
  const lost = refusedWith(behind.claim(handOff(prepared, behind)), "already_claimed");
  await behind.page.waitForFunction(
    async (name) => (await navigator.locks.query()).pending.some((asked) => asked.name === name),
    `claimkit/wallet/${prepared.wallet.walletId}`,
    { polling: 20 },
  );
  release();
  await lost;
  await won;
  await isHandedOver(stage, front, prepared);
  await front.close();
});

test("a page that resumes leaves alone what another page is at", async () => {
  const prepared = await stage.prepare();
  const second = await stage.openPage();
  const first = await stage.openPage({ beside: second });
  await dieAt(first, claiming(first, prepared), { path: "/v1/claim/commit", when: "before" }, async () => {
    const { busy, finished, rolledBack } = await second.resume();
    assert.deepEqual({ busy, finished, rolledBack }, { busy: [prepared.wallet.walletId], finished: [], rolledBack: [] });
  });
  assert.equal((await endsWell(stage, first, prepared)).claimed, false);
  await first.close();
});
