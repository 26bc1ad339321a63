import { failedOf, failure } from "./error.js";
import type { Elsewhere, Records } from "./elsewhere.js";
import { CALLS, EVENTS, isMessage, locksOf, OLDEST, PREFIX, stateOf, type EventName, type Message, type State } from "./pages.js";
import { Claim, Kit, Session, Wallet, type CallOptions, type FinishOptions, type RestoreOptions, type UnlockOptions } from "./wasm/claimkit.js";

// One unlock serves every page of an origin. The share stays in the page that unlocked: the others ask that page to sign. What crosses
// is what a page gives its session and gets from it, and never a secret (docs/decisions/0015-tabs.md).

/** A session that this page has open, served to others. */
interface Served {
  session: WeakRef<Session>;
  /** Serves it no more. */
  end(): void;
}

/** The sessions that this page has open, by id. */
const own = new Map<string, Served>();

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
    return (await elsewhere(this, options, here)) ?? here(options);
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
    const served = own.get(before);
    served?.end();
    // Not this: it may be what a framework has wrapped around it.
    serve(served?.session.deref() ?? this);
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

  const answer = async ({ id, call, options, at }: Message & { kind: "ask" }) => {
    const stop = new AbortController();
    stops.set(id, stop);
    const unwatch = watch(() => stop.abort());
    try {
      const session = held.deref();
      if (!session) throw failure("session_expired", "the session is over: unlock the wallet again");
      // Whoever is on the origin can ask: only for what is meant to be asked.
      if (!CALLS.includes(call)) throw failure("invalid_argument", "a session is not asked for this by another page");
      // A page that was suspended finds here what nobody waits for any more. A lock only takes away: it is never too late.
      if (call !== "lock" && !(Math.abs(Date.now() - at) < OLDEST)) throw failure("co_signer_unreachable", "the page that unlocked was suspended, and has done nothing: try again");
      const asked = { ...options, ...(call === "lock" ? {} : { signal: stop.signal }) };
      const result: unknown = await (session[call] as (options: unknown) => Promise<unknown>)(asked);
      post({ kind: "done", id, result, state: told() });
    } catch (error) {
      post({ kind: "failed", id, error: failedOf(error), state: told() });
    } finally {
      unwatch();
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

  own.set(sessionId, { session: held, end });
  dropped?.register(session, sessionId);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (!isMessage(data)) return;
    if (data.kind === "hello") {
      const state = told();
      if (own.has(sessionId) || stops.size > 0) post({ kind: "state", state });
    }
    if (data.kind === "ask" && own.has(sessionId)) void answer(data);
    if (data.kind === "stop") stops.get(data.id)?.abort();
  };
  channel.onmessageerror = () => post({ kind: "garbled" });
  for (const name of EVENTS) session.addEventListener(name, hear);
  const name = [PREFIX + sessionId, ...state.wallets.map(({ walletId }) => walletId)].join("/");
  let isHeld = false;
  const granted = () => ((isHeld = true), until);
  const refused = () => {
    end();
    // Whoever took the lock away answers for this page now, and would hear in its place that it is to lock.
    if (isHeld) void held.deref()?.lock();
  };
  // A page that may not lock serves nobody.
  navigator.locks.request(name, granted).catch(refused);
  return session;
}

/** A session that its page dropped without locking it is served no more. */
const dropped = typeof FinalizationRegistry === "function" ? new FinalizationRegistry<string>((id) => own.get(id)?.end()) : undefined;

/** Calls `jumped` where this page was suspended meanwhile: its clock is then ahead of its timers. Gives what ends it. */
function watch(jumped: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (Math.abs(now - last) > OLDEST) jumped();
    last = now;
  }, OLDEST / 5);
  return () => clearInterval(timer);
}

/** Unlocks in this page. */
type Here = (options?: UnlockOptions) => Promise<Session>;

/** A session that another page has open, with this wallet; nothing where there is none, or where it may be no other page's. */
async function elsewhere(wallet: Wallet, options: UnlockOptions | undefined, here: Here): Promise<Session | undefined> {
  // What is refused is refused as it is without other pages, by the call itself.
  if (options !== undefined && (typeof options !== "object" || options?.signal?.aborted || options?.here || options?.endOtherSessions)) return undefined;
  const found = await locksOf(wallet.walletId, (id) => own.has(id));
  // Not loaded by pages that are alone; one that can't load it is.
  const loaded = found.length > 0 ? await import("./elsewhere.js").catch(() => undefined) : undefined;
  if (!loaded) return undefined;
  const records = await (wallet as unknown as { records(options?: UnlockOptions): Promise<Records> }).records(options);
  const place = {
    walletId: wallet.walletId,
    records,
    again: ({ signal }: CallOptions = {}) => here({ ...options, signal }),
    changed: (session: Elsewhere) => changed(session),
    adopted: (here: Session, session: Elsewhere) => void adopted.set(here, session),
  };
  // All at once: whoever holds such locks keeps nobody waiting for longer than one answer takes.
  const reached = await Promise.all(found.map((held) => loaded.Elsewhere.reach({ ...place, held })));
  const [session, ...others] = reached.filter((session) => session !== undefined);
  for (const other of others) other.free();
  return session as Session | undefined;
}
