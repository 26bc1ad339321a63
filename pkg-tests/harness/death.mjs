// A page that dies where a test says, and what must be so when the person comes back.

import assert from "node:assert/strict";
import { isHandedOver, isStillPrepared } from "./ownership.mjs";

/** Runs in a page before its own scripts: once `dead` is set there, nothing leaves it any more, neither a request nor a write. */
export function mortal() {
  const forEver = new Promise(() => {});
  const stop = (object, name, answer) => {
    const real = object[name];
    object[name] = function (...words) {
      return window.dead ? answer : Reflect.apply(real, this, words);
    };
  };
  stop(window, "fetch", forEver);
  stop(CredentialsContainer.prototype, "create", forEver);
  stop(CredentialsContainer.prototype, "get", forEver);
  stop(LockManager.prototype, "request", forEver);
  // A request of which no event ever tells.
  stop(IDBFactory.prototype, "open", {});
}

/**
 * Claims in a page that is `mortal`, and dies as a phase begins or has ended.
 *
 * @param {import("./stage.mjs").Client} client
 * @param {{ share: string, ticket: string }} handOff
 * @param {{ phase: string, when: "begins" | "ended" }} death
 */
export async function dieIn(client, handOff, { phase, when }) {
  const died = await client.run(
    async ({ share, ticket, phase, when }) => {
      const claim = await window.kit.load({ share });
      return new Promise((resolve, reject) => {
        const onProgress = (progress) => {
          if (progress.phase !== phase || progress.step !== (when === "begins" ? 0 : progress.of)) return;
          window.dead = true;
          resolve(true);
        };
        const done = claim.finish({ proof: { ticket }, passkey: { name: "tests" }, onProgress });
        done.then(() => resolve(false), reject);
      });
    },
    { ...handOff, phase, when },
  );
  assert.ok(died, `a claim has a phase ${phase} that ${when}`);
}

/**
 * Expects that everything ends well in a browser that was interrupted: the wallet is there and signs, and its prepared share is dead;
 * or nothing of the claim is there, the prepared share signs, and another claim goes through. No passkey is left over.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./stage.mjs").Client} client the page that came after
 * @param {{ wallet: import("claimkit").WalletInfo, share: string, claimantId: object }} prepared
 * @returns {Promise<{ claimed: boolean, resumed: Awaited<ReturnType<import("./stage.mjs").Client["resume"]>> }>} how it was when
 *   resumed
 */
export async function endsWell(stage, client, prepared) {
  const resumed = await client.resume();
  assert.deepEqual(resumed.busy, [], "a page that is gone is at nothing");
  const [{ claimed }] = await stage.server.getWallets({ claimantId: prepared.claimantId });
  const { walletId } = prepared.wallet;
  assert.deepEqual(await client.held(), claimed ? [walletId] : [], "what is pending is finished or taken back");
  assert.ok(!resumed.rolledBack.includes(walletId) || !claimed, "nothing that was committed is taken back");
  if (!claimed) {
    await isStillPrepared(stage, prepared);
    await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  }
  await isHandedOver(stage, client, prepared);
  assert.deepEqual((await client.resume()).told, [], "then there is nothing to resume");
  assert.equal((await client.authenticator.credentials()).length, 1, "one passkey, however often it was tried");
  return { claimed, resumed };
}
