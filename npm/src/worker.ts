import { failure } from "./error.js";
import { start } from "./module.js";
import { converted, membersOf, type AboutPage, type Handle, type Hello, type Kind, type PageNews } from "./objects.js";
import { Port, type Answer, type Target } from "./port.js";
import { Elsewhere } from "./elsewhere.js";
import { EVENTS } from "./pages.js";
import { shareSessions } from "./tabs.js";
import { Claim, Kit, Session, Wallet, type ConnectOptions } from "./wasm/claimkit.js";
import { PageWindow } from "./window.js";

// The worker that holds the module and all shares. Its page has objects that ask for what these do (docs/decisions/0018-worker.md).

function kindOf(value: object): Kind | undefined {
  if (value instanceof Kit) return "Kit";
  if (value instanceof Claim) return "Claim";
  if (value instanceof Wallet) return "Wallet";
  return value instanceof Session || value instanceof Elsewhere ? "Session" : undefined;
}

/** A module's object, whatever its class. */
type Served = Record<string, unknown> & { free(): void };

/** Whom each session's changes are told to. */
const listeners = new WeakMap<object, () => void>();

/** One page's port: it answers for the objects that were made through it, and for no others. */
class Desk {
  readonly #port: Port;
  readonly #objects = new Map<number, Served>();
  readonly #numbers = new WeakMap<object, number>();
  readonly #alive: Promise<void>;
  #window: PageWindow | undefined;
  /** Whether the page is hidden, if it has said so since it asked for a kit. */
  #hidden: boolean | undefined;
  #last = 0;

  constructor(port: MessagePort, alive: Promise<void>) {
    this.#alive = alive;
    this.#port = new Port(port, { answer: (to, call, given) => this.#answer(to, call, given), hear: (news) => this.#hear(news as PageNews) });
  }

  async #answer(to: Target, call: string, given: unknown[]): Promise<Answer> {
    if (to === "worker" && call === "connect") return { result: this.#handed(await this.#connect(given)) };
    const object = typeof to === "number" ? this.#objects.get(to) : undefined;
    const kind = object && kindOf(object);
    if (!object || !kind || !membersOf(kind, "asked").includes(call)) throw failure("invalid_argument", "a worker is not asked for this by its page");
    try {
      const result = await (object[call] as (...given: unknown[]) => unknown)(...given);
      // Bytes alone are a key that was exported: given away, so that no copy of it stays here.
      return result instanceof Uint8Array ? { result, transfer: [result.buffer] } : { result: this.#handed(result) };
    } finally {
      this.#tell(object);
    }
  }

  async #connect([options, module, page]: unknown[]): Promise<Kit> {
    await this.#alive;
    await start({ wasm: module as WebAssembly.Module }, () => module as WebAssembly.Module);
    shareSessions((session) => listeners.get(session)?.());
    const about = page as AboutPage;
    this.#window ??= new PageWindow(() => this.#port, { ...about, hidden: this.#hidden ?? about.hidden });
    return Kit.connect(options as ConnectOptions, this.#window);
  }

  #hear(news: PageNews) {
    if ("hidden" in news) {
      this.#hidden = news.hidden;
      this.#window?.turn(news.hidden);
    }
    if ("left" in news) this.#window?.leave(news.left);
    if (!("freed" in news)) return;
    this.#objects.get(news.freed)?.free();
    this.#objects.delete(news.freed);
  }

  /** What the page gets: handles for objects. */
  #handed(value: unknown): unknown {
    return converted(value, (one) => {
      const kind = kindOf(one);
      if (!kind) return one;
      const number = this.#numbers.get(one) ?? this.#take(one as Served, kind);
      return { "claimkit/object": number, kind, state: stateOf(one as Served, kind) } satisfies Handle;
    });
  }

  #take(object: Served, kind: Kind): number {
    const number = (this.#last += 1);
    this.#objects.set(number, object);
    this.#numbers.set(object, number);
    if (kind === "Session") this.#watch(object as unknown as Session, number);
    return number;
  }

  #watch(session: Session, number: number) {
    listeners.set(session, () => this.#tell(session));
    for (const name of EVENTS) {
      session.addEventListener(name, ({ type, detail }: Event & { detail?: unknown }) => {
        this.#tell(session);
        this.#port.tell({ object: number, event: type, detail });
      });
    }
  }

  /** Tells what an object is like now, unless its page has freed it. */
  #tell(object: object) {
    const number = this.#numbers.get(object);
    const kind = kindOf(object);
    if (number === undefined || !kind || !this.#objects.has(number)) return;
    this.#port.tell({ object: number, state: stateOf(object as Served, kind) });
  }
}

const stateOf = (object: Served, kind: Kind): Record<string, unknown> =>
  Object.fromEntries(membersOf(kind, "told").map((name) => [name, object[name]]));

/** Holds a lock as long as this worker lives, so that its page learns of its end; where there are no locks, it does not. */
function live(name: string): Promise<void> {
  return new Promise((resolve) => {
    const held = navigator.locks?.request(name, () => (resolve(), new Promise<never>(() => {})));
    if (held) held.catch(() => resolve());
    else resolve();
  });
}

/** A page's first word, which comes with its port; whatever else the worker is told is not for this. */
function hear({ data, ports: [port] }: MessageEvent<unknown>) {
  if (typeof data !== "object" || data === null || !port) return;
  const hello = data as Partial<Hello>;
  if (hello.claimkit === "worker/v1" && typeof hello.alive === "string") new Desk(port, live(hello.alive));
}

// Nothing happens where this is imported anywhere else than in a worker.
if (typeof document === "undefined" && typeof addEventListener === "function") addEventListener("message", hear);
