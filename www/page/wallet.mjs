// The claimed wallets: unlock, sign, and the proof that the old shares are retired.

import * as app from "./back-end.mjs";
import { CHAINS, showFacts, text } from "./facts.mjs";
import { showClaimed } from "./holders.mjs";
import { toHex, toSign } from "./message.mjs";
import { PasskeyList } from "./passkey-list.mjs";
import { canPrompt } from "./passkeys.mjs";
import { ProofView } from "./proof.mjs";
import { offerReceipts, offerRefusals } from "./receipt.mjs";
import { RotationView } from "./rotation.mjs";
import { SessionView } from "./session.mjs";
import { SessionList } from "./sessions.mjs";
import { attempt, conclude, element, forget, forgetOutcomes, show } from "./view.mjs";

/** The wallets' part of the page. */
export class WalletView {
  #session;
  #sessions;
  #passkeys;
  /** What the page says of the wallets, as it stands. */
  #told;

  /** @param {Record<string, () => void>} actions what the buttons of a notice do */
  constructor(actions) {
    const session = new SessionView({ actions, onChange: () => this.#show() });
    this.#session = session;
    this.#sessions = new SessionList(session, actions);
    this.#passkeys = new PasskeyList(session, actions);
    new ProofView(session, actions);
    new RotationView({ session, actions, onRotated: () => this.#show() });
    const tryOld = element("try-old");
    tryOld.onclick = () => attempt(tryOld, actions, () => this.#tryOldShares());
    element("sign-form").onsubmit = (event) => {
      event.preventDefault();
      attempt(element("sign"), actions, () => {
        forget("sign");
        return session.use((open) => this.#sign(open));
      });
    };
  }

  /**
   * Shows wallets that this browser holds.
   *
   * @param {{ wallets: import("claimkit").Wallet[], receipts: string[], isNew: boolean, session?: import("claimkit").Session }} held
   *   `session`: if they are open already
   */
  open({ wallets, receipts, isNew, session }) {
    this.#told = undefined;
    element("wallet-lead").textContent = leadOf({ isNew, isBack: session !== undefined });
    forgetOutcomes();
    element("rotation-steps").hidden = true;
    offerReceipts(receipts);
    this.#session.begin(wallets, session);
    show("wallet");
  }

  /** Locks the wallets, in every page that this session serves. Resolves once their shares are erased. */
  async lock() {
    await this.#session.lock();
  }

  /** Ends the session, if there is one, and forgets the wallets. */
  leave() {
    this.#passkeys.leave();
    this.#session.leave();
  }

  #show() {
    const { isOpen, wallets } = this.#session;
    if (wallets.length === 0) return;
    // A row that is made anew loses its focus: only where it says something else.
    const told = wallets.map(({ walletId, epoch }) => `${walletId} ${epoch}`).join();
    if (told !== this.#told) showFacts(element("wallets"), wallets, { was: 0, canCopy: true });
    this.#told = told;
    element("sign").textContent = isOpen ? "Sign" : "Unlock and sign";
    // One button is the next step: while the wallets are locked, "Unlock".
    element("sign").classList.toggle("main", isOpen);
    element("sign-hint").textContent = isOpen ? "Each wallet signs it in its chain's way." : "Your device asks for your passkey first.";
    for (const id of ["lock-everywhere-hint", "prove-hint"]) element(id).hidden = isOpen;
    for (const id of ["sign", "prove", "rotate", "lock-everywhere"]) element(id).disabled = !isOpen && !canPrompt();
    showClaimed({ epoch: wallets[0].epoch, isHere: true, isOpen });
    this.#sessions.show();
    this.#passkeys.show();
  }

  async #sign(session) {
    const message = element("message").value;
    const signed = [];
    // In the order that is shown: a session that was got back has its own.
    const isOpen = ({ walletId }) => session.wallets.some((wallet) => wallet.walletId === walletId);
    for (const { walletId, type } of this.#session.wallets.filter(isOpen)) {
      const { bytes } = await session.sign({ ...toSign(type, message), walletId });
      const signature = toHex(bytes);
      // The app checks with other code than the wallet's.
      const { valid } = await app.verify(walletId, message, signature);
      signed.push({ type, signature, valid });
    }
    const isGood = signed.every(({ valid }) => valid);
    const verdict = isGood ? "Signed. The app checked each signature: it is the wallet's." : "The app says that a signature is not the wallet's.";
    conclude("sign", isGood, verdict, signed.map(signaturePart));
    // Another tab may have changed the shares: signing goes on with the new ones by itself.
    this.#show();
  }

  async #tryOldShares() {
    forget("old");
    const { answers } = await app.signWithPreparedShares("Signed by the app, behind your back.");
    const isGood = answers.every(({ refused }) => refused);
    const verdict = isGood ? "Refused. The old shares are retired." : "One of them signed. These wallets are not yours alone!";
    // Evidence, for whoever wants to check it later.
    offerRefusals(answers.flatMap(({ refusal }) => refusal ?? []));
    conclude("old", isGood, verdict, answers.map(answerPart));
  }
}

function leadOf({ isNew, isBack }) {
  if (isNew) {
    return "Both shares of each key were changed, and yours are sealed to your passkey. Nobody can sign without them any more, the app included. They are open in this page until you lock them.";
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
