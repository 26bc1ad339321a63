// How a person breaks their own claim, once: the line to the co-signer is cut, or the tab dies. The package knows nothing of it.

/** The steps that ask the co-signer something: elsewhere there is no line to be cut. */
const ASKING = ["refresh", "prepare", "confirm", "commit"];

/** Whether a step of the claim asks the co-signer something. */
export const asks = (phase) => ASKING.includes(phase);

/**
 * @typedef {object} Plan
 * @property {string} phase the step
 * @property {"before" | "after" | "dies"} how the line is cut before the co-signer hears, or after it acted and before its answer
 *   arrives; or the tab dies
 * @property {string} email whose claim it is
 *
 * @typedef {Plan & { times: number }} Broken `times`: how many requests were cut
 */

/** One claim's breakage. A cut lasts until the claim has given up: it asks some things more than once. */
export class Breakage {
  #plan;
  #cosigner;
  #isBroken = false;
  #fetch;
  #times = 0;

  /**
   * @param {Plan} plan
   * @param {string} cosigner its address
   */
  constructor(plan, cosigner) {
    this.#plan = plan;
    this.#cosigner = new URL(cosigner).origin;
  }

  /**
   * Breaks the claim if this is the step.
   *
   * @param {string} phase the step that begins
   */
  reach(phase) {
    if (phase !== this.#plan.phase || this.#isBroken) return;
    this.#isBroken = true;
    if (this.#plan.how === "dies") die(this.#plan);
    else this.#cut();
  }

  /**
   * Makes the line whole, and says what was broken, if anything was.
   *
   * @returns {Broken | undefined}
   */
  end() {
    if (this.#fetch) window.fetch = this.#fetch;
    return this.#times > 0 ? { ...this.#plan, times: this.#times } : undefined;
  }

  #cut() {
    const real = (this.#fetch = window.fetch);
    window.fetch = async (...words) => {
      if (addressOf(words[0]).origin !== this.#cosigner) return Reflect.apply(real, window, words);
      if (this.#plan.how === "after") await (await Reflect.apply(real, window, words)).arrayBuffer();
      this.#times += 1;
      // What a browser says of a line that was cut.
      throw new TypeError("Failed to fetch");
    };
  }
}

/** @param {Request | URL | string} asked what `fetch` was given */
const addressOf = (asked) => new URL(asked instanceof Request ? asked.url : asked, location.href);

/**
 * What broke the page before this one, if a person's own wish did. Told once.
 *
 * @returns {Broken | undefined}
 */
export function takeBroken() {
  const broken = history.state?.broken;
  if (broken) history.replaceState(null, "");
  return broken;
}

/** From here on nothing leaves the page: no request, no record, no lock. Then it is opened anew, and finds this plan. */
function die(plan) {
  history.replaceState({ broken: { ...plan, times: 0 } }, "");
  const never = new Promise(() => {});
  const stop = (object, name, answer) => Object.defineProperty(object, name, { value: () => answer });
  stop(window, "fetch", never);
  stop(CredentialsContainer.prototype, "create", never);
  stop(CredentialsContainer.prototype, "get", never);
  stop(LockManager.prototype, "request", never);
  // A request of which no event ever tells.
  stop(IDBFactory.prototype, "open", {});
  location.reload();
}
