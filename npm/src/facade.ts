import type { ConnectOptions } from "./wasm/claimkit.js";

// What stands in a page for an object whose work is done in another page, or in a worker.

/**
 * Gives an object its members as properties of its own, bound to it: they then work through whatever proxy a framework wraps around it. Its tag
 * keeps those away that wrap only what looks plain, as Vue does.
 */
export function bound<Thing extends object>(thing: Thing, tag: string): Thing {
  for (let of = Object.getPrototypeOf(thing) as object; of !== Object.prototype; of = Object.getPrototypeOf(of) as object) {
    const members = Object.getOwnPropertyDescriptors(of) as Record<string | symbol, PropertyDescriptor>;
    for (const name of Reflect.ownKeys(members)) {
      const { get, value } = members[name] as PropertyDescriptor;
      if (name === "constructor" || Object.hasOwn(thing, name)) continue;
      if (get) Object.defineProperty(thing, name, { get: get.bind(thing) });
      else if (typeof value === "function") Object.defineProperty(thing, name, { value: value.bind(thing) });
    }
  }
  return Object.defineProperty(thing, Symbol.toStringTag, { value: tag });
}

/**
 * A copy of options that can cross, and stays what it was when the call was made: bytes of memory that threads share can't be given to another page,
 * nor always to a worker.
 */
export function copied(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, isBytes(value) ? new Uint8Array(value) : Array.isArray(value) ? [...value] : value]));
}

const isBytes = (value: unknown): value is Uint8Array => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";

/** What is the same for two calls of `connect` that mean the same co-signer. The options were checked. */
export function nameOf({ cosigner, identity }: ConnectOptions): string {
  const { origin, pathname } = new URL(cosigner);
  return JSON.stringify([origin, pathname.replace(/\/+$/, ""), identity?.channelKey, identity?.receiptKey]);
}
