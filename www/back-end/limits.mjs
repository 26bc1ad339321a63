// How often one address may ask for each thing. In memory: an app with several processes keeps such counts where all of them see it.

import { Refusal } from "./refusal.mjs";

/** How many calls of a route an address may make at once, and how many more a minute. */
const LIMITS = {
  "POST /api/people": { burst: 60, perMinute: 30 },
  "POST /api/hand-off": { burst: 120, perMinute: 60 },
  "POST /api/prepared-shares/sign": { burst: 60, perMinute: 30 },
};
const OTHERS = { burst: 600, perMinute: 300 };

/** How many addresses are remembered. The one that asked longest ago is forgotten first. */
const MOST_REMEMBERED = 10_000;

/** Token buckets, one an address and route. */
export class Limits {
  #buckets = new Map();
  #now;

  /** @param {() => number} [now] a clock in milliseconds */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Takes a token.
   *
   * @param {string} route by method and path
   * @param {string} [address] the caller's. Behind a proxy this is the proxy's: take the one that it names.
   * @throws {Refusal} `too_many`, if there is none
   */
  take(route, address = "") {
    const { burst, perMinute } = LIMITS[route] ?? OTHERS;
    const key = `${route} ${address}`;
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + ((now - at) / 60_000) * perMinute);
    // Deleted first, so that the map is in the order of use.
    this.#buckets.delete(key);
    // A refusal takes nothing: what was filled so far stays.
    this.#buckets.set(key, { tokens: filled < 1 ? filled : filled - 1, at: now });
    if (this.#buckets.size > MOST_REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value);
    if (filled < 1) throw new Refusal(429, "too_many", "That was asked too often.", Math.ceil(((1 - filled) * 60) / perMinute));
  }
}
