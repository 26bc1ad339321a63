// What happens in one run of the drill, drawn from its seed: who is killed when. The same seed, the same run.

/** Requests of a claim. */
const CLAIM = ["start", "refresh", "prepare", "confirm", "commit", "acknowledge"].map((step) => `/v1/claim/${step}`);
/** Where a request may be struck first: in a claim, and in the session after it. */
const REQUESTS = [...CLAIM, "/v1/unlock/start", "/v1/unlock/finish", "/v1/sign"];
/** Where one may be struck after that. */
const LATER = [...REQUESTS, "/v1/claim/resume"];
const PHASES = ["start", "passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"];

const MASK = (1n << 64n) - 1n;

/** Numbers drawn from a seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, figure 17). For schedules, not for secrets. */
class Random {
  #state;

  constructor(seed) {
    this.#state = BigInt(seed) & MASK;
  }

  #draw() {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & MASK;
    let mixed = this.#state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return mixed ^ (mixed >> 31n);
  }

  /** A number below `bound`. */
  below(bound) {
    return Number(this.#draw() % BigInt(bound));
  }

  oneOf(things) {
    return things[this.below(things.length)];
  }
}

/**
 * @typedef {object} Blow
 * @property {string} [path] the request at which it falls
 * @property {string} [phase] the phase of the claim at which it falls, in the page itself
 * @property {"before" | "amid" | "after" | "begins" | "ended"} when
 * @property {boolean} client whether it kills the page, or the whole browser
 * @property {boolean} coSigner whether it kills the co-signer
 *
 * @typedef {object} Plan
 * @property {"EVM" | "SOLANA"} type
 * @property {"page" | "browser"} victim what is killed where the client is
 * @property {boolean} wiped whether the browser's storage is deleted once the wallet is claimed
 * @property {Blow[]} blows in their order
 */

/**
 * Draws a run.
 *
 * @param {number} seed
 * @param {number} number
 * @returns {Plan}
 */
export function drawPlan(seed, number) {
  const random = new Random(BigInt(seed) * 1_000_003n + BigInt(number));
  const type = random.oneOf(["SOLANA", "EVM"]);
  if (random.below(4) === 0) {
    // A browser takes its authenticator along: it is killed before there is a session to open again.
    const blow = { path: random.oneOf(CLAIM), when: random.oneOf(["before", "amid", "after"]), client: true, coSigner: random.below(2) === 0 };
    return { type, victim: "browser", wiped: false, blows: [blow] };
  }
  const count = 1 + random.below(2);
  const blows = [REQUESTS, LATER].slice(0, count).map((requests) => drawBlow(random, requests));
  return { type, victim: "page", wiped: random.below(3) === 0, blows };
}

function drawBlow(random, requests) {
  if (random.below(3) === 0) {
    return { phase: random.oneOf(PHASES), when: random.oneOf(["begins", "ended"]), client: true, coSigner: random.below(2) === 0 };
  }
  const who = random.below(3);
  return { path: random.oneOf(requests), when: random.oneOf(["before", "amid", "after"]), client: who !== 1, coSigner: who !== 0 };
}
