// The session of the wallets that are shown: how long it lasts, what ends it, and how it comes back.

import { canPrompt } from "./passkeys.mjs";
import { attempt, element, say } from "./view.mjs";
import { during, howLong, wordsForEnd } from "./words.mjs";

/** From how many seconds on the person is told that their clock is wrong. */
const SKEW_TOLD = 60;

/** For how long an unlock that was begun is good without another, in milliseconds: less than the co-signer gives a person to answer. */
const BEGUN_TIME = 2 * 60_000;

/** The session's part of the page: when it has ended, one prompt opens another in its place. */
export class SessionView {
  #wallets = [];
  #session;
  /** What ended it: `expired`, `elsewhere`, or the reason of `locked`. */
  #ended;
  #hearing = new AbortController();
  #ticking;
  /** When an unlock was begun, Unix milliseconds. */
  #begunAt = 0;
  #onChange;

  /**
   * @param {{ actions: Record<string, () => void>, onChange: () => void }} options `actions`: what the buttons of a notice do;
   *   `onChange`: told when it was opened, refreshed, or has ended
   */
  constructor({ actions, onChange }) {
    this.#onChange = onChange;
    const on = (id, work) => {
      const button = element(id);
      button.onclick = () => attempt(button, actions, work);
    };
    on("unlock", async () => {
      await this.opened();
      element("message").focus();
    });
    on("lock", () => this.lock());
    addEventListener("visibilitychange", () => this.#beginUnlock());
    for (const id of ["refresh", "refresh-now"]) on(id, () => this.use((session) => this.#refresh(session)));
  }

  /** Whether it can sign. */
  get isOpen() {
    return this.#session !== undefined && !this.#session.locked;
  }

  /** The session, if it is open. */
  get sessionId() {
    return this.isOpen ? this.#session.sessionId : undefined;
  }

  /** What tells this unlock of the session from another, and a refreshed one from what it was. */
  get state() {
    return this.isOpen ? `${this.#session.sessionId} ${this.#session.expiresAt}` : undefined;
  }

  /**
   * The wallets as they are now: another tab may have changed their shares since they were read.
   *
   * @returns {import("claimkit").WalletInfo[]}
   */
  get wallets() {
    const open = this.#session?.wallets ?? [];
    return this.#wallets.map((wallet) => open.find(({ walletId }) => walletId === wallet.walletId) ?? wallet);
  }

  /**
   * Begins with other wallets, in the place of earlier ones.
   *
   * @param {import("claimkit").Wallet[]} wallets
   * @param {import("claimkit").Session} [session] if they are open already
   */
  begin(wallets, session) {
    this.leave();
    this.#wallets = wallets;
    this.#begunAt = 0;
    if (session) this.#keep(session);
    this.#changed();
  }

  /** Locks the wallets. Resolves once the shares are erased: that the co-signer hears of it is not waited for. */
  async lock() {
    const session = this.#session;
    // Also where it says that it is locked: of another tab's session that is what somebody has told this page.
    if (!session) return;
    await new Promise((resolve) => {
      session.addEventListener("locked", resolve, { once: true });
      session.lock().then(resolve);
    });
  }

  /** Ends the session, and forgets the wallets. */
  leave() {
    this.#hearing.abort();
    this.#session?.lock();
    this.#session = this.#ended = undefined;
    this.#wallets = [];
    clearInterval(this.#ticking);
  }

  /**
   * Does something with the open session; if it has ended, after one prompt. An error says what ended the session, if anything did.
   *
   * @template Result
   * @param {(session: import("claimkit").Session) => Promise<Result>} work
   * @returns {Promise<Result>}
   */
  async use(work) {
    const session = await this.opened();
    try {
      return await work(session);
    } catch (error) {
      throw Object.assign(error, { ended: this.#ended });
    }
  }

  /** The open session; if it has ended, another one after one prompt. */
  async opened() {
    if (this.isOpen) return this.#session;
    const wallets = this.#wallets;
    const session = await this.#answered("unlock", wallets[0].unlock());
    if (wallets !== this.#wallets) {
      // The person has gone on to something else while they were asked.
      session.lock();
      throw Object.assign(new Error("The wallets are not shown any more."), { code: "cancelled" });
    }
    this.#keep(session);
    this.#changed();
    say("The wallets are unlocked.");
    return session;
  }

  /** Exchanges the open session for one with what this browser holds now, by one prompt. */
  async renew() {
    await during("unlock", this.#session.unlock());
    this.#changed();
  }

  /** Ends every session of the wallets, on every device: without a prompt if this one is open. */
  async lockEverywhere() {
    if (this.isOpen) return this.use((session) => session.lockEverywhere());
    await this.#answered("lockEverywhere", this.#wallets[0].lockEverywhere());
    this.#end("everywhere");
  }

  /** Waits for what a prompt came to: it took what was begun. */
  async #answered(what, work) {
    this.#begunAt = 0;
    try {
      return await during(what, work);
    } catch (error) {
      this.#beginUnlock();
      throw error;
    }
  }

  /** So that "Unlock" prompts directly, as browsers want it: whatever goes wrong is told by the click itself. */
  async #beginUnlock() {
    const [wallet] = this.#wallets;
    const isGood = Math.abs(Date.now() - this.#begunAt) < BEGUN_TIME;
    if (!wallet || this.isOpen || isGood || document.hidden || !canPrompt()) return;
    this.#begunAt = Date.now();
    try {
      await wallet.start();
    } catch {
      this.#begunAt = 0;
    }
  }

  async #refresh(session) {
    await session.refresh();
    this.#changed();
    say(`The session lasts until ${timeOf(session.expiresAt)} now.`);
    // The button of the warning has gone with it.
    if (document.activeElement === document.body) element("refresh").focus();
  }

  #keep(session) {
    this.#ended = undefined;
    if (session === this.#session) return;
    this.#hearing.abort();
    this.#session = session;
    this.#hearing = new AbortController();
    const { signal } = this.#hearing;
    session.addEventListener("expiring", () => this.#warn(), { signal });
    session.addEventListener("expired", () => this.#end(Date.now() < session.expiresAt ? "elsewhere" : "expired"), { signal });
    session.addEventListener("locked", ({ detail }) => this.#end(detail.reason), { signal });
  }

  #warn() {
    const { refreshesLeft } = this.#session;
    const words = refreshesLeft > 0 ? "Refresh it to go on without a prompt." : "It was refreshed as often as the co-signer allows: unlock again after it.";
    element("expiring-text").textContent = `The session ends in less than a minute. ${words}`;
    element("refresh-now").hidden = refreshesLeft === 0;
    element("expiring").hidden = false;
    say(element("expiring-text").textContent);
  }

  #end(reason) {
    const isAsked = reason === "asked";
    this.#ended = reason;
    this.#changed();
    say(isAsked ? "The wallets are locked." : wordsForEnd(reason));
    if (isAsked) element("unlock").focus();
  }

  #changed() {
    clearInterval(this.#ticking);
    element("expiring").hidden = true;
    if (this.isOpen) this.#ticking = setInterval(() => this.#tick(), 1_000);
    this.#show();
    this.#onChange();
    this.#beginUnlock();
  }

  #show() {
    const { isOpen } = this;
    const state = element("session-state");
    state.textContent = isOpen ? `Unlocked until ${timeOf(this.#session.expiresAt)}` : wordsForEnd(this.#ended);
    state.dataset.ended = this.#ended ?? "";
    for (const id of ["lock", "refresh", "session-time", "session-more"]) element(id).hidden = !isOpen;
    element("unlock").hidden = isOpen;
    const skew = isOpen ? this.#session.clockSkew : 0;
    element("session-skew").hidden = Math.abs(skew) <= SKEW_TOLD;
    if (!isOpen) return;
    const left = this.#session.refreshesLeft;
    element("refresh").disabled = left === 0;
    element("session-more").textContent = left === 0 ? "No refresh is left." : `It can be refreshed ${left === 1 ? "once" : `${left} times`} more, without a prompt.`;
    element("session-skew").textContent = `This device's clock is ${howLong(Math.abs(skew))} ${skew > 0 ? "behind" : "ahead of"} the co-signer's. Nothing suffers from it here, but you may want to set it.`;
    this.#tick();
  }

  #tick() {
    element("session-time").textContent = `${countdown(this.#session.expiresAt - Date.now())} left`;
  }
}

/** @param {number} at Unix milliseconds */
const timeOf = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @param {number} milliseconds */
function countdown(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
