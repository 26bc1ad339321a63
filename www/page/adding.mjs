// Another passkey is added: the new device's prompt first, then the approval of the one that is used now, each by a click of its own.

import { conclude, element, say } from "./view.mjs";
import { during, PROMPTS } from "./words.mjs";

/** What the page shows while a passkey is added. */
export class Adding {
  #session;
  /** Ends what is under way; its reason is what to say of it. */
  #stop = new AbortController();

  /** @param {import("./session.mjs").SessionView} session */
  constructor(session) {
    this.#session = session;
    element("asking-stop").onclick = () => this.stop("Stopped: no passkey was added. If the new device shows one all the same, it opens nothing.");
  }

  /**
   * Adds a passkey.
   *
   * @param {string} name
   * @returns {Promise<boolean>} whether it was added: not, if the person stopped it
   */
  async add(name) {
    const { signal } = (this.#stop = new AbortController());
    const beforePrompt = (prompt) => this.#click(prompt, signal);
    const wasOpen = this.#session.isOpen;
    try {
      await this.#session.use(async (open) => {
        // A session that had ended took the click for its own prompt.
        if (!wasOpen) await beforePrompt("make");
        this.#tell("Take the new device, or the password manager, and answer its prompt: it makes the passkey.");
        await during("addPasskey", open.addPasskey({ name, beforePrompt, signal }));
      });
      return true;
    } catch (error) {
      // Once the passkey was sent, nobody can say that it was stopped.
      if (!signal.aborted || error.code === "co_signer_unreachable") throw error;
      if (signal.reason) conclude("passkeys", false, signal.reason);
      if (signal.reason && this.#session.isOpen) element("add-passkey").focus();
      return false;
    } finally {
      element("asking").hidden = true;
    }
  }

  /**
   * Ends what is under way, if anything is.
   *
   * @param {string} [words] what to say of it
   */
  stop(words = "") {
    this.#stop.abort(words);
  }

  /** Waits for the click that the next prompt is the act of. */
  #click(prompt, signal) {
    const [words, name] = PROMPTS[prompt];
    this.#tell(words);
    const goOn = element("asking-go-on");
    goOn.textContent = name;
    goOn.hidden = false;
    goOn.focus();
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      goOn.onclick = () => {
        element("asking-stop").focus();
        this.#tell("Answer your device.");
        resolve();
      };
    });
  }

  #tell(words) {
    element("asking-text").textContent = words;
    element("asking-go-on").hidden = true;
    element("asking").hidden = false;
    say(words);
  }
}
