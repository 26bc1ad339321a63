// The claimed wallet: unlock, sign, lock, and the proof that the old share is dead.

import * as app from "./back-end.mjs";
import { showClaimed } from "./holders.mjs";
import { digestOf, toHex } from "./message.mjs";
import { offerReceipt } from "./receipt.mjs";
import { attempt, conclude, element, forgetOutcomes, say, show } from "./view.mjs";

/** The wallet's part of the page. */
export class WalletView {
  #wallet;
  #session;
  #ending;
  #actions;

  /** @param {Record<string, () => void>} actions what the buttons of a notice do */
  constructor(actions) {
    this.#actions = actions;
    const on = (id, work) => {
      const button = element(id);
      button.onclick = () => attempt(button, this.#actions, work);
    };
    on("unlock", () => this.#unlock());
    on("lock", async () => {
      this.lock();
      say("The wallet is locked.");
      element("unlock").focus();
    });
    on("try-old", () => this.#tryOldShare());
    on("copy", () => this.#copy());
    element("sign-form").onsubmit = (event) => {
      event.preventDefault();
      attempt(element("sign"), this.#actions, () => this.#sign());
    };
  }

  /**
   * Shows a wallet that this browser holds.
   *
   * @param {{ wallet: import("claimkit").Wallet, receipt?: string, isNew: boolean }} held
   */
  open({ wallet, receipt, isNew }) {
    this.lock();
    this.#wallet = wallet;
    element("wallet-address").textContent = wallet.address;
    element("wallet-epoch").textContent = wallet.epoch;
    element("wallet-epoch-was").textContent = "· was 0 while it waited";
    element("wallet-lead").textContent = isNew
      ? "Both shares were changed, and yours is sealed to your passkey. Nobody can sign without it any more, the app included."
      : "Your share is in this browser, sealed to your passkey. Unlock it to sign.";
    forgetOutcomes();
    offerReceipt(receipt);
    this.#showSession();
    show("wallet");
  }

  /** Ends the session, if there is one. */
  lock() {
    clearTimeout(this.#ending);
    this.#session?.lock();
    this.#session = undefined;
    if (this.#wallet) this.#showSession();
  }

  async #unlock() {
    this.#session = await this.#wallet.unlock();
    this.#ending = setTimeout(() => this.lock(), this.#session.expiresAt - Date.now());
    this.#showSession();
    say("The wallet is unlocked.");
    element("message").focus();
  }

  #showSession() {
    const isOpen = this.#session !== undefined;
    const end = isOpen && new Date(this.#session.expiresAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    element("session-state").textContent = isOpen ? `Unlocked until ${end}` : "Locked";
    element("unlock").hidden = isOpen;
    element("lock").hidden = !isOpen;
    element("sign").disabled = !isOpen;
    element("sign-hint").textContent = isOpen ? "" : "Unlock the wallet first.";
    showClaimed({ epoch: this.#wallet.epoch, isHere: true, isOpen });
  }

  async #sign() {
    const message = element("message").value;
    const { bytes } = await this.#session.sign({ digest: digestOf(message) });
    const signature = toHex(bytes);
    element("signature").textContent = signature;
    const { valid } = await app.verify(message, signature);
    conclude("sign", valid, valid ? "Signed. The app checked it: the signature is this wallet's." : "The app says that the signature is not this wallet's.");
  }

  async #tryOldShare() {
    const answer = await app.signWithPreparedShare("Signed by the app, behind your back.");
    conclude("old", answer.refused, answer.refused ? "Refused. The old share is dead." : "It signed. This wallet is not yours alone!");
    element("old-detail").textContent = answer.refused ? `The app was told: ${answer.message} (${answer.code})` : "";
  }

  async #copy() {
    await navigator.clipboard.writeText(this.#wallet.address);
    say("The address is copied.");
    element("copy").textContent = "Copied";
    setTimeout(() => (element("copy").textContent = "Copy"), 2000);
  }
}
