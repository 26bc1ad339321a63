// The demo's page, as a person uses it.

import { readFileSync } from "node:fs";
import { Authenticator } from "./browser.mjs";

/** How the panel calls what may happen. */
const HOW = {
  before: "The line is cut before the co-signer hears",
  after: "The line is cut after the co-signer acted, before its answer arrives",
  dies: "This tab dies as the step begins, and is opened again",
};

/** The demo's page in a browser of its own. */
export class Demo {
  /** What the page did against its content security policy, and what it logged as an error. */
  complaints = [];

  /**
   * @param {object} options
   * @param {import("playwright-core").Browser} options.browser
   * @param {string} options.url
   * @param {import("./browser.mjs").Traits} [options.traits] the authenticator's
   * @param {import("playwright-core").BrowserContextOptions} [options.options]
   * @param {Demo} [options.beside] a page whose browser it shares, though not its authenticator
   * @param {number} [options.clock] the time by the page's clock, Unix milliseconds: from then on a test can move it
   * @param {boolean} [options.autofill] whether the browser offers passkeys in fields: an authenticator of software chooses one by itself, at once
   * @param {() => void} [options.prepare] what runs in the page before its own scripts
   */
  static async open({ browser, url, traits, options, beside, clock, autofill = false, prepare }) {
    const demo = new Demo();
    const context = beside?.page.context() ?? (await browser.newContext({ acceptDownloads: true, ...options }));
    demo.page = await context.newPage();
    demo.url = url;
    demo.page.on("console", (message) => {
      if (message.type() === "error") demo.complaints.push(message.text());
    });
    demo.page.on("pageerror", (error) => demo.complaints.push(String(error)));
    await demo.page.addInitScript(() => {
      window.tasks = [];
      new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    });
    if (clock !== undefined) await demo.page.clock.install({ time: clock });
    if (!autofill) await demo.page.addInitScript(offerNoAutofill);
    if (prepare) await demo.page.addInitScript(prepare);
    demo.authenticator = await Authenticator.plugInto(demo.page, traits);
    await demo.page.goto(url);
    return demo;
  }

  /**
   * Opens the page twice in one browser, as two tabs of it that have the same authenticator. One belongs to one page and what it frames:
   * so the tabs are frames here, which the demo itself does not allow.
   *
   * @param {{ browser: import("playwright-core").Browser, url: string }} options
   * @returns {Promise<[Demo, Demo]>} either closes both
   */
  static async openTwice({ browser, url }) {
    const context = await browser.newContext();
    // A page whose headers were changed on the way counts as from elsewhere.
    await context.grantPermissions(["local-network-access"]);
    const page = await context.newPage();
    const outside = `${url}/two-tabs`;
    await page.route(outside, (route) =>
      route.fulfill({ contentType: "text/html", body: '<iframe name="first" src="/"></iframe><iframe name="second" src="/"></iframe>' }),
    );
    await page.route(`${url}/`, async (route) => {
      const response = await route.fetch();
      const { "content-security-policy": policy, ...headers } = response.headers();
      const framed = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
      await route.fulfill({ response, headers: { ...headers, "content-security-policy": framed } });
    });
    // Each with a session of its own, as on two devices: what one shares with the other is tested in `tabs`.
    await page.addInitScript(() => delete globalThis.BroadcastChannel);
    await page.addInitScript(offerNoAutofill);
    const authenticator = await Authenticator.plugInto(page);
    await page.goto(outside);
    return ["first", "second"].map((name) => Object.assign(new Demo(), { page: page.frame({ name }), url, authenticator, context }));
  }

  /** The heading of the section that is shown. */
  heading(name) {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** @param {string} name a button's name, in full */
  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /**
   * Goes to a screen of the wallet.
   *
   * @param {"Home" | "Sign" | "Security" | "Receipts" | "Fault lab"} screen
   */
  async go(screen) {
    const link = this.page.locator("#tabs").getByRole("link", { name: screen, exact: true });
    // A click would take the focus from what a test looks at.
    if ((await link.getAttribute("aria-current")) === null) await link.click();
  }

  /** Waits until the wallets are shown, and goes to their first screen. */
  async home() {
    await this.go("Home");
    await this.heading("These wallets are yours").waitFor();
  }

  /** Makes up someone new, with wallets waiting, and waits until they can be claimed. */
  async arriveAsSomeoneNew() {
    await this.button("Start over as someone new").click();
    await this.#readyToClaim();
  }

  /** Claims the wallets, which unlocks them, and waits until they are the person's. */
  async claim() {
    await this.#readyToClaim();
    await this.button("Take over with a passkey").click();
    await this.heading("These wallets are yours").waitFor();
    await this.button("Lock").waitFor();
  }

  /** Claims the wallets, and locks them: what a test does next begins with an unlock. */
  async claimAndLock() {
    await this.claim();
    await this.button("Lock").click();
    await this.button("Unlock").waitFor();
  }

  /**
   * Claims the wallets in a way that breaks at a step.
   *
   * @param {{ phase: string, how: "before" | "after" | "dies" }} plan
   */
  async breakClaim({ phase, how }) {
    await this.#readyToClaim();
    await this.openPanel("Break it: what if it is interrupted?");
    await this.page.getByLabel("Where it breaks").selectOption(phase);
    await this.page.getByLabel(HOW[how], { exact: true }).check();
    await this.button("Take over, and break it there").click();
  }

  /** Opens a panel that is folded. */
  async openPanel(summary) {
    const panel = this.page.locator("details", { has: this.page.getByText(summary, { exact: true }) });
    if (!(await panel.evaluate(({ open }) => open))) await this.page.getByText(summary, { exact: true }).click();
  }

  /**
   * What the page says of a claim that was interrupted. Waits until it does.
   *
   * @returns {Promise<{ outcome: "finished" | "rolledBack" | "nothing", title: string, text: string, how: string }>}
   */
  async found() {
    await this.page.locator("#found").waitFor();
    return this.page.evaluate(() => {
      const text = (name) => document.getElementById(`found-${name}`).textContent;
      return { outcome: document.getElementById("found").dataset.outcome, title: text("title"), text: text("text"), how: text("how") };
    });
  }

  /** Deletes what the browser stored, as the page lets a person do. */
  async forget() {
    await this.go("Fault lab");
    await this.button("Forget this browser's storage").click();
  }

  /** Gets the wallets back with their passkey, and waits until they are here and unlocked. */
  async restore() {
    await this.button("Get them back with your passkey").click();
    await this.button("Lock").waitFor();
    await this.home();
  }

  /**
   * The last receipt of each wallet that the app keeps for the person who is signed in.
   *
   * @returns {Promise<(string | undefined)[]>} one a wallet
   */
  async keptReceipts() {
    return (await this.allKeptReceipts()).map((receipts) => receipts.at(-1));
  }

  /**
   * Every receipt that the app keeps for the person who is signed in.
   *
   * @returns {Promise<string[][]>} for each wallet its own, by epoch
   */
  async allKeptReceipts() {
    return this.page.evaluate(async () => (await (await import("/back-end.mjs")).me()).wallets.map(({ receipts }) => receipts));
  }

  /**
   * What a list of the page says of each wallet.
   *
   * @param {"waiting-wallets" | "wallets"} list
   * @returns {Promise<{ type: string, address: string, epoch: number }[]>}
   */
  async wallets(list) {
    return this.page.$$eval(`#${list} > div`, (rows) =>
      rows.map((row) => ({ type: row.dataset.type, address: row.querySelector(".address").textContent, epoch: Number(row.querySelector(".epoch").textContent) })),
    );
  }

  /** Unlocks the wallets. */
  async unlock() {
    await this.button("Unlock").click();
    await this.button("Lock").waitFor();
  }

  /**
   * Signs what stands in the message's field with each wallet, and gives what the page says of it.
   *
   * @returns {Promise<string>}
   */
  async sign() {
    await this.go("Sign");
    await this.button("Sign").click();
    return this.#verdict("sign");
  }

  /**
   * Asks the app to sign with the shares it prepared, as the page could at any time.
   *
   * @returns {Promise<{ type: string, refused: boolean }[]>}
   */
  async signWithPreparedShares() {
    return this.page.evaluate(async () => (await (await import("/back-end.mjs")).signWithPreparedShares("Before the claim.")).answers);
  }

  /** Signs with a session that has ended, in one go, and gives what the page says of it. */
  async unlockAndSign() {
    await this.go("Sign");
    await this.button("Unlock and sign").click();
    return this.#verdict("sign");
  }

  /** Changes the shares again, and gives what the page says of it. */
  async rotate() {
    await this.go("Security");
    await this.page.locator("#rotate").click();
    return this.#verdict("rotation");
  }

  /** Shows the app that the wallets are the person's, and gives what the page says of it. */
  async prove() {
    await this.go("Sign");
    await this.button("Show the app").click();
    return this.#verdict("proof");
  }

  /** Shows the app the same proof once more, and gives what the page says of it. */
  async proveAgain() {
    await this.button("Show the same again").click();
    const said = await this.#verdict("proof-again");
    // The browser tells of every refusal, and this one is what is wanted.
    this.complaints = this.complaints.filter((complaint) => !/\b409\b/.test(complaint));
    return said;
  }

  /** The passkeys that the page lists. Waits until there are so many. */
  async passkeys(count) {
    await this.go("Security");
    await this.page.locator(`#passkey-list > li:nth-child(${count}):last-child strong`).waitFor();
    return this.page.$$eval("#passkey-list > li", (items) =>
      items.map((item) => ({ name: item.querySelector("strong").textContent, current: item.dataset.current === "true", times: item.querySelector(".aside").textContent })),
    );
  }

  /**
   * Puts a second device beside the person's own, and takes it into their hand.
   *
   * @returns {Promise<Authenticator>}
   */
  async takeSecondDevice() {
    const device = await this.authenticator.another();
    await this.authenticator.touch(false);
    await device.touch();
    return device;
  }

  /** Asks for another passkey, and waits until its own prompt was answered. */
  async makePasskey(name) {
    await this.go("Security");
    await this.page.getByLabel("Name of another passkey").fill(name);
    await this.button("Add another passkey").click();
    // It is used once before it is approved.
    await this.button("Go on with the new device").click();
    await this.button("Approve with the passkey that you use now").waitFor();
  }

  /**
   * Adds a passkey on a second device, and gives what the page says of it. In the person's hand is their own one afterwards.
   *
   * @param {string} name
   * @returns {Promise<{ device: Authenticator, said: string }>}
   */
  async addPasskey(name) {
    const device = await this.takeSecondDevice();
    await this.makePasskey(name);
    await this.takeUp(this.authenticator, device);
    await this.button("Approve with the passkey that you use now").click();
    return { device, said: await this.passkeysVerdict() };
  }

  /** Lays one device down, and takes another one up. */
  async takeUp(device, other) {
    await other.touch(false);
    await device.touch();
  }

  /** What the page says that passkeys came to. Waits until it does. */
  async passkeysVerdict() {
    return this.#verdict("passkeys");
  }

  /** What the page says of the session: how it is, what ended it, what is left of it, and of the clock. */
  async session() {
    return this.page.evaluate(() => {
      const text = (name) => {
        const element = document.getElementById(name);
        return element.hidden ? undefined : element.textContent;
      };
      const { ended } = document.getElementById("session-state").dataset;
      return { state: text("session-state"), ended, left: text("session-time"), refreshes: text("session-more"), skew: text("session-skew") };
    });
  }

  /** Waits until the page says what ended the session, and gives its words. */
  async ended(reason) {
    await this.page.locator(`#session-state[data-ended="${reason}"]`).waitFor();
    return (await this.session()).state;
  }

  /** The sessions that the page lists. Waits until there are so many. */
  async sessions(count) {
    await this.go("Security");
    await this.page.locator(`#session-list > li:nth-child(${count}):last-child strong`).waitFor();
    return this.page.$$eval("#session-list > li", (items) =>
      items.map((item) => ({ device: item.querySelector("strong").textContent, current: item.dataset.current === "true", times: item.querySelector(".aside").textContent })),
    );
  }

  /**
   * Opens one more session of the wallets by the package itself, as another page would.
   *
   * @param {string} device what it calls itself
   */
  async unlockElsewhere(device) {
    await this.page.evaluate(async (device) => {
      const [{ connect }, app] = await Promise.all([import("/packages/claimkit"), import("/back-end.mjs")]);
      const { cosigner, wallets } = await app.me();
      const kit = await connect({ cosigner });
      const held = (await kit.wallets()).find(({ walletId }) => walletId === wallets[0].walletId);
      window.elsewhere = await held.unlock({ device });
    }, device);
  }

  /** What the session that was opened elsewhere comes to as it is used: the code of its error, or nothing. */
  async refusalElsewhere() {
    return this.page.evaluate(() => window.elsewhere.sessions().then(() => undefined, ({ code }) => code));
  }

  /** What the page says that sessions came to. Waits until it does. */
  async sessionsVerdict() {
    return this.#verdict("sessions");
  }

  /** Asks the app to sign with the shares it kept, and gives what the page says of it. */
  async tryOldShares() {
    await this.go("Fault lab");
    await this.button("Try the old shares").click();
    return this.#verdict("old");
  }

  /**
   * The wallets of which the last outcome says that all is well with them.
   *
   * @param {"sign" | "proof" | "old" | "receipt"} name
   * @returns {Promise<string[]>} their types
   */
  async goodParts(name) {
    return this.page.$$eval(`#${name}-parts > li`, (items) => items.filter(({ dataset }) => dataset.good !== "false").map(({ dataset }) => dataset.type));
  }

  /**
   * The wallets whose receipts were verified together with a refusal of the old share.
   *
   * @returns {Promise<string[]>} their types
   */
  async refusedParts() {
    return this.page.$$eval("#receipt-parts > li", (items) => items.filter(({ dataset }) => Number(dataset.refusals) > 0).map(({ dataset }) => dataset.type));
  }

  /** Verifies the receipts in the page, with the refusals that there are, and gives what the page says of them. */
  async verifyReceipts() {
    await this.go("Receipts");
    await this.button("Verify").click();
    return this.#verdict("receipt");
  }

  /** Verifies a file, and gives what the page says of it. */
  async verifyFile(name, content) {
    await this.go("Receipts");
    await this.page.evaluate(() => (document.getElementById("receipt-outcome").hidden = true));
    await this.page.setInputFiles("#upload", { name, mimeType: "text/plain", buffer: Buffer.from(content) });
    return this.#verdict("receipt");
  }

  /** Downloads the receipts, with the refusals that there are, and gives the file's text. */
  async downloadReceipts() {
    await this.go("Receipts");
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.page.getByRole("link", { name: "Download" }).click()]);
    return readFileSync(await download.path(), "utf8");
  }

  /** The notice's texts: title, code. Waits until there is one. */
  async notice() {
    await this.page.locator("#notice").waitFor();
    return { title: await this.page.locator("#notice-title").textContent(), code: await this.page.locator("#notice-code").textContent() };
  }

  /** What the notice says happened, and what it says to do. Waits until there is one. */
  async advice() {
    await this.page.locator("#notice").waitFor();
    return { text: await this.page.locator("#notice-text").textContent(), next: await this.page.locator("#notice-next").textContent() };
  }

  /**
   * From now on counts the calls of a method of the package's: `callsEnded` waits for their ends.
   *
   * @param {"Kit" | "Wallet" | "Session"} kind
   * @param {string} method
   */
  async heed(kind, method) {
    await this.page.evaluate(
      async ({ kind, method }) => {
        const { [kind]: of } = await import("/packages/claimkit/dist/wasm/claimkit.js");
        const { [method]: work } = of.prototype;
        window.calls = { begun: 0, ended: 0 };
        of.prototype[method] = async function (...given) {
          window.calls.begun += 1;
          return Reflect.apply(work, this, given).finally(() => void (window.calls.ended += 1));
        };
      },
      { kind, method },
    );
  }

  /** Waits until so many calls that are heeded have ended, well or not, and none is under way. */
  async callsEnded(count) {
    await this.page.waitForFunction((count) => window.calls.ended >= count && window.calls.ended === window.calls.begun, count);
  }

  /** Forgets the tasks that the page's thread had so far. */
  async forgetTasks() {
    await this.longestTask();
    await this.page.evaluate(() => void (window.tasks = []));
  }

  /** The longest task on the page's thread since then, in milliseconds; 0 if none was over 50. */
  async longestTask() {
    return this.page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(Math.max(0, ...window.tasks)), 100)));
  }

  /** Closes the page. */
  async close() {
    await (this.context ?? this.page.context()).close();
  }

  async #readyToClaim() {
    await this.heading(/^Your wallets are waiting/).waitFor();
    await this.page.locator("#claim:enabled").waitFor();
  }

  async #verdict(name) {
    await this.page.locator(`#${name}-outcome`).waitFor();
    return this.page.locator(`#${name}-verdict`).textContent();
  }
}

function offerNoAutofill() {
  if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
}
