// The app is shown that this person holds the wallets, and refuses to be shown it twice.

import * as app from "./back-end.mjs";
import { CHAINS, text } from "./facts.mjs";
import { attempt, conclude, element, forget } from "./view.mjs";
import { moment } from "./words.mjs";

/** The proof's part of the page. */
export class ProofView {
  #session;
  /** What was shown last. */
  #proofs = [];

  /**
   * @param {import("./session.mjs").SessionView} session
   * @param {Record<string, () => void>} actions what the buttons of a notice do
   */
  constructor(session, actions) {
    this.#session = session;
    const on = (id, work) => {
      const button = element(id);
      button.onclick = () => attempt(button, actions, work);
    };
    on("prove", () => this.#prove());
    on("prove-again", () => this.#proveAgain());
  }

  async #prove() {
    for (const name of ["proof", "proof-again"]) forget(name);
    const { proofs, wallets } = await this.#session.use(async (open) => {
      // Drawn once the session is open: a prompt may take longer than the app waits.
      const { audience, nonce } = await app.drawNonce();
      const proofs = [];
      // A session that was got back may have other people's wallets, too.
      const isOpen = ({ walletId }) => open.wallets.some((wallet) => wallet.walletId === walletId);
      for (const { walletId } of this.#session.wallets.filter(isOpen)) proofs.push(await open.prove({ audience, nonce, walletId }));
      return { proofs, ...(await app.showProofs(proofs)) };
    });
    this.#proofs = proofs;
    conclude("proof", true, "The app has checked it: it knows now that these wallets are yours.", wallets.map(walletPart));
  }

  /** What somebody would do who had listened. */
  async #proveAgain() {
    forget("proof-again");
    try {
      await app.showProofs(this.#proofs);
    } catch (error) {
      if (error.code !== "nonce_used") throw error;
      return conclude("proof-again", true, `Refused. ${error.message}`);
    }
    conclude("proof-again", false, "The app took it twice. It should not have!");
  }
}

function walletPart({ type, address, epoch, expiresAt }) {
  const item = document.createElement("li");
  item.dataset.type = type;
  const line = document.createElement("p");
  const code = text("code", address);
  code.className = "address";
  line.append(text("strong", `${CHAINS[type]}:`), " ", code);
  const more = text("p", `Epoch ${epoch} · valid until ${moment(expiresAt)}`);
  more.className = "aside";
  item.append(line, more);
  return item;
}
