// The shares are changed again, whenever the person likes.

import * as app from "./back-end.mjs";
import { CHAINS, text } from "./facts.mjs";
import { addReceipts } from "./receipt.mjs";
import { Steps } from "./steps.mjs";
import { attempt, conclude, element, forget, notify } from "./view.mjs";
import { ROTATION_STEPS } from "./words.mjs";

/** The rotation's part of the page. */
export class RotationView {
  #session;
  #actions;
  #onRotated;

  /**
   * @param {{ session: import("./session.mjs").SessionView, actions: Record<string, () => void>, onRotated: () => void }} options
   *   `actions`: what the buttons of a notice do
   */
  constructor({ session, actions, onRotated }) {
    this.#session = session;
    this.#actions = actions;
    this.#onRotated = onRotated;
    const button = element("rotate");
    button.onclick = () =>
      attempt(button, actions, () => {
        forget("rotation");
        return session.use((open) => this.#rotate(open));
      });
  }

  async #rotate(session) {
    const before = this.#session.wallets;
    const list = element("rotation-steps");
    let rotated;
    try {
      rotated = await this.#rotateFromNow(session, list);
    } catch (error) {
      list.hidden = true;
      throw error;
    }
    this.#onRotated();
    // What was tried before says nothing of these shares.
    forget("old");
    const was = ({ walletId }) => before.find((wallet) => wallet.walletId === walletId).epoch;
    const parts = this.#session.wallets.map((wallet) => epochPart(wallet, was(wallet)));
    conclude("rotation", true, "Both shares of each key are new. Those before are dead.", parts);
    addReceipts(rotated.receipts);
    await this.#keep(rotated.receipts);
  }

  /** If another tab or device has changed the shares meanwhile, from those that live now. */
  async #rotateFromNow(session, list) {
    const rotate = async () => {
      const steps = new Steps(list, ROTATION_STEPS);
      list.hidden = false;
      const rotated = await session.rotate({ onProgress: (progress) => steps.reach(progress) });
      steps.finish();
      return rotated;
    };
    try {
      return await rotate();
    } catch (error) {
      if (error.code !== "epoch_mismatch") throw error;
      await this.#session.renew();
      return rotate();
    }
  }

  /** The app keeps these receipts too. That it can't is no reason to rotate once more. */
  async #keep(receipts) {
    try {
      await Promise.all(receipts.map(app.keepReceipt));
    } catch (error) {
      notify(error, { ...this.#actions, again: () => this.#keep(receipts) });
    }
  }
}

function epochPart({ type, epoch }, was) {
  const item = document.createElement("li");
  item.dataset.type = type;
  const line = document.createElement("p");
  line.append(text("strong", `${CHAINS[type]}:`), ` epoch ${was} → ${epoch}, the same address`);
  item.append(line);
  return item;
}
