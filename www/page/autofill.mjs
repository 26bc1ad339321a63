// The wallets are got back by a passkey that the browser offers in a field of the page, beside the button that prompts for one.

import { canPrompt } from "./passkeys.mjs";
import { element } from "./view.mjs";
import { during } from "./words.mjs";

/** The field's part of the page. A browser has one such request at a time, and no other prompt beside it. */
export class Autofill {
  #kit;
  #expected;
  #onSession;
  #onError;
  #stop = new AbortController();
  /** What is waited for: whether it got the wallets back. */
  #waiting;
  /** Whether the person has been in the field: who was not has asked for nothing. */
  #isTouched = false;

  /**
   * @param {object} options
   * @param {(session: import("claimkit").Session) => Promise<void>} options.onSession what is done with a session
   * @param {(error: Error) => void} options.onError what is told of an error to somebody who has been in the field
   */
  constructor({ onSession, onError }) {
    this.#onSession = onSession;
    this.#onError = onError;
    element("autofill-field").onfocus = () => {
      this.#isTouched = true;
      this.#begin();
    };
  }

  /**
   * Offers the field, where the browser can fill it.
   *
   * @param {import("claimkit").Kit} kit
   * @param {string[]} expected the public keys of the wallets that may be got back
   */
  async offer(kit, expected) {
    await this.withdraw();
    if (!canPrompt() || !(await isOffered())) return;
    this.#kit = kit;
    this.#expected = expected;
    this.#isTouched = false;
    element("autofill").hidden = false;
    this.#begin();
  }

  /**
   * Takes the field away, and waits until the browser is free for another prompt.
   *
   * @returns {Promise<boolean>} whether the wallets were got back meanwhile
   */
  async withdraw() {
    element("autofill").hidden = true;
    this.#stop.abort();
    return (await this.#waiting) ?? false;
  }

  #begin() {
    if (this.#waiting) return;
    this.#stop = new AbortController();
    this.#waiting = this.#wait(this.#stop.signal).finally(() => (this.#waiting = undefined));
  }

  async #wait(signal) {
    try {
      const session = await during("restore", this.#kit.restore({ autofill: true, expected: this.#expected, signal }));
      await this.#onSession(session);
      element("autofill").hidden = true;
      return true;
    } catch (error) {
      // The next visit to the field begins again.
      if (!signal.aborted && this.#isTouched) this.#onError(error);
      return false;
    }
  }
}

async function isOffered() {
  try {
    return await PublicKeyCredential.isConditionalMediationAvailable();
  } catch {
    return false;
  }
}
