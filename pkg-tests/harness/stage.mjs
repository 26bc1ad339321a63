// Everything that a test plays on: co-signer, line, the demo's back end, a server of its own, a browser.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectServer } from "claimkit/server";
import { BackEnd } from "./back-end.mjs";
import { Authenticator, startBrowser } from "./browser.mjs";
import { CoSigner } from "./cosigner.mjs";
import { Line } from "./line.mjs";
import { Origin } from "./pages.mjs";
import { listen } from "./process.mjs";

/** The real parts, started together. */
export class Stage {
  #folder;
  #people = 0;

  /**
   * Starts everything. `consumer` is one more origin, where a test says what is served.
   *
   * @template {{ close(): Promise<void> }} Browser
   * @param {object} [options]
   * @param {Record<string, Record<string, number>>} [options.settings] more of the co-signer's configuration, by table
   * @param {Record<string, unknown>} [options.relyingParty] its relying party, if it is not to be `localhost`
   * @param {(folder: string) => Promise<Browser>} [options.browser] starts another browser than a plain Chromium, which may keep things in
   *   the folder
   */
  static async set({ settings, relyingParty, browser = () => startBrowser() } = {}) {
    const stage = new Stage();
    stage.#folder = mkdtempSync(join(tmpdir(), "claimkit-"));
    let socket;
    try {
      stage.consumer = await Origin.open();
      stage.line = await Line.open();
      socket = await listen();
      const origins = [`http://localhost:${socket.port}`, stage.consumer.url];
      stage.coSigner = await CoSigner.start({ folder: stage.#folder, relyingParty: { id: "localhost", origins, ...relyingParty }, settings });
      stage.line.leadTo(stage.coSigner);
      const { apiKey, identity } = stage.coSigner;
      stage.backEnd = await BackEnd.start({ folder: stage.#folder, socket, cosigner: stage.line.url, identity, apiKey });
      stage.server = await connectServer({ cosigner: stage.line.url, apiKey });
      stage.browser = await browser(stage.#folder);
    } catch (error) {
      // The back end's until it has started: a socket that is listened on keeps a test that failed from its end.
      if (!stage.backEnd) socket?.release();
      await stage.strike();
      throw error;
    }
    return stage;
  }

  /** Ends everything. */
  async strike() {
    await this.browser?.close();
    await this.backEnd?.stop();
    await this.line?.close();
    await this.consumer?.close();
    await this.coSigner?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A claimant id that no wallet was made for yet. */
  someone() {
    this.#people += 1;
    return { email: `person.${this.#people}@example.com` };
  }

  /**
   * Prepares a wallet for someone.
   *
   * @param {{ email: string }} [claimantId]
   * @param {import("claimkit").WalletType} [type]
   */
  async prepare(claimantId = this.someone(), type = "EVM") {
    const { wallet, share } = await this.server.createWallet({ type, claimantId });
    return { claimantId, wallet, share };
  }

  /**
   * Opens a page in a browser of its own, with an authenticator and a connected kit: one that runs nothing of its own, under the demo's
   * policy, if no other is said.
   *
   * @param {{ url?: string, traits?: import("./browser.mjs").Traits, prepare?: () => void, beside?: Client, context?: import("playwright-core").BrowserContext }} [options]
   *   `traits`: the authenticator's; `prepare`: what runs in the page before its own scripts; `beside`: a page whose browser it shares,
   *   though not its authenticator; `context`: the browser, if it is not to be one of its own
   */
  async openPage({ url = `${this.backEnd.url}/style.css`, traits, prepare, beside, context = beside?.page.context() } = {}) {
    context ??= await this.browser.newContext();
    const page = await context.newPage();
    if (prepare) await page.addInitScript(prepare);
    const authenticator = await Authenticator.plugInto(page, traits);
    const client = new Client(page, authenticator, this.line.url);
    await client.connect(url);
    return client;
  }

  /** A fresh folder for a consumer. */
  folder(name) {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    return folder;
  }
}

/**
 * What a page has to be able to do: Playwright's, and that of `webdriver.mjs`.
 *
 * @typedef {Pick<import("playwright-core").Page, "url" | "goto" | "evaluate"> & { context(): { close(): Promise<void> } }} Page
 */

/** The package in a page. */
export class Client {
  /** Whether the module is in a worker of the page: files of tests that hold for both are run twice (`run.mjs`). */
  static inWorker = process.env.CLAIMKIT_MODULE === "worker";

  #cosigner;

  /**
   * @param {Page} page
   * @param {Pick<Authenticator, "credentials"> | undefined} authenticator
   * @param {string} cosigner
   */
  constructor(page, authenticator, cosigner) {
    this.page = page;
    this.authenticator = authenticator;
    this.#cosigner = cosigner;
  }

  /**
   * Opens an address and connects.
   *
   * @param {string} [url] the address; the page's own again, if it is not said
   */
  async connect(url = this.page.url()) {
    await this.page.goto(url);
    this.publicKey = await this.run(
      async ({ options }) => {
        const { connect } = await import("/packages/claimkit");
        window.kit = await connect(options);
        return window.kit.publicKey;
      },
      { options: this.options },
    );
  }

  /** What it connects with. */
  get options() {
    return { cosigner: this.#cosigner, ...(Client.inWorker && { worker: true }) };
  }

  /**
   * Runs a function where the module is.
   *
   * @template Argument, Result
   * @param {(argument: Argument) => Promise<Result> | Result} work
   * @param {Argument} [argument]
   * @returns {Promise<Result>}
   */
  inside(work, argument) {
    const [worker] = this.page.workers();
    return (Client.inWorker ? worker : this.page).evaluate(work, argument);
  }

  /** Has other pages be waited for as long as they take to answer: a machine that does much else lets them answer late. */
  bePatient() {
    return this.inside(() => {
      const { setTimeout } = globalThis;
      globalThis.setTimeout = (work, after, ...given) => setTimeout(work, [1_000, 3_000].includes(after) ? 120_000 : after, ...given);
    });
  }

  /** Puts the module's clock ahead, in milliseconds, and has it look; gives what puts it right again. */
  async passTime(milliseconds) {
    await this.inside((milliseconds) => {
      const { now } = Date;
      globalThis.putRight = () => void (Date.now = now);
      Date.now = () => now() + milliseconds;
    }, milliseconds);
    await this.run(() => void document.dispatchEvent(new Event("visibilitychange")));
    return () => this.inside(() => globalThis.putRight());
  }

  /**
   * Runs a function in the page. What it throws is thrown here, with its `name`, `code` and `retryable`.
   *
   * @template Argument, Result
   * @param {(argument: Argument) => Promise<Result> | Result} work
   * @param {Argument} [argument]
   * @returns {Promise<Result>}
   */
  async run(work, argument) {
    const source = `(async () => {
      try { return { value: await (${work})(${JSON.stringify(argument) ?? "undefined"}) }; }
      catch (error) {
        const { name, message, code, retryable } = error;
        return { error: { name, message, code, retryable, isError: error instanceof Error, cause: error.cause && String(error.cause) } };
      }
    })()`;
    const { value, error } = await this.page.evaluate(source);
    if (!error) return value;
    throw Object.assign(new Error(error.message), error);
  }

  /**
   * Loads a hand-off and claims it.
   *
   * @param {{ share: string, ticket: string }} handOff
   * @param {{ abortAt?: string }} [options] `abortAt`: the phase at which the call is aborted
   * @returns {Promise<{ address: string, walletId: string, epoch: number, receipt: string, receipts: string[], wallets: number, phases: string[] }>}
   */
  claim(handOff, { abortAt } = {}) {
    return this.run(
      async ({ share, ticket, abortAt }) => {
        const claim = await window.kit.load({ share });
        const stop = new AbortController();
        const phases = (window.phases = []);
        const onProgress = ({ phase }) => {
          if (phases.at(-1) !== phase) phases.push(phase);
          if (phase === abortAt) stop.abort();
        };
        const proof = { ticket };
        const done = await claim.finish({ proof, passkey: { name: "tests" }, signal: stop.signal, onProgress });
        window.wallet = done.wallet;
        // It ends unlocked: what a test does next, it does from a wallet that is locked.
        await done.session.lock();
        const { address, walletId, epoch } = done.wallet;
        return { address, walletId, epoch, receipt: done.receipt, receipts: done.receipts, wallets: done.wallets.length, phases };
      },
      { ...handOff, abortAt },
    );
  }

  /**
   * Unlocks a wallet that the browser holds, signs 32 bytes of 7, as a digest or a message, and locks it.
   *
   * @param {string} walletId
   * @returns {Promise<number[]>} the signature: 65 bytes, or of Ed25519 64
   */
  sign(walletId) {
    return this.run(
      async ({ walletId }) => {
        const wallet = (await window.kit.wallets()).find((held) => held.walletId === walletId);
        if (!wallet) throw new Error("the browser does not hold the wallet");
        const session = await wallet.unlock();
        const signed = new Uint8Array(32).fill(7);
        const { bytes } = await session.sign(wallet.type === "SOLANA" ? { message: signed } : { digest: signed });
        session.lock();
        return Array.from(bytes);
      },
      { walletId },
    );
  }

  /**
   * Resumes what this browser was interrupted in.
   *
   * @returns {Promise<{ finished: string[], rolledBack: string[], busy: string[], told: string[] }>} wallets by id, and what was told
   */
  resume() {
    return this.run(async () => {
      const told = [];
      const resumed = await window.kit.resume({ onProgress: ({ phase, step, of }) => told.push(`${phase} ${step}/${of}`) });
      const ids = (wallets) => wallets.map(({ walletId }) => walletId);
      return { finished: ids(resumed.finished), rolledBack: ids(resumed.rolledBack), busy: ids(resumed.busy), told };
    });
  }

  /**
   * Gets the wallets of the authenticator's passkey back, and signs 32 bytes of 7 with each, as a digest or a message.
   *
   * @returns {Promise<{ walletId: string, bytes: number[] }[]>}
   */
  restore() {
    return this.run(async () => {
      const session = await window.kit.restore();
      const signed = new Uint8Array(32).fill(7);
      const all = [];
      for (const { walletId, type } of session.wallets) {
        const { bytes } = await session.sign({ walletId, ...(type === "SOLANA" ? { message: signed } : { digest: signed }) });
        all.push({ walletId, bytes: Array.from(bytes) });
      }
      await session.lock();
      return all;
    });
  }

  /** Deletes everything that the browser stored, as browsers do by themselves. */
  wipe() {
    return this.run(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase("claimkit");
          Object.assign(request, { onsuccess: () => resolve(), onerror: () => reject(request.error), onblocked: () => reject(new Error("blocked")) });
        }),
    );
  }

  /** The wallets that the browser holds, by id. */
  held() {
    return this.run(async () => (await window.kit.wallets()).map(({ walletId }) => walletId));
  }

  /** Closes the page and its browser context. */
  async close() {
    await this.page.context().close();
  }
}

/**
 * Expects an error of the package with one of these codes.
 *
 * @param {Promise<unknown> | (() => Promise<unknown>)} work
 * @param {...string} codes
 * @returns {Promise<Error & { code: string }>} the error
 */
export async function refusedWith(work, ...codes) {
  let error;
  try {
    await (typeof work === "function" ? work() : work);
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, `expected ${codes.join(" or ")}, but it went through`);
  assert.equal(error.name, "ClaimkitError", `expected ${codes.join(" or ")}, got ${error.name}: ${error.message}`);
  assert.ok(codes.includes(error.code), `expected ${codes.join(" or ")}, got ${error.code}: ${error.message}`);
  return error;
}
