import { failure, failureOf } from "./error.js";
import { bound, copied } from "./facade.js";
import { ANSWER_TIME, EVENTS, isMessage, LAST_WORDS, LONGEST, PREFIX, readEvent, readFailed, readState, SILENCE, type Call, type EventName, type Held, type Message, type State } from "./pages.js";
import type { AddPasskeyOptions, CallOptions, ListedSession, RemovePasskeyOptions, Session, SignatureResult, WalletInfo } from "./wasm/claimkit.js";

// A session of another page. Who it is of, this page knows by its own records; what it signs, this page verifies (docs/decisions/0025-another-pages-word.md).

/** The wallets that open with one passkey, by what this browser holds: the module's. */
export interface Records {
  /** Reads again what is stored: epochs may have grown, keys stay what they were. */
  look(): Promise<void>;
  wallets(): WalletInfo[];
  /** A signature that was asked for by these options, if these bytes are one. */
  verify(options: object, bytes: Uint8Array): SignatureResult;
  free(): void;
}

/** Where a session of another page is, and what this page knows of its wallets. */
export interface Place {
  held: Held;
  walletId: string;
  records: Records;
  /** Unlocks in this page. */
  again(options?: CallOptions): Promise<Session>;
  /** Told of each change. */
  changed(session: Elsewhere): void;
  /** Told of the session of this page that it has become. */
  adopted(here: Session, session: Elsewhere): void;
}

/** What this page waits for. */
interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** Gives what an answer is worth; throws for what is none. */
  check(result: unknown): unknown;
}

type Check = (result: unknown, asked: object) => unknown;

const over = () => failure("session_expired", "the session is over: unlock the wallet again");
const silent = () => failure("session_expired", "the page that unlocked does not answer, as browsers suspend pages: call session.unlock() in this one");
const late = () => failure("co_signer_unreachable", "the page that unlocked took too long: try again");
const needsUnlock = (call: string) =>
  Promise.reject(failure("not_authorised", `session.${call}: another page has this session: call session.unlock() in this one first`));
const nothing = () => undefined;
const list = (result: unknown) => {
  if (Array.isArray(result)) return result;
  throw over();
};

/** A session that another page has open. It has all that a `Session` has; once it was unlocked again, it is one of this page. */
export class Elsewhere implements Omit<Session, "addEventListener" | "removeEventListener"> {
  readonly #target = new EventTarget();
  readonly #waiting = new Map<string, Waiting>();
  readonly #place: Place;
  readonly #channel: BroadcastChannel;
  #state: State;
  #isOver = false;
  #isClosed = false;
  #here: Session | undefined;
  #unlocking: Promise<Session> | undefined;
  /** How often nothing was heard in a row, while something is waited for. */
  #silences = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** Asks a session's page for it; gives nothing where no page says of it what this one knows. */
  static async reach(place: Place): Promise<Elsewhere | undefined> {
    const channel = new BroadcastChannel(PREFIX + place.held.id);
    const state = await new Promise<State | undefined>((resolve) => {
      const late = setTimeout(resolve, ANSWER_TIME);
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        const state = isMessage(data) && data.kind === "state" ? accepted(place, data.state) : undefined;
        if (!state) return;
        clearTimeout(late);
        resolve(state);
      };
      channel.postMessage({ kind: "hello" } satisfies Message);
    });
    if (state) return new Elsewhere(place, channel, state);
    channel.close();
    return undefined;
  }

  private constructor(place: Place, channel: BroadcastChannel, state: State) {
    this.#place = place;
    this.#channel = channel;
    this.#state = state;
    channel.onmessage = ({ data }: MessageEvent<Message>) => void (isMessage(data) && this.#hear(data));
    channel.onmessageerror = () => this.#rejectAll(failure("internal", "another page's answer can't be read"));
    // Granted once the page that unlocked releases the session, or is gone without a word.
    const isGone = () => void setTimeout(() => this.#leave(), LAST_WORDS);
    void navigator.locks.request(place.held.name, { mode: "shared" }, isGone).catch(() => undefined);
    bound(this, "Session");
  }

  async #hear(message: Message) {
    if (message.kind === "garbled") return this.#rejectAll(failure("invalid_argument", "the options can't be given to another page"));
    if (!("state" in message)) return;
    const state = accepted(this.#place, message.state);
    // Who does not know the wallet is not the page that unlocked it.
    if (!state) return;
    this.#silences = 0;
    if (isNewer(this.#place, state)) await this.#place.records.look().catch(() => undefined);
    if (this.#here) return;
    this.#state = state;
    this.#place.changed(this);
    const event = message.kind === "event" ? readEvent(message) : undefined;
    if (event?.name === "expiring") this.#tell(event.name, event.detail);
    else if (event) this.#end(event.name, event.detail);
    if (message.kind === "done") this.#take(message.id, message.result);
    const error = message.kind === "failed" ? readFailed(message.error) : undefined;
    if (message.kind === "failed" && error) this.#settle(message.id)?.reject(failureOf(error));
  }

  /** What does not hold is not the answer: that may still come. */
  #take(id: string, result: unknown) {
    try {
      const taken = this.#waiting.get(id)?.check(result);
      this.#settle(id)?.resolve(taken);
    } catch {
      return;
    }
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) clearTimeout(this.#watch);
    return waiting;
  }

  #rejectAll(error: unknown) {
    for (const id of [...this.#waiting.keys()]) {
      this.#post({ kind: "stop", id });
      this.#settle(id)?.reject(error);
    }
  }

  #end(name: EventName, detail: unknown) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell(name, detail);
  }

  /** Waits for nothing any more. */
  #leave(why = over()) {
    this.#rejectAll(why);
    this.#isClosed = true;
    this.#channel.close();
    if (!this.#here) this.#end("locked", { reason: "left" });
  }

  #tell(name: EventName, detail: unknown) {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #post(message: Message) {
    if (!this.#isClosed) this.#channel.postMessage(message);
  }

  /** Looks whether the other page is still heard: browsers suspend pages, which keep their locks. */
  #listen() {
    this.#watch = setTimeout(() => {
      this.#silences += 1;
      if (this.#silences > 1) return this.#leave(silent());
      this.#post({ kind: "hello" });
      this.#listen();
    }, SILENCE);
  }

  /** Asks the page that unlocked. */
  #ask<Result>(call: Call, given: object = {}, check: Check = nothing): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#isOver) return reject(over());
      const refuse = (cause?: unknown) => reject(failure("invalid_argument", `session.${call}: its options can't be read, or not be given to another page`, cause));
      let signal: AbortSignal | undefined;
      let options: Record<string, unknown>;
      try {
        ({ signal, ...options } = copied(given) as CallOptions & Record<string, unknown>);
        if (signal !== undefined && typeof signal.aborted !== "boolean") return refuse();
      } catch (cause) {
        return refuse(cause);
      }
      const id = crypto.randomUUID();
      const cancelled = () => failure("cancelled", "the call was cancelled", signal?.reason);
      if (signal?.aborted) return reject(cancelled());
      const stop = (why: unknown) => {
        this.#post({ kind: "stop", id });
        this.#settle(id)?.reject(why);
      };
      const aborted = () => stop(cancelled());
      const longest = setTimeout(() => stop(late()), LONGEST);
      const done = () => (clearTimeout(longest), signal?.removeEventListener("abort", aborted));
      this.#waiting.set(id, {
        resolve: (result) => (done(), resolve(result as Result)),
        reject: (error) => (done(), reject(error)),
        check: (result) => check(result, options),
      });
      try {
        signal?.addEventListener("abort", aborted);
        this.#channel.postMessage({ kind: "ask", id, call, options, at: Date.now() } satisfies Message);
      } catch (cause) {
        this.#settle(id);
        done();
        return refuse(cause);
      }
      if (this.#waiting.size > 1) return;
      this.#silences = 0;
      this.#post({ kind: "hello" });
      this.#listen();
    });
  }

  #tellToLock() {
    const channel = new BroadcastChannel(PREFIX + this.#place.held.id);
    channel.postMessage({ kind: "ask", id: crypto.randomUUID(), call: "lock", options: {}, at: Date.now() } satisfies Message);
    channel.close();
  }

  /** The wallet that was unlocked, as this page knows it. */
  get #wallet(): WalletInfo {
    const wallet = this.#place.records.wallets().find(({ walletId }) => walletId === this.#place.walletId);
    if (!wallet) throw failure("internal", "a session without its wallet");
    return wallet;
  }

  get address() { return this.#wallet.address; }
  get walletId() { return this.#place.walletId; }
  get type() { return this.#wallet.type; }
  get scheme() { return this.#wallet.scheme; }
  get publicKey() { return this.#wallet.publicKey; }
  get wallets() {
    if (this.#here) return this.#here.wallets;
    const open = this.#state.wallets.map(({ walletId }) => walletId);
    return this.#place.records.wallets().filter(({ walletId }) => open.includes(walletId));
  }
  get expiresAt() { return this.#here?.expiresAt ?? this.#state.expiresAt; }
  get clockSkew() { return this.#here?.clockSkew ?? this.#state.clockSkew; }
  get refreshesLeft() { return this.#here?.refreshesLeft ?? this.#state.refreshesLeft; }
  get rotateBy() { return this.#here ? this.#here.rotateBy : this.#state.rotateBy; }
  get sessionId() { return this.#here?.sessionId ?? this.#place.held.id; }
  get locked() { return this.#here?.locked ?? (this.#isOver || Date.now() >= this.#state.expiresAt); }

  readonly sign = ((options: Parameters<Session["sign"]>[0]) => {
    if (this.#here) return this.#here.sign(options);
    const { walletId, records } = this.#place;
    const asked = { ...options, walletId: options?.walletId === undefined ? walletId : options.walletId };
    return this.#ask("sign", asked, (result, asked) => records.verify(asked, (result as SignatureResult).bytes));
  }) as Session["sign"];

  // What a page can't check it does not take from another: a key, a proof that is a bearer token, a list that says what to remove.
  exportKey(options?: Parameters<Session["exportKey"]>[0]): Promise<Uint8Array> { return this.#here?.exportKey(options) ?? needsUnlock("exportKey"); }
  prove(options: Parameters<Session["prove"]>[0]): Promise<string> { return this.#here?.prove(options) ?? needsUnlock("prove"); }
  passkeys(options?: CallOptions): ReturnType<Session["passkeys"]> { return this.#here?.passkeys(options) ?? needsUnlock("passkeys"); }
  renamePasskey(options: Parameters<Session["renamePasskey"]>[0]): Promise<void> { return this.#here?.renamePasskey(options) ?? needsUnlock("renamePasskey"); }

  async refresh(options?: CallOptions): Promise<number> {
    if (this.#here) return this.#here.refresh(options);
    await this.#ask("refresh", options);
    return this.expiresAt;
  }
  /** The person is asked in the page that they look at: the shares are opened there first. */
  async #opened(options?: CallOptions): Promise<Session> {
    if (!this.#here) await this.unlock({ signal: options?.signal });
    if (!this.#here) throw over();
    return this.#here;
  }
  async rotate(options?: Parameters<Session["rotate"]>[0]) { return (await this.#opened(options)).rotate(options); }
  async addPasskey(options: AddPasskeyOptions) { return (await this.#opened(options)).addPasskey(options); }
  async removePasskey(options: RemovePasskeyOptions) { return (await this.#opened(options)).removePasskey(options); }
  sessions(options?: CallOptions) { return this.#here?.sessions(options) ?? this.#ask<ListedSession[]>("sessions", options, list); }
  revoke(options: Parameters<Session["revoke"]>[0]) { return this.#here?.revoke(options) ?? this.#ask<void>("revoke", options); }
  lockEverywhere(options?: CallOptions) { return this.#here?.lockEverywhere(options) ?? this.#ask<void>("lockEverywhere", options); }
  async lock(): Promise<void> {
    if (this.#here) return this.#here.lock();
    // Any script of the origin can say that the session is over: the page that may still have it is told all the same.
    if (this.#isOver) return this.#tellToLock();
    // As a session's own: it never rejects. A page that is suspended locks when it wakes.
    await this.#ask<void>("lock").catch(() => undefined);
  }

  async unlock(options?: CallOptions): Promise<void> {
    if (this.#here) return this.#here.unlock(options);
    this.#unlocking ??= this.#place.again(options).finally(() => (this.#unlocking = undefined));
    const here = await this.#unlocking;
    if (this.#here === here) return;
    this.#isOver = true;
    this.#leave();
    this.#here = here;
    this.#place.adopted(here, this);
    for (const name of EVENTS) here.addEventListener(name, ({ detail }: Event & { detail?: unknown }) => this.#tell(name, detail));
  }

  addEventListener(...all: Parameters<EventTarget["addEventListener"]>) { this.#target.addEventListener(...all); }
  removeEventListener(...all: Parameters<EventTarget["removeEventListener"]>) { this.#target.removeEventListener(...all); }

  /** Lets go of it: the other page's session goes on. */
  free() {
    this.#isOver = true;
    this.#leave();
    this.#here?.free();
  }
}

/** A state of the session, if it says of the wallets what this page knows of them: the one that is asked for is among them, none has another key. */
function accepted({ records, walletId }: Place, told: unknown): State | undefined {
  const state = readState(told);
  const own = records.wallets();
  const isOurs = (one: WalletInfo) => {
    const known = own.find((known) => known.walletId === one.walletId);
    return !known || (known.publicKey === one.publicKey && known.type === one.type);
  };
  return state?.wallets.some((one) => one.walletId === walletId) && state.wallets.every(isOurs) ? state : undefined;
}

/** Whether another page tells of epochs that this one has not read yet. */
function isNewer({ records }: Place, { wallets }: State): boolean {
  return records.wallets().some((known) => wallets.some(({ walletId, epoch }) => walletId === known.walletId && epoch !== known.epoch));
}
