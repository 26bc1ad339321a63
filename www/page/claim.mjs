// The wallets that wait, and how they are taken over.

import * as app from "./back-end.mjs";
import { Breakage } from "./breakage.mjs";
import { readPlan } from "./break-it.mjs";
import { showFacts } from "./facts.mjs";
import { dismissInterruption, remember } from "./interruption.mjs";
import { canPrompt } from "./passkeys.mjs";
import { Steps } from "./steps.mjs";
import { dismiss, element, notify, say, show } from "./view.mjs";
import { STEPS } from "./words.mjs";

/** The claim's part of the page. */
export class ClaimView {
  #kit;
  #cosigner;
  #actions;

  /**
   * @param {{ kit: import("claimkit").Kit, cosigner: string, actions: Record<string, () => void> }} parts `actions`: what the buttons of
   *   a notice do
   */
  constructor({ kit, cosigner, actions }) {
    this.#kit = kit;
    this.#cosigner = cosigner;
    this.#actions = actions;
  }

  /**
   * Shows the wallets that wait, and gets everything ready so that the click can open the passkey prompt at once.
   *
   * @param {{ person: { name: string, email: string }, waiting: { type: string, address: string, epoch: number }[], onClaimed: (result: import("claimkit").FinishedClaim) => Promise<void> }} options
   */
  async offer({ person, waiting, onClaimed }) {
    element("waiting-title").textContent = `Your wallets are waiting, ${person.name}`;
    showFacts(element("waiting-wallets"), waiting);
    enable(false);
    show("waiting");
    // A permission to claim is for whoever can.
    if (!canPrompt()) return;

    const { share, ticket } = await app.handOff(this.#kit.publicKey);
    const claim = await this.#kit.load({ share });
    const addresses = (wallets) => wallets.map(({ address }) => address).join();
    if (addresses(claim.wallets) !== addresses(waiting)) {
      // Somebody else has signed in meanwhile, in another tab: show them theirs.
      await this.#actions.arrive();
      return;
    }
    await claim.start({ proof: { ticket } });
    const finish = (breakage) => this.#finish({ claim, ticket, name: person.email, onClaimed, breakage });
    element("claim").onclick = () => finish();
    element("break").onclick = () => finish(new Breakage({ ...readPlan(), email: person.email }, this.#cosigner));
    enable(true);
  }

  async #finish({ claim, ticket, name, onClaimed, breakage }) {
    dismiss();
    dismissInterruption();
    const steps = new Steps(element("steps"), STEPS);
    const stop = new AbortController();
    const cancel = element("cancel");
    cancel.disabled = false;
    cancel.onclick = () => stop.abort();
    show("claiming");
    try {
      const result = await claim.finish({
        proof: { ticket },
        passkey: { name },
        signal: stop.signal,
        onProgress: (progress) => {
          steps.reach(progress);
          // From the commit on there is no way back, only forward.
          if (["commit", "promote"].includes(progress.phase)) cancel.disabled = true;
          breakage?.reach(progress.phase);
        },
      });
      steps.finish();
      say("The wallets are yours, and unlocked.");
      await onClaimed(result);
    } catch (error) {
      const broken = breakage?.end();
      remember(broken);
      const outcome = await this.#actions.arrive({ quietly: true });
      const isTold = outcome === "finished" || (broken && outcome);
      if (!isTold) notify(error, { again: this.#actions.arrive, ...this.#actions });
    }
  }
}

/** Whether the claim can be started, as it is or to be broken. */
export function enable(isReady) {
  element("claim").disabled = element("break").disabled = !isReady || !canPrompt();
}
