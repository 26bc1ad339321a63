import type { Claim, Kit, Session, Wallet } from "./wasm/claimkit.js";

/** What there is in a worker, as its page knows it. */
export interface Kinds {
  Kit: Kit;
  Claim: Claim;
  Wallet: Wallet;
  Session: Session;
}

export type Kind = keyof Kinds;

/** What a page has of every object itself. */
type Own = "free" | "addEventListener" | "removeEventListener";

/** A property is told, with each answer; a method is asked for. */
type Members<T> = { [Name in Exclude<keyof T, Own>]: T[Name] extends (...given: never[]) => unknown ? "asked" : "told" };

/** Every property and method, or it does not compile: nothing else can be asked for across the port. */
export const OBJECTS: { [K in Kind]: Members<Kinds[K]> } = {
  Kit: { publicKey: "told", load: "asked", restore: "asked", resume: "asked", wallets: "asked" },
  Claim: {
    address: "told",
    walletId: "told",
    type: "told",
    scheme: "told",
    epoch: "told",
    wallets: "told",
    start: "asked",
    finish: "asked",
  },
  Wallet: {
    address: "told",
    walletId: "told",
    type: "told",
    scheme: "told",
    epoch: "told",
    publicKey: "told",
    coSigner: "told",
    pending: "told",
    receipt: "told",
    child: "asked",
    addressWithPrefix: "asked",
    start: "asked",
    unlock: "asked",
    lockEverywhere: "asked",
  },
  Session: {
    address: "told",
    walletId: "told",
    type: "told",
    scheme: "told",
    publicKey: "told",
    wallets: "told",
    expiresAt: "told",
    clockSkew: "told",
    refreshesLeft: "told",
    rotateBy: "told",
    sessionId: "told",
    locked: "told",
    sign: "asked",
    exportKey: "asked",
    prove: "asked",
    refresh: "asked",
    rotate: "asked",
    passkeys: "asked",
    addPasskey: "asked",
    renamePasskey: "asked",
    removePasskey: "asked",
    unlock: "asked",
    sessions: "asked",
    revoke: "asked",
    lockEverywhere: "asked",
    lock: "asked",
  },
};

/** The names of a kind's properties, or methods. */
export const membersOf = (kind: Kind, what: "told" | "asked"): string[] =>
  Object.entries(OBJECTS[kind]).flatMap(([name, is]) => (is === what ? [name] : []));

/** An object of a worker, as it crosses. */
export interface Handle {
  "claimkit/object": number;
  kind: Kind;
  state: Record<string, unknown>;
}

export const isHandle = (value: object): value is Handle => "claimkit/object" in value;

/** A value with what `convert` makes of the objects in it, at whatever depth. */
export function converted(value: unknown, convert: (value: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const made = convert(value);
  if (made !== value) return made;
  if (Array.isArray(value)) return value.map((one) => converted(one, convert));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, converted(one, convert)]));
}

/** What a worker tells its page without being asked. */
export type News =
  | { object: number; state: Record<string, unknown> }
  | { object: number; event: string; detail: unknown };

/** What a page tells its worker. */
export type PageNews = { freed: number } | { hidden: boolean } | { left: { persisted: boolean } };

/** What a page says of itself when it asks for a kit. */
export interface AboutPage {
  isSecureContext: boolean;
  hostname: string;
  origin: string;
  /** The origins of the pages around it. */
  ancestorOrigins: string[];
  /** What its Permissions Policy forbids of what passkeys need. */
  forbidden: string[];
  hidden: boolean;
  /** The static methods of its `PublicKeyCredential`, if it has that. */
  capabilities: string[] | undefined;
}

/** What comes with a port to a worker: it holds the lock `alive` as long as it lives. */
export interface Hello {
  claimkit: "worker/v1";
  alive: string;
}
