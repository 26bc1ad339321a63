// One run of the drill in a real browser: the person opens the page until the wallet signs, whoever is killed meanwhile.

import { mortal } from "./death.mjs";
import { Profile } from "./browser.mjs";
import { isHandedOver, isSignatureOf, isStillPrepared, toSign } from "./ownership.mjs";

/** How often a person opens the page before they give up. */
const PATIENCE = 8;

/** What did not hold: `lost`, nothing signs any more; `stuck`, the person can't get on; `doubleLive`, two epochs sign. */
class Harm extends Error {
  constructor(kind, said) {
    super(said);
    this.kind = kind;
  }
}

/**
 * Plays a run.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {import("./plan.mjs").Plan} plan
 * @param {string} name a name for its files
 * @returns {Promise<{ fallen: number, opened: number, harm?: "lost" | "stuck" | "doubleLive" | "untidy", said?: string }>} `fallen`: how
 *   many blows fell; the others waited for what never came
 */
export async function play(stage, plan, name) {
  const prepared = await stage.prepare(stage.someone(), plan.type);
  const run = { stage, prepared, blows: [...plan.blows], opened: 0 };
  const told = () => ({ fallen: plan.blows.length - run.blows.length, opened: run.opened });
  try {
    await (plan.victim === "browser" ? playInProfile(run, stage.folder(name)) : playInPage(run, plan.wiped));
    return told();
  } catch (error) {
    return { ...told(), harm: error.kind ?? "untidy", said: `${error.code ?? error.name}: ${error.message}` };
  } finally {
    stage.line.mend();
  }
}

async function playInPage(run, wiped) {
  const { stage, prepared } = run;
  const client = await stage.openPage({ prepare: mortal });
  const url = client.page.url();
  try {
    await visitUntilItSigns(run, client, url);
    if (wiped) {
      await client.wipe();
      await visitUntilItSigns(run, client, url);
    }
    stage.line.mend();
    await client.connect(url);
    await settles(stage, client, prepared);
  } finally {
    await client.close();
  }
}

async function visitUntilItSigns(run, client, url) {
  let last;
  for (let visit = 0; visit < PATIENCE; visit += 1) {
    run.opened += 1;
    run.stage.line.mend();
    try {
      await client.connect(url);
      if (await visited(run, client)) return;
    } catch (error) {
      last = error;
    }
  }
  const signs = await preparedSigns(run.stage, run.prepared);
  throw new Harm(signs ? "stuck" : "lost", `${last?.code}: ${last?.message}`);
}

/** One visit, which the next blow may end; whether the wallet has signed. */
async function visited(run, client) {
  const [blow] = run.blows;
  let blown;
  const fall = async () => {
    run.blows.shift();
    if (blow.client) {
      await client.page.evaluate(() => (window.dead = true)).catch(() => {});
      await client.page.goto("about:blank");
    }
    if (blow.coSigner) await run.stage.coSigner.die();
  };
  const act = () => (blown = fall());
  if (blow?.path) run.stage.line.strike({ ...blow, act });
  try {
    return await work(run, client, blow?.phase && { ...blow, act });
  } finally {
    await blown;
  }
}

/** What the page does, from its first line to its last. */
async function work({ stage, prepared }, client, death) {
  await client.resume();
  const { walletId } = prepared.wallet;
  if (!(await client.held()).includes(walletId)) {
    const died = await claim(client, stage.server.sealFor({ share: prepared.share, to: client.publicKey }), death);
    if (died) {
      await death.act();
      return false;
    }
  }
  await isSignatureOf(prepared.wallet, await client.sign(walletId));
  return true;
}

/** Claims, or gets back what was claimed; whether the page died at it. */
function claim(client, { share, ticket }, death) {
  return client.run(
    async ({ share, ticket, death }) => {
      try {
        const claim = await window.kit.load({ share });
        return await new Promise((resolve, reject) => {
          const onProgress = ({ phase, step, of }) => {
            if (phase !== death?.phase || step !== (death.when === "begins" ? 0 : of)) return;
            window.dead = true;
            resolve(true);
          };
          const done = claim.finish({ proof: { ticket }, passkey: { name: "drill" }, onProgress });
          done.then(() => resolve(false), reject);
        });
      } catch (error) {
        // Claimed, and this browser has lost it.
        if (error.code !== "already_claimed" || (await window.kit.wallets()).length) throw error;
        await (await window.kit.restore()).lock();
        return false;
      }
    },
    { share, ticket, death: death && { phase: death.phase, when: death.when } },
  );
}

/** The whole browser is killed, once: its profile stays, its authenticator does not. */
async function playInProfile(run, folder) {
  const { stage, prepared } = run;
  const [blow] = run.blows;
  const profile = await Profile.open(folder);
  const open = () => stage.openPage({ context: profile.context });
  try {
    const first = await open();
    run.opened = 1;
    let blown;
    const fall = async () => {
      run.blows.shift();
      await profile.die();
      if (blow.coSigner) await stage.coSigner.die();
    };
    stage.line.strike({ ...blow, act: () => (blown = fall()) });
    // A browser that is gone answers nothing but that.
    await first.claim(stage.server.sealFor({ share: prepared.share, to: first.publicKey })).catch(() => {});
    await blown;
    stage.line.mend();

    const second = await open();
    run.opened = 2;
    await second.resume();
    if (await preparedSigns(stage, prepared)) {
      if ((await second.held()).length) throw new Harm("doubleLive", "the browser holds the wallet, and the prepared share signs");
      await isStillPrepared(stage, prepared);
      await second.claim(stage.server.sealFor({ share: prepared.share, to: second.publicKey }));
      await isHandedOver(stage, second, prepared);
    } else if (!(await second.run(async () => (await window.kit.wallets()).every(({ pending, receipt }) => !pending && receipt)))) {
      throw new Harm("stuck", "the browser holds no finished claim, and the prepared share is dead");
    } else if (!(await second.held()).includes(prepared.wallet.walletId)) {
      throw new Harm("lost", "the browser does not hold the wallet, and the prepared share is dead");
    }
  } finally {
    await profile.close();
  }
}

/** Whether the prepared share signs. */
async function preparedSigns(stage, { wallet, share }) {
  try {
    await stage.server.withShare(share).sign(toSign(wallet));
    return true;
  } catch (error) {
    if (error.code === "already_claimed") return false;
    throw error;
  }
}

/** Exactly one epoch signs; nothing is left behind. */
async function settles(stage, client, prepared) {
  const [before, { told, busy }] = [await preparedSigns(stage, prepared), await client.resume()];
  const device = await client.sign(prepared.wallet.walletId).catch((error) => error);
  if (device instanceof Error) throw new Harm(before ? "stuck" : "lost", `${device.code}: ${device.message}`);
  if (before) throw new Harm("doubleLive", "the prepared share signs beside the browser's");
  await isSignatureOf(prepared.wallet, device);
  const { length } = await client.authenticator.credentials();
  const [{ claimed, epoch }] = await stage.server.getWallets({ claimantId: prepared.claimantId });
  const left = JSON.stringify({ resumed: told.length, busy: busy.length, passkeys: length, claimed, epoch });
  const expected = JSON.stringify({ resumed: 0, busy: 0, passkeys: 1, claimed: true, epoch: prepared.wallet.epoch + 1 });
  if (left !== expected) throw new Harm("untidy", left);
}
