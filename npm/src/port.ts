import { failedOf, failure, failureOf, isClaimkitError, type Failed } from "./error.js";
import { copied } from "./facade.js";

// Calls across a MessagePort, by name: what a page asks of its worker, and the worker of its page.

/** Whom a call is for: an object by its number, or something that has a name. */
export type Target = string | number;

/** What a call gives; what is in `transfer` is given away with it. */
export interface Answer {
  result: unknown;
  transfer?: Transferable[];
}

/** What is at one end. */
export interface Peer {
  answer(to: Target, call: string, given: unknown[]): Promise<Answer>;
  /** Hears what the other end tells without being asked. */
  hear(news: object): void;
}

/** An argument, as it crosses: what can't be cloned of a bag of options stands beside it. */
interface Crossing {
  value: unknown;
  /** Functions, by the number that they are called by. */
  functions: [name: string, number: number][];
  /** Signals, and whether each has fired. */
  signals: [name: string, aborted: boolean][];
}

type Message =
  | { kind: "ask"; id: number; to: Target; call: string; given: Crossing[] }
  | { kind: "abort"; id: number; name: string }
  | { kind: "done"; id: number; result: unknown }
  | { kind: "failed"; id: number; error: Failed; cause?: unknown; exception?: { name: string; message: string } }
  | { kind: "news"; news: object }
  /** Something came that could not be read: nobody knows which. */
  | { kind: "garbled" };

/** What an end waits for. */
interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** What came along in the call's options. */
  signals: AbortSignal[];
  /** Undoes what the call left here. */
  over: (() => void)[];
}

const GARBLED = () => failure("internal", "a message between the page and its worker could not be read");

type Listener = (...given: unknown[]) => unknown;

/** Calls a function that was given as an option. */
const FUNCTION = "function";

/** One end of a MessagePort. */
export class Port {
  readonly #port: MessagePort;
  readonly #peer: Peer;
  readonly #waiting = new Map<number, Waiting>();
  readonly #functions = new Map<number, Listener>();
  /** What is under way for the other end, by the names of its signals. */
  readonly #running = new Map<number, Map<string, AbortController>>();
  #last = 0;
  #closed: unknown;

  constructor(port: MessagePort, peer: Peer) {
    this.#port = port;
    this.#peer = peer;
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data);
    port.onmessageerror = () => {
      this.#post({ kind: "garbled" });
      this.#rejectAll(GARBLED());
    };
  }

  /** Has the other end do something. Options are read now; functions among them are called here, signals heeded there. */
  ask(to: Target, call: string, given: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      const id = (this.#last += 1);
      const waiting: Waiting = { resolve, reject, signals: [], over: [] };
      this.#waiting.set(id, waiting);
      try {
        this.#post({ kind: "ask", id, to, call, given: given.map((one) => this.#pack(id, one, waiting)) });
      } catch (cause) {
        this.#settle(id)?.reject(failure("invalid_argument", `${call}: its options can't be read, or not be given to a worker`, cause));
      }
    });
  }

  /** Tells the other end something. */
  tell(news: object): void {
    if (this.#closed === undefined) this.#post({ kind: "news", news });
  }

  /** Ends it: what waits is rejected, what is under way is aborted. */
  close(error: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#port.close();
    this.#rejectAll(error);
    for (const controllers of this.#running.values()) for (const controller of controllers.values()) controller.abort();
  }

  #post(message: Message, transfer: Transferable[] = []) {
    this.#port.postMessage(message, transfer);
  }

  #rejectAll(error: unknown) {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.over.forEach((undo) => undo());
    return waiting;
  }

  #hear(data: unknown) {
    if (typeof data !== "object" || data === null) return;
    const message = data as Message;
    if (message.kind === "ask") void this.#answer(message);
    if (message.kind === "abort") this.#running.get(message.id)?.get(message.name)?.abort();
    if (message.kind === "done") this.#settle(message.id)?.resolve(message.result);
    if (message.kind === "failed" && isBag(message.error)) this.#fail(message);
    if (message.kind === "garbled") this.#rejectAll(GARBLED());
    if (message.kind === "news" && isBag(message.news)) this.#peer.hear(message.news);
  }

  #fail({ id, error, exception, cause = exception && new DOMException(exception.message, exception.name) }: Message & { kind: "failed" }) {
    const waiting = this.#settle(id);
    // A signal's reason does not cross.
    const signal = error.code === "cancelled" ? waiting?.signals.find(({ aborted }) => aborted) : undefined;
    waiting?.reject(failureOf(error, signal ? signal.reason : cause));
  }

  async #answer({ id, to, call, given }: Message & { kind: "ask" }) {
    let answer: Answer | undefined;
    try {
      const controllers = new Map<string, AbortController>();
      this.#running.set(id, controllers);
      const unpacked = this.#unpack(given, controllers);
      answer = to === FUNCTION ? { result: await this.#called(Number(call), unpacked) } : await this.#peer.answer(to, call, unpacked);
      if (this.#closed === undefined) this.#post({ kind: "done", id, result: answer.result }, answer.transfer);
    } catch (error) {
      this.#refuse(id, error);
    } finally {
      this.#running.delete(id);
      // What could not be given away is not left here either.
      for (const buffer of answer?.transfer ?? []) if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) new Uint8Array(buffer).fill(0);
    }
  }

  #refuse(id: number, error: unknown) {
    if (this.#closed !== undefined) return;
    const failed = { kind: "failed", id, error: failedOf(error) } as const;
    const cause = isClaimkitError(error) ? error.cause : error;
    try {
      // Not every browser clones the exceptions that are told apart by their names.
      this.#post(cause instanceof DOMException ? { ...failed, exception: { name: cause.name, message: cause.message } } : { ...failed, cause });
    } catch {
      this.#post(failed);
    }
  }

  async #called(number: number, given: unknown[]): Promise<unknown> {
    const listener = this.#functions.get(number);
    if (!listener) throw failure("invalid_argument", "a function that is not there, or no more");
    try {
      return await listener(...given);
    } catch (thrown) {
      // Its own fault: it is reported as such.
      void Promise.reject(thrown);
      throw thrown;
    }
  }

  #pack(id: number, given: unknown, waiting: Waiting): Crossing {
    const crossing: Crossing = { value: given, functions: [], signals: [] };
    if (!isBag(given)) return crossing;
    const bag = copied(given);
    for (const [name, value] of Object.entries(bag)) {
      if (typeof value === "function") crossing.functions.push([name, this.#keep(value as Listener, waiting)]);
      else if (value instanceof AbortSignal) crossing.signals.push([name, this.#heed(id, name, value, waiting)]);
      else continue;
      delete bag[name];
    }
    return { ...crossing, value: bag };
  }

  #keep(listener: Listener, { over }: Waiting): number {
    const number = (this.#last += 1);
    this.#functions.set(number, listener);
    over.push(() => this.#functions.delete(number));
    return number;
  }

  #heed(id: number, name: string, signal: AbortSignal, { signals, over }: Waiting): boolean {
    const { aborted } = signal;
    const abort = () => this.#post({ kind: "abort", id, name });
    signal.addEventListener("abort", abort);
    signals.push(signal);
    over.push(() => signal.removeEventListener("abort", abort));
    return aborted;
  }

  #unpack(given: unknown, controllers: Map<string, AbortController>): unknown[] {
    if (!Array.isArray(given) || !given.every(isCrossing)) throw failure("invalid_argument", "a call that is not of the package's own making");
    return given.map(({ value, functions, signals }) => {
      const bag = value as Record<string, unknown>;
      for (const [name, number] of functions) {
        bag[name] = (...given: unknown[]) => {
          const answer = this.ask(FUNCTION, String(number), given);
          // It is reported where the function is.
          answer.catch(() => undefined);
          return answer;
        };
      }
      for (const [name, aborted] of signals) {
        const controller = new AbortController();
        if (aborted) controller.abort();
        controllers.set(name, controller);
        bag[name] = controller.signal;
      }
      return value;
    });
  }
}

const isCrossing = (value: unknown): value is Crossing =>
  typeof value === "object" && value !== null && "value" in value && "functions" in value && "signals" in value;

/** Whether a value is an object of no kind that the browser knows: a bag of options. */
const isBag = (value: unknown): value is object => Object.prototype.toString.call(value) === "[object Object]";
