// `AbortSignal`, at each step.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

const PHASES = ["start", "passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"];
/** From here on there is no way back: the call goes on to its end. */
const FINAL = ["commit", "promote"];

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

const handOff = (prepared, client) => stage.server.sealFor({ share: prepared.share, to: client.publicKey });

for (const phase of PHASES) {
  test(`aborted at «${phase}»: ${FINAL.includes(phase) ? "the claim is finished" : "the wallet stays as it was"}`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    const attempt = client.claim(handOff(prepared, client), { abortAt: phase });
    if (FINAL.includes(phase)) {
      await attempt.catch((error) => assert.equal(error.code, "cancelled"));
      await client.connect();
      const [{ claimed }] = await stage.server.getWallets({ claimantId: prepared.claimantId });
      if (!claimed) await client.claim(handOff(prepared, client));
    } else {
      const error = await refusedWith(attempt, "cancelled");
      assert.match(error.cause, /AbortError/);
      await isStillPrepared(stage, prepared);
      await client.claim(handOff(prepared, client));
    }
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("a signal that has fired ends every call before anything is sent", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const given = handOff(prepared, client);
  await client.claim(given);
  stage.line.mend();
  const codes = await client.run(async ({ share, ticket }) => {
    const { connect } = await import("/packages/claimkit");
    const signal = AbortSignal.abort();
    const code = (work) => work().then(() => "went through", (error) => error.code);
    const claim = await window.kit.load({ share });
    const proof = { ticket };
    return {
      connect: await code(() => connect({ cosigner: "http://localhost:1", signal })),
      load: await code(() => window.kit.load({ share, signal })),
      wallets: await code(() => window.kit.wallets({ signal })),
      start: await code(() => claim.start({ proof, signal })),
      finish: await code(() => claim.finish({ proof, passkey: { name: "tests" }, signal })),
      unlock: await code(() => window.wallet.unlock({ signal })),
    };
  }, given);
  for (const [call, code] of Object.entries(codes)) assert.equal(code, "cancelled", call);
  assert.deepEqual(stage.line.paths, []);
  await client.close();
});

test("a signal's reason is the error's cause", async () => {
  const { share } = await stage.prepare();
  const error = await refusedWith(
    stage.server.withShare(share).sign({ digest: new Uint8Array(32), signal: AbortSignal.abort("the test says so") }),
    "cancelled",
  );
  assert.equal(error.cause, "the test says so");
});
