// Who holds which half of the key, at each moment.

import { element } from "./view.mjs";

/** Nobody has signed in: the app and the co-signer hold the halves. */
export function showPrepared() {
  set("app", "live", "The shares it prepared, epoch 0. They sign, with the co-signer.");
  set("you", "none", "Nothing yet.");
  set("cosigner", "live", "Its shares, epoch 0.");
}

/**
 * The wallets are claimed.
 *
 * @param {{ epoch: number, isHere: boolean, isOpen: boolean }} wallet
 */
export function showClaimed({ epoch, isHere, isOpen }) {
  const sealed = isOpen ? "open in this page until you lock it" : "sealed to your passkey";
  set("app", "retired", "The old shares, epoch 0. Retired: they sign nothing.");
  set("you", "live", isHere ? `New shares, epoch ${epoch}, ${sealed}.` : `New shares, epoch ${epoch}, sealed to your passkey. Not in this browser.`);
  set("cosigner", "live", `New shares, epoch ${epoch}.`);
}

function set(holder, holds, text) {
  const item = element(`holder-${holder}`);
  item.dataset.holds = holds;
  item.querySelector(".holding").textContent = text;
}
