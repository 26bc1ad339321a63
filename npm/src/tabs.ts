import { failedOf, failure, failureOf, type Failed } from "./error.js";
import { Claim, Kit, Session, Wallet, type AddPasskeyOptions, type CallOptions, type FinishOptions, type ListedPasskey, type RemovePasskeyOptions, type RenamePasskeyOptions, type RestoreOptions, type UnlockOptions, type WalletInfo } from "./wasm/claimkit.js";

// One unlock serves every page of an origin. The share stays in the page that unlocked: the others ask that page to sign. What crosses
// is what a page gives its session and gets from it, and never a secret (docs/decisions/0015-tabs.md).

/** What begins the name of a session's lock, held as long as it can sign, and of its channel. */
const PREFIX = "claimkit/session/";
/** How long a page that has the wallet open may take to say so, in milliseconds: asked only where one holds the lock. */
const ANSWER_TIME = 1_000;
/** What other pages may ask of a session: nothing that gives a key away. */
const CALLS = ["sign", "prove", "refresh", "sessions", "revoke", "lockEverywhere", "passkeys", "renamePasskey", "lock"] as const;
type Call = (typeof CALLS)[number];
/** How long a session's last words may be on their way after its lock was let go, in milliseconds. */
const LAST_WORDS = 250;
export const EVENTS = ["expiring", "expired", "locked"] as const;
export type EventName = (typeof EVENTS)[number];

/** What is told of a session: what its getters say. */
interface State {
  wallets: WalletInfo[];
  expiresAt: number;
  clockSkew: number;
  refreshesLeft: number;
  rotateBy: number | undefined;
}

type Message =
  | { kind: "hello" }
  | { kind: "state"; state: State }
  | { kind: "event"; name: EventName; detail: unknown; state: State }
  | { kind: "ask"; id: string; call: Call; options: Record<string, unknown> }
  | { kind: "stop"; id: string }
  | { kind: "done"; id: string; result: unknown; state: State }
  | { kind: "failed"; id: string; error: Failed; state: State };

/** Whoever is on the origin can post anything. */
const isMessage = (data: unknown): data is Message => typeof data === "object" && data !== null;

/** The sessions that this page has open: the sessions' ids, and how each is served no more. */
const own = new Map<string, () => void>();

const canShare = () => typeof BroadcastChannel === "function" && typeof navigator === "object" && !!navigator?.locks && typeof WeakRef === "function";

let isShared = false;
/** Told of a session that another page has changed. */
let changed = (_: Session | Elsewhere): void => {};
/** Sessions that this page has as another's: they were unlocked again, here. */
const adopted = new WeakMap<Session, Elsewhere>();

/** Lets the sessions of this page serve the origin's other pages, and theirs this one; `listener` is told what the others change. */
export function shareSessions(listener = changed): void {
  changed = listener;
  if (isShared || !canShare()) return;
  isShared = true;
  const { unlock } = Wallet.prototype;
  Wallet.prototype.unlock = async function (this: Wallet, options?: UnlockOptions) {
    const here = async (options?: UnlockOptions) => serve(await unlock.call(this, options));
    return (await elsewhere(this.walletId, options, here)) ?? here(options);
  };
  const { finish } = Claim.prototype;
  Claim.prototype.finish = async function (this: Claim, options: FinishOptions) {
    const finished = await finish.call(this, options);
    if (!finished.session.locked) serve(finished.session);
    return finished;
  };
  const { restore } = Kit.prototype;
  Kit.prototype.restore = async function (this: Kit, options?: RestoreOptions) {
    return serve(await restore.call(this, options));
  };
  const again = Session.prototype.unlock;
  Session.prototype.unlock = async function (this: Session, options?: CallOptions) {
    const before = this.sessionId;
    await again.call(this, options);
    if (this.sessionId === before) return;
    own.get(before)?.();
    serve(this);
  };
}

/** Serves a session to other pages as long as it lasts. */
function serve(session: Session): Session {
  const sessionId = session.sessionId;
  const channel = new BroadcastChannel(PREFIX + sessionId);
  // Not held: a session that nobody in its page holds any more is dropped, and its shares with it.
  const held = new WeakRef(session);
  const stops = new Map<string, AbortController>();
  const post = (message: Message) => channel.postMessage(message);
  const state = stateOf(session);
  const told = (): State => {
    const session = held.deref();
    try {
      if (session) Object.assign(state, stateOf(session));
    } catch {
      // Its page has freed it.
      end();
    }
    return state;
  };

  const answer = async ({ id, call, options }: Message & { kind: "ask" }) => {
    const stop = new AbortController();
    stops.set(id, stop);
    try {
      const session = held.deref();
      if (!session) throw failure("session_expired", "the session is over: unlock the wallet again");
      // Whoever is on the origin can ask: only for what is meant to be asked.
      if (!CALLS.includes(call)) throw failure("invalid_argument", "a session is not asked for this by another page");
      const asked = { ...options, ...(call === "lock" ? {} : { signal: stop.signal }) };
      const result: unknown = await (session[call] as (options: unknown) => Promise<unknown>)(asked);
      post({ kind: "done", id, result, state: told() });
    } catch (error) {
      post({ kind: "failed", id, error: failedOf(error), state: told() });
    } finally {
      const session = held.deref();
      if (session) changed(adopted.get(session) ?? session);
      stops.delete(id);
      if (!own.has(sessionId) && stops.size === 0) close();
    }
  };

  let release = () => {};
  const until = new Promise<void>((resolve) => (release = resolve));
  // What is under way is answered first.
  const close = () => {
    release();
    channel.close();
  };
  const end = () => {
    if (!own.delete(sessionId)) return;
    if (stops.size === 0) close();
  };
  const hear = ({ type, detail }: Event & { detail?: unknown }) => {
    const name = type as EventName;
    if (!own.has(sessionId)) return;
    post({ kind: "event", name, detail, state: told() });
    if (name !== "expiring") end();
  };

  own.set(sessionId, end);
  dropped?.register(session, sessionId);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (!isMessage(data)) return;
    if (data.kind === "hello") {
      const state = told();
      if (own.has(sessionId)) post({ kind: "state", state });
    }
    if (data.kind === "ask" && own.has(sessionId)) void answer(data);
    if (data.kind === "stop") stops.get(data.id)?.abort();
  };
  for (const name of EVENTS) session.addEventListener(name, hear);
  const name = [PREFIX + sessionId, ...state.wallets.map(({ walletId }) => walletId)].join("/");
  // A page that may not lock serves nobody.
  navigator.locks.request(name, () => until).catch(end);
  return session;
}

/** A session that its page dropped without locking it is served no more. */
const dropped = typeof FinalizationRegistry === "function" ? new FinalizationRegistry<string>((id) => own.get(id)?.()) : undefined;

const stateOf = ({ wallets, expiresAt, clockSkew, refreshesLeft, rotateBy }: Session): State => ({
  wallets,
  expiresAt,
  clockSkew,
  refreshesLeft,
  rotateBy,
});

/** Unlocks in this page. */
type Here = (options?: UnlockOptions) => Promise<Session>;

/** A session that another page has open, with this wallet; nothing where there is none. */
async function elsewhere(walletId: string, options: UnlockOptions | undefined, here: Here): Promise<Session | undefined> {
  // What is refused is refused as it is without other pages, by the call itself.
  if (options !== undefined && (typeof options !== "object" || options?.signal?.aborted)) return undefined;
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] as LockInfo[] }));
  for (const { name = "" } of held) {
    const [id, ...wallets] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split("/") : [];
    if (!id || own.has(id) || !wallets.includes(walletId)) continue;
    const again = ({ signal }: CallOptions = {}) => here({ ...options, signal });
    const session = await Elsewhere.reach({ id, name, walletId, again });
    if (session) return session as Session;
  }
  return undefined;
}

/** What this page waits for. */
interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** A session that another page has open. It has all that a `Session` has; once it was unlocked again, it is one of this page. */
export class Elsewhere implements Omit<Session, "addEventListener" | "removeEventListener"> {
  readonly #target = new EventTarget();
  readonly #waiting = new Map<string, Waiting>();
  readonly #walletId: string;
  readonly #again: (options?: CallOptions) => Promise<Session>;
  readonly #id: string;
  readonly #channel: BroadcastChannel;
  #state: State;
  #isOver = false;
  #here: Session | undefined;
  #unlocking: Promise<Session> | undefined;

  /** Asks a session's page for it. */
  static async reach({ id, name, walletId, again }: { id: string; name: string; walletId: string; again: Here }) {
    const channel = new BroadcastChannel(PREFIX + id);
    const state = await new Promise<State | undefined>((resolve) => {
      const late = setTimeout(resolve, ANSWER_TIME);
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (!isMessage(data) || data.kind !== "state") return;
        clearTimeout(late);
        resolve(data.state);
      };
      channel.postMessage({ kind: "hello" } satisfies Message);
    });
    if (state) return new Elsewhere(id, name, walletId, again, channel, state);
    channel.close();
    return undefined;
  }

  private constructor(id: string, name: string, walletId: string, again: Here, channel: BroadcastChannel, state: State) {
    this.#id = id;
    this.#walletId = walletId;
    this.#again = again;
    this.#channel = channel;
    this.#state = state;
    channel.onmessage = ({ data }: MessageEvent<Message>) => void (isMessage(data) && this.#hear(data));
    // Granted once the page that unlocked lets go of the session, or is gone without a word.
    const isGone = () => void setTimeout(() => this.#leave(), LAST_WORDS);
    void navigator.locks.request(name, { mode: "shared" }, isGone).catch(() => undefined);
  }

  #hear(message: Message) {
    if ("state" in message) {
      this.#state = message.state;
      changed(this);
    }
    if (message.kind === "event" && message.name === "expiring") this.#tell("expiring", message.detail);
    else if (message.kind === "event") this.#end(message.name, message.detail);
    if (message.kind === "done") this.#settle(message.id)?.resolve(message.result);
    if (message.kind === "failed") this.#settle(message.id)?.reject(failureOf(message.error));
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(name: EventName, detail: unknown) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell(name, detail);
  }

  /** Waits for nothing any more. */
  #leave() {
    this.#channel.close();
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(over());
    if (!this.#here) this.#end("locked", { reason: "left" });
  }

  #tell(name: EventName, detail: unknown) {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Asks the page that unlocked. */
  #ask<Result>(call: Call, { signal, ...options }: CallOptions & Record<string, unknown> = {}): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#isOver) return reject(over());
      const cancelled = () => reject(failure("cancelled", "the call was cancelled", signal?.reason));
      if (signal?.aborted) return cancelled();
      const id = crypto.randomUUID();
      const stop = () => {
        if (!this.#settle(id)) return;
        this.#channel.postMessage({ kind: "stop", id } satisfies Message);
        cancelled();
      };
      const done = () => signal?.removeEventListener("abort", stop);
      this.#waiting.set(id, {
        resolve: (result) => (done(), resolve(result as Result)),
        reject: (error) => (done(), reject(error)),
      });
      signal?.addEventListener("abort", stop);
      try {
        this.#channel.postMessage({ kind: "ask", id, call, options } satisfies Message);
      } catch (cause) {
        this.#settle(id)?.reject(failure("invalid_argument", `session.${call}: its options can't be given to another page`, cause));
      }
    });
  }

  get #wallet(): WalletInfo {
    const wallet = this.#state.wallets.find(({ walletId }) => walletId === this.#walletId);
    if (!wallet) throw failure("internal", "a session without its wallet");
    return wallet;
  }

  get address() { return this.#wallet.address; }
  get walletId() { return this.#walletId; }
  get type() { return this.#wallet.type; }
  get scheme() { return this.#wallet.scheme; }
  get publicKey() { return this.#wallet.publicKey; }
  get wallets() { return this.#here?.wallets ?? this.#state.wallets; }
  get expiresAt() { return this.#here?.expiresAt ?? this.#state.expiresAt; }
  get clockSkew() { return this.#here?.clockSkew ?? this.#state.clockSkew; }
  get refreshesLeft() { return this.#here?.refreshesLeft ?? this.#state.refreshesLeft; }
  get rotateBy() { return this.#here ? this.#here.rotateBy : this.#state.rotateBy; }
  get sessionId() { return this.#here?.sessionId ?? this.#id; }
  get locked() { return this.#here?.locked ?? (this.#isOver || Date.now() >= this.#state.expiresAt); }

  readonly sign = ((options: Parameters<Session["sign"]>[0]) => {
    if (this.#here) return this.#here.sign(options);
    return this.#ask("sign", { walletId: this.#walletId, ...options });
  }) as Session["sign"];

  exportKey(options?: Parameters<Session["exportKey"]>[0]): Promise<Uint8Array> {
    if (this.#here) return this.#here.exportKey(options);
    // A key never crosses: not even to who may have it.
    return Promise.reject(failure("not_authorised", "another page has this session: call session.unlock() in this one, then export"));
  }

  prove(options: Parameters<Session["prove"]>[0]): Promise<string> {
    return this.#here?.prove(options) ?? this.#ask<string>("prove", { walletId: this.#walletId, ...options });
  }

  refresh(options?: CallOptions) { return this.#here?.refresh(options) ?? this.#ask<number>("refresh", { ...options }); }
  /** The person is asked in the page that they look at: the shares are opened there first. */
  async #opened(options?: CallOptions): Promise<Session> {
    if (!this.#here) await this.unlock({ signal: options?.signal });
    if (!this.#here) throw over();
    return this.#here;
  }
  async rotate(options?: Parameters<Session["rotate"]>[0]) { return (await this.#opened(options)).rotate(options); }
  async addPasskey(options: AddPasskeyOptions) { return (await this.#opened(options)).addPasskey(options); }
  async removePasskey(options: RemovePasskeyOptions) { return (await this.#opened(options)).removePasskey(options); }
  passkeys(options?: CallOptions) { return this.#here?.passkeys(options) ?? this.#ask<ListedPasskey[]>("passkeys", { ...options }); }
  renamePasskey(options: RenamePasskeyOptions) { return this.#here?.renamePasskey(options) ?? this.#ask<void>("renamePasskey", { ...options }); }
  sessions(options?: CallOptions) {
    return this.#here?.sessions(options) ?? this.#ask<Awaited<ReturnType<Session["sessions"]>>>("sessions", { ...options });
  }
  revoke(options: Parameters<Session["revoke"]>[0]) { return this.#here?.revoke(options) ?? this.#ask<void>("revoke", { ...options }); }
  lockEverywhere(options?: CallOptions) { return this.#here?.lockEverywhere(options) ?? this.#ask<void>("lockEverywhere", { ...options }); }
  async lock(): Promise<void> {
    if (this.#here) return this.#here.lock();
    // As a session's own: it never rejects.
    await this.#ask<void>("lock").catch(() => undefined);
  }

  async unlock(options?: CallOptions): Promise<void> {
    if (this.#here) return this.#here.unlock(options);
    this.#unlocking ??= this.#again(options).finally(() => (this.#unlocking = undefined));
    const here = await this.#unlocking;
    if (this.#here === here) return;
    this.#here = here;
    adopted.set(here, this);
    this.#isOver = true;
    this.#leave();
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

const over = () => failure("session_expired", "the session is over: unlock the wallet again");
