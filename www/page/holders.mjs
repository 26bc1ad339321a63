// Who holds which half of the key, at each moment.

import { element } from "./view.mjs";

/** Nobody has signed in: the app and the co-signer hold the halves. */
export function showPrepared() {
  set("app", "live", "The share it prepared, epoch 0. It signs, with the co-signer.");
  set("you", "none", "Nothing yet.");
  set("cosigner", "live", "Its share, epoch 0.");
}

/**
 * The wallet is claimed.
 *
 * @param {{ epoch: number, isHere: boolean, isOpen: boolean }} wallet
 */
export function showClaimed({ epoch, isHere, isOpen }) {
  const sealed = isOpen ? "open in this page until you lock it" : "sealed to your passkey";
  set("app", "dead", "The old share, epoch 0. Dead.");
  set("you", "live", isHere ? `A new share, epoch ${epoch}, ${sealed}.` : `A new share, epoch ${epoch}, in another browser.`);
  set("cosigner", "live", `A new share, epoch ${epoch}.`);
}

function set(holder, holds, text) {
  const item = element(`holder-${holder}`);
  item.dataset.holds = holds;
  item.querySelector(".holding").textContent = text;
}
