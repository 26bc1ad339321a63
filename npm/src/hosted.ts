import { aboutPage, askForPasskey, askInterface } from "./credentials.js";
import { failure } from "./error.js";
import { bound, nameOf } from "./facade.js";
import { converted, isHandle, membersOf, type Handle, type Hello, type Kind, type News, type PageNews } from "./objects.js";
import { unusable } from "./pointer.js";
import { Port, type Answer, type Target } from "./port.js";
import type { ConnectOptions } from "./wasm/claimkit.js";
import type { WorkerKit } from "./types.js";

// What a page has of a kit whose module and shares are in a worker: objects that ask for what those there do.

/** How long a worker may take for its first answer, in milliseconds. */
const PATIENCE = 30_000;

const GONE = "claimkit's worker is gone, and its sessions with it: connect again";
const SILENT = "the Worker does not answer: does it import claimkit/worker, at its top?";
const BROKEN = "claimkit's worker could not be loaded: a Content-Security-Policy must allow its address (worker-src)";

/** An object in the worker: its properties as they were told last, its methods asked for. */
class Hosted {
  readonly #line: Line;
  readonly #number: number;
  #state: Record<string, unknown>;

  constructor(line: Line, number: number, state: Record<string, unknown>) {
    this.#line = line;
    this.#number = number;
    this.#state = state;
    bound(this, new.target.tag);
  }

  /** What objects of the class call themselves. */
  static readonly tag: string = "Object";

  static told(object: Hosted, name: string): unknown {
    if (!(#state in object)) throw unusable();
    return object.#state[name];
  }

  static async ask(object: Hosted, call: string, given: unknown[]): Promise<unknown> {
    if (!(#line in object)) throw unusable();
    return object.#line.ask(object.#number, call, given);
  }

  /** Whether an object was freed, or its worker is gone. */
  static isGone(object: Hosted): boolean {
    return !object.#line.has(object.#number);
  }

  learn(state: Record<string, unknown>) {
    this.#state = state;
  }

  free() {
    if (!(#line in this)) throw unusable();
    this.#line.free(this.#number);
  }
}

/** A class whose members are those of the table. */
function classOf(kind: Kind): typeof Hosted {
  const made = class extends Hosted {
    static override readonly tag = kind;
  };
  for (const name of membersOf(kind, "told")) {
    Object.defineProperty(made.prototype, name, {
      get(this: Hosted) {
        return Hosted.told(this, name);
      },
    });
  }
  for (const name of membersOf(kind, "asked")) {
    Object.defineProperty(made.prototype, name, {
      value(this: Hosted, ...given: unknown[]) {
        return Hosted.ask(this, name, given);
      },
    });
  }
  if (Symbol.dispose) Object.defineProperty(made.prototype, Symbol.dispose, { value: made.prototype.free });
  return made;
}

class HostedSession extends classOf("Session") {
  readonly #target = new EventTarget();

  get locked(): boolean {
    return Hosted.told(this, "locked") === true || Date.now() >= Number(Hosted.told(this, "expiresAt"));
  }

  /** As a session's own: it never rejects. */
  async lock(): Promise<void> {
    await Hosted.ask(this, "lock", []).catch(() => undefined);
  }

  addEventListener(...all: Parameters<EventTarget["addEventListener"]>) {
    this.#target.addEventListener(...all);
  }

  removeEventListener(...all: Parameters<EventTarget["removeEventListener"]>) {
    this.#target.removeEventListener(...all);
  }

  hear(event: string, detail: unknown) {
    this.#target.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /** Its worker is gone. */
  end() {
    if (this.locked) return;
    this.learn({ ...this.#everything(), locked: true });
    this.hear("locked", { reason: "left" });
  }

  #everything(): Record<string, unknown> {
    return Object.fromEntries(membersOf("Session", "told").map((name) => [name, Hosted.told(this, name)]));
  }
}

const CLASSES: Record<Kind, typeof Hosted> = { Kit: classOf("Kit"), Claim: classOf("Claim"), Wallet: classOf("Wallet"), Session: HostedSession };

/** A page's end of one port to its worker. */
class Line {
  readonly #port: Port;
  readonly #objects = new Map<number, WeakRef<Hosted>>();
  /** What the page has dropped is freed in the worker. */
  readonly #dropped = new FinalizationRegistry<number>((number) => this.free(number));
  readonly #closed = new AbortController();

  constructor(port: MessagePort) {
    this.#port = new Port(port, { answer, hear: (news) => this.#hear(news as News) });
    const tell = (news: PageNews) => this.#port.tell(news);
    const { signal } = this.#closed;
    document.addEventListener("visibilitychange", () => tell({ hidden: document.hidden }), { signal });
    addEventListener("pagehide", ({ persisted }) => tell({ left: { persisted } }), { signal });
  }

  /** Whether an object is served. */
  has(number: number): boolean {
    return this.#objects.has(number) && !this.#closed.signal.aborted;
  }

  async ask(to: Target, call: string, given: unknown[]): Promise<unknown> {
    if (typeof to === "number" && !this.#objects.has(to)) throw failure("invalid_argument", `${call}: the object was freed`);
    return converted(await this.#port.ask(to, call, given), (one) => (isHandle(one) ? this.#made(one) : one));
  }

  free(number: number) {
    if (this.#objects.delete(number)) this.#port.tell({ freed: number } satisfies PageNews);
  }

  /** Nothing will be answered any more. */
  close(error: unknown) {
    // A worker that lives on must not keep open what its page takes for ended.
    this.#port.tell({ left: { persisted: false } } satisfies PageNews);
    this.#port.close(error);
    this.#closed.abort();
    for (const object of this.#objects.values()) {
      const session = object.deref();
      if (session instanceof HostedSession) session.end();
    }
  }

  #made({ "claimkit/object": number, kind, state }: Handle): Hosted {
    const known = this.#objects.get(number)?.deref();
    if (known) return known;
    const made = new CLASSES[kind](this, number, state);
    this.#objects.set(number, new WeakRef(made));
    this.#dropped.register(made, number);
    return made;
  }

  #hear(news: News) {
    const object = this.#objects.get(news.object)?.deref();
    if ("state" in news) object?.learn(news.state);
    else if (object instanceof HostedSession) object.hear(news.event, news.detail);
  }
}

async function answer(to: Target, call: string, given: unknown[]): Promise<Answer> {
  if (to === "credentials") return askForPasskey(call, given);
  if (to === "PublicKeyCredential") return askInterface(call, given);
  throw failure("invalid_argument", "a page is not asked for this by its worker");
}

/** What connects in a worker. */
interface Connecting {
  /** `true` for the package's own. */
  worker: true | Worker;
  /** Makes that one, where it can be made. */
  make: (() => Worker) | undefined;
  /** What a worker of the caller's fails with. */
  broken: Promise<Event> | undefined;
  options: ConnectOptions;
  module: WebAssembly.Module;
}

export async function connectIn({ worker: asked, make, broken, options, module }: Connecting): Promise<WorkerKit> {
  const worker = asked === true ? ownWorker(make) : asked;
  const isWorker = typeof Worker === "function" && worker instanceof Worker;
  if (!isWorker || typeof document === "undefined") throw failure("invalid_argument", "connect: `worker` must be true, or a Worker, and asked for by a page");
  const { kit, close } = await ask({ worker, broken, options, module });
  const kits = KITS.get(worker) ?? new Map<string, WorkerKit>();
  KITS.set(worker, kits);
  const name = nameOf(options);
  const known = kits.get(name);
  if (known && !Hosted.isGone(known as unknown as Hosted)) {
    close();
    return known;
  }
  kits.set(name, kit);
  return kit;
}

/** The kits of each worker, one for each co-signer, as in a page. */
const KITS = new WeakMap<Worker, Map<string, WorkerKit>>();

async function ask({ worker, broken, options, module }: { worker: Worker } & Pick<Connecting, "broken" | "options" | "module">): Promise<{ kit: WorkerKit; close(): void }> {
  const { port1, port2 } = new MessageChannel();
  const line = new Line(port1);
  const alive = `claimkit/worker/${crypto.randomUUID()}`;
  const fail = (sentence: string, cause?: unknown) => {
    line.close(failure("internal", sentence, cause));
    if (worker !== own) return;
    own = undefined;
    worker.terminate();
  };
  let isWaiting = true;
  const hearError = (event: Event) => void (isWaiting && fail(BROKEN, event instanceof ErrorEvent ? event.message : undefined));
  const late = setTimeout(() => fail(SILENT), PATIENCE);
  worker.addEventListener("error", hearError, { once: true });
  void broken?.then(hearError);
  try {
    worker.postMessage({ claimkit: "worker/v1", alive } satisfies Hello, [port2]);
    const kit = (await line.ask("worker", "connect", [options, module, aboutPage()])) as WorkerKit;
    // Granted once the worker has let go of it: when it is gone.
    navigator.locks?.request(alive, { mode: "shared" }, () => fail(GONE)).catch(() => undefined);
    return { kit, close: () => line.close(failure("invalid_argument", "the object was freed")) };
  } catch (error) {
    line.close(error);
    throw error;
  } finally {
    isWaiting = false;
    clearTimeout(late);
  }
}

/** The package's own worker, one for all kits of the page. */
let own: Worker | undefined;

function ownWorker(make: (() => Worker) | undefined): Worker {
  if (own) return own;
  if (!make || typeof Worker !== "function") throw failure("invalid_argument", "connect: no worker can be made here: give a Worker that imports claimkit/worker");
  try {
    return (own = make());
  } catch (cause) {
    throw failure("internal", "claimkit's worker could not be made: where Trusted Types forbid it, give a Worker that imports claimkit/worker", cause);
  }
}
