// The claimed wallets: unlock, sign, lock, and the proof that the old shares are dead.

import * as app from "./back-end.mjs";
import { CHAINS, showFacts, text } from "./facts.mjs";
import { showClaimed } from "./holders.mjs";
import { toHex, toSign } from "./message.mjs";
import { offerReceipts, offerRefusals } from "./receipt.mjs";
import { attempt, conclude, element, forgetOutcomes, say, show } from "./view.mjs";
import { during } from "./words.mjs";

/** The wallets' part of the page. */
export class WalletView {
  #wallets = [];
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
      say("The wallets are locked.");
      element("unlock").focus();
    });
    on("try-old", () => this.#tryOldShares());
    element("sign-form").onsubmit = (event) => {
      event.preventDefault();
      attempt(element("sign"), this.#actions, () => this.#sign());
    };
  }

  /**
   * Shows wallets that this browser holds.
   *
   * @param {{ wallets: import("claimkit").Wallet[], receipts: string[], isNew: boolean, session?: import("claimkit").Session }} held
   *   `session`: if they are open already
   */
  open({ wallets, receipts, isNew, session }) {
    this.lock();
    this.#wallets = wallets;
    if (session) this.#keep(session);
    showFacts(element("wallets"), wallets, { was: 0, canCopy: true });
    element("wallet-lead").textContent = leadOf({ isNew, isBack: session !== undefined });
    forgetOutcomes();
    offerReceipts(receipts);
    this.#showSession();
    show("wallet");
  }

  /** Ends the session, if there is one. */
  lock() {
    clearTimeout(this.#ending);
    this.#session?.lock();
    this.#session = undefined;
    if (this.#wallets.length > 0) this.#showSession();
  }

  async #unlock() {
    // One prompt opens every wallet of the passkey.
    this.#keep(await during("unlock", this.#wallets[0].unlock()));
    this.#showSession();
    say("The wallets are unlocked.");
    element("message").focus();
  }

  #keep(session) {
    this.#session = session;
    this.#ending = setTimeout(() => this.lock(), session.expiresAt - Date.now());
  }

  #showSession() {
    const isOpen = this.#session !== undefined;
    const end = isOpen && new Date(this.#session.expiresAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    element("session-state").textContent = isOpen ? `Unlocked until ${end}` : "Locked";
    element("unlock").hidden = isOpen;
    element("lock").hidden = !isOpen;
    element("sign").disabled = !isOpen;
    element("sign-hint").textContent = isOpen ? "Each wallet signs it in its chain's way." : "Unlock the wallets first.";
    showClaimed({ epoch: this.#wallets[0].epoch, isHere: true, isOpen });
  }

  async #sign() {
    const message = element("message").value;
    const signed = [];
    // In the order that is shown: a session that was got back has its own.
    const isOpen = ({ walletId }) => this.#session.wallets.some((wallet) => wallet.walletId === walletId);
    for (const { walletId, type } of this.#wallets.filter(isOpen)) {
      const { bytes } = await this.#session.sign({ ...toSign(type, message), walletId });
      const signature = toHex(bytes);
      // The app checks with other code than the wallet's.
      const { valid } = await app.verify(walletId, message, signature);
      signed.push({ type, signature, valid });
    }
    const isGood = signed.every(({ valid }) => valid);
    const verdict = isGood ? "Signed. The app checked each signature: it is the wallet's." : "The app says that a signature is not the wallet's.";
    conclude("sign", isGood, verdict, signed.map(signaturePart));
  }

  async #tryOldShares() {
    const { answers } = await app.signWithPreparedShares("Signed by the app, behind your back.");
    const isGood = answers.every(({ refused }) => refused);
    const verdict = isGood ? "Refused. The old shares are dead." : "One of them signed. These wallets are not yours alone!";
    // Evidence, for whoever wants to check it later.
    offerRefusals(answers.flatMap(({ refusal }) => refusal ?? []));
    conclude("old", isGood, verdict, answers.map(answerPart));
  }
}

function leadOf({ isNew, isBack }) {
  if (isNew) {
    return "Both shares of each key were changed, and yours are sealed to your passkey. Nobody can sign without them any more, the app included.";
  }
  if (isBack) return "Your shares are back in this browser, sealed to your passkey, and open in this page until you lock them.";
  return "Your shares are in this browser, sealed to your passkey. Unlock them to sign.";
}

function signaturePart({ type, signature, valid }) {
  const details = document.createElement("details");
  const code = text("code", signature);
  code.className = "long";
  details.append(text("summary", "The signature"), code);
  return part(type, valid, valid ? "verified" : "not valid", details);
}

function answerPart({ type, refused, message, code, refusal }) {
  if (!refused) return part(type, false, "it signed");
  const item = part(type, true, `${message} (${code})`);
  if (refusal) item.append(text("p", "The answer is signed by the co-signer. It is with the receipts now: download and verify it there."));
  return item;
}

/** What is said of one wallet. */
function part(type, isGood, words, ...more) {
  const item = document.createElement("li");
  item.dataset.type = type;
  item.dataset.good = isGood;
  const line = document.createElement("p");
  line.append(text("strong", `${CHAINS[type]}:`), ` ${words}`);
  item.append(line, ...more);
  return item;
}
