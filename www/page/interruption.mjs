// Claims that were interrupted: the next visit ends each well, and says how.

import { element, say, show } from "./view.mjs";
import { wordsForInterruption } from "./words.mjs";

/** How long the co-signer may take before the page shows that it waits, in milliseconds. */
const UNNOTICED = 400;

/** What was found and not told yet, over visits that failed. */
const untold = { broken: undefined, finished: [], rolledBack: [] };

/**
 * Remembers how a claim was broken, until the person is told what became of it.
 *
 * @param {import("./breakage.mjs").Broken | undefined} broken
 */
export function remember(broken) {
  untold.broken = broken ?? untold.broken;
}

/**
 * Ends what this browser was interrupted in.
 *
 * @param {import("claimkit").Kit} kit
 * @returns {Promise<import("claimkit").Resumed>}
 */
export async function resume(kit) {
  let late;
  const onProgress = ({ step, of }) => {
    const words = `A claim was interrupted here. Asking the co-signer what became of it: ${step} of ${of} wallets.`;
    element("loading-text").textContent = words;
    late ??= setTimeout(() => {
      show("loading");
      say(words);
    }, UNNOTICED);
  };
  try {
    const resumed = await kit.resume({ onProgress });
    untold.finished.push(...resumed.finished);
    untold.rolledBack.push(...resumed.rolledBack);
    return resumed;
  } finally {
    clearTimeout(late);
  }
}

/**
 * Tells the person what became of their interrupted claim, if there was one. What is other people's waits for them.
 *
 * @param {{ person: { email: string }, wallets: { walletId: string, claimed: boolean }[] }} me
 * @returns {"finished" | "rolledBack" | "nothing" | undefined}
 */
export function tellInterruption({ person, wallets }) {
  const broken = untold.broken?.email === person.email ? untold.broken : undefined;
  const found = take("finished", wallets) + take("rolledBack", wallets);
  if (!broken && found === 0) return undefined;
  if (broken) untold.broken = undefined;
  const outcome = outcomeOf(wallets, found);
  const { title, text, how } = wordsForInterruption(outcome, broken);
  element("found-title").textContent = title;
  element("found-how").textContent = how;
  element("found-how").hidden = !how;
  element("found-text").textContent = text;
  const card = element("found");
  card.dataset.outcome = outcome;
  card.hidden = false;
  say([title, how, text].filter(Boolean).join(" "));
  return outcome;
}

/** Takes what was told away. */
export function dismissInterruption() {
  element("found").hidden = true;
}

/** Another tab may have ended it first: what the co-signer says of the wallets counts. */
function outcomeOf(wallets, found) {
  if (wallets.every(({ claimed }) => claimed)) return "finished";
  return found > 0 ? "rolledBack" : "nothing";
}

/** Forgets these wallets among what was found, and counts them. */
function take(what, wallets) {
  const isTheirs = ({ walletId }) => wallets.some((wallet) => wallet.walletId === walletId);
  const theirs = untold[what].filter(isTheirs);
  untold[what] = untold[what].filter((wallet) => !isTheirs(wallet));
  return theirs.length;
}
