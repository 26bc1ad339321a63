import type { Failed } from "./error.js";
import type { Session, WalletInfo } from "./wasm/claimkit.js";

// What pages of one origin say to each other of a session that one of them has open (docs/decisions/0025-another-pages-word.md).
// Any script of the origin can post any of it: nothing that is heard is believed that the hearer can't check.

/** The start of the name of a session's lock, held as long as it can sign, and of its channel. */
export const PREFIX = "claimkit/session/";
/** How long a page that holds a session's lock may take to answer, in milliseconds. */
export const ANSWER_TIME = 1_000;
/** How often a page that waits for an answer looks whether it heard anything, in milliseconds: silent twice in a row is gone. */
export const SILENCE = 3_000;
/** The oldest request that is carried out, in milliseconds: less than its asker waits. */
export const OLDEST = 5_000;
/** The longest that one call may take, in milliseconds, whatever is heard meanwhile. */
export const LONGEST = 240_000;
/** How long a session's last words may be on their way after its lock was released, in milliseconds. */
export const LAST_WORDS = 250;
/** How many pages that claim to have a wallet open are asked. */
const MOST_PAGES = 8;
/** How many wallets a session has at most. */
const MOST_WALLETS = 16;

export const EVENTS = ["expiring", "expired", "locked"] as const;
export type EventName = (typeof EVENTS)[number];

/** What other pages may ask of a session: signatures, which they verify, and what gives nothing away and needs no belief. */
export const CALLS = ["sign", "refresh", "sessions", "revoke", "lockEverywhere", "lock"] as const;
export type Call = (typeof CALLS)[number];

/** What a session's getters say, as it is told to other pages. */
export interface State {
  wallets: WalletInfo[];
  expiresAt: number;
  clockSkew: number;
  refreshesLeft: number;
  rotateBy: number | undefined;
}

export type Message =
  | { kind: "hello" }
  | { kind: "state"; state: State }
  | { kind: "event"; name: EventName; detail: unknown; state: State }
  /** `at`: when it was asked, in Unix milliseconds. */
  | { kind: "ask"; id: string; call: Call; options: Record<string, unknown>; at: number }
  | { kind: "stop"; id: string }
  | { kind: "done"; id: string; result: unknown; state: State }
  | { kind: "failed"; id: string; error: Failed; state: State }
  /** Something came that could not be read. */
  | { kind: "garbled" };

export const isMessage = (data: unknown): data is Message => typeof data === "object" && data !== null;

export const stateOf = ({ wallets, expiresAt, clockSkew, refreshesLeft, rotateBy }: Session): State => ({
  wallets,
  expiresAt,
  clockSkew,
  refreshesLeft,
  rotateBy,
});

/** A state that another page told, if it has the form of one. */
export function readState(told: unknown): State | undefined {
  if (typeof told !== "object" || told === null) return undefined;
  const { wallets, expiresAt, clockSkew, refreshesLeft, rotateBy } = told as State;
  const numbers = [expiresAt, clockSkew, refreshesLeft, ...(rotateBy === undefined ? [] : [rotateBy])];
  const isWhole = Array.isArray(wallets) && wallets.length <= MOST_WALLETS && wallets.every((one) => typeof one === "object" && one !== null);
  return isWhole && numbers.every(Number.isFinite) ? { wallets, expiresAt, clockSkew, refreshesLeft, rotateBy } : undefined;
}

/** Why a session is locked. */
const REASONS: readonly unknown[] = ["asked", "everywhere", "idle", "hidden", "left"];

/** An event that another page told, if it is one of a session. */
export function readEvent({ name, detail }: { name: EventName; detail: unknown }): { name: EventName; detail: unknown } | undefined {
  const reason = (detail as { reason?: unknown } | null | undefined)?.reason;
  const isOne = name === "locked" ? REASONS.includes(reason) : EVENTS.includes(name);
  return isOne ? { name, detail: { reason: name === "locked" ? reason : undefined } } : undefined;
}

/** A failure that another page told, if it has the form of one. */
export function readFailed(told: unknown): Failed | undefined {
  const { message, code, retryable, retryAfter, refusal } = (told ?? {}) as Partial<Failed>;
  if (typeof message !== "string" || typeof code !== "string") return undefined;
  const more = { ...(typeof retryAfter === "number" && { retryAfter }), ...(typeof refusal === "string" && { refusal }) };
  return { message, code, retryable: retryable === true, ...more };
}

/** A session's lock that some page of the origin holds. */
export interface Held {
  /** The lock's name. */
  name: string;
  /** The session's id. */
  id: string;
}

/** The locks that say of themselves that a session with this wallet is open, but for this page's own. */
export async function locksOf(walletId: string, isOwn: (id: string) => boolean): Promise<Held[]> {
  const query = navigator.locks.query().catch(() => ({ held: [] as LockInfo[] }));
  const { held = [] } = await within(ANSWER_TIME, query, { held: [] });
  const found = new Map<string, Held>();
  for (const { name = "" } of held) {
    const [id = "", ...wallets] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split("/") : [];
    if (/^[\w-]{22}$/.test(id) && !isOwn(id) && wallets.includes(walletId)) found.set(id, { name, id });
  }
  return [...found.values()].slice(0, MOST_PAGES);
}

/** What a promise gives within a time, or else `otherwise`. */
export function within<Result>(milliseconds: number, promise: Promise<Result>, otherwise: Result): Promise<Result> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<Result>((resolve) => (timer = setTimeout(resolve, milliseconds, otherwise)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
