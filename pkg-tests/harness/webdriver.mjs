// Engines beside Chromium, driven by WebDriver.

/** How long a script may take in a page, in milliseconds: as long as a claim on a loaded machine. */
const SCRIPT_TIME = 120_000;

/** The one page of a browser that is driven by WebDriver: for a `Client` as good as Playwright's. */
export class DrivenPage {
  #start;
  #driver;
  #session;
  #process;
  #url;

  /** @param {() => Promise<{ driver: { stop(): Promise<void> }, address: string, capabilities: Record<string, unknown> }>} start */
  static async open(start) {
    const page = new this();
    page.#start = start;
    await page.#open();
    return page;
  }

  async #open() {
    const { driver, address, capabilities } = await this.#start();
    this.#driver = driver;
    this.#session = `${address}/session`;
    try {
      const { sessionId, capabilities: had } = await this.command("POST", "", { capabilities: { alwaysMatch: capabilities } });
      this.#session += `/${sessionId}`;
      this.#process = had["moz:processID"];
      await this.command("POST", "/timeouts", { script: SCRIPT_TIME });
    } catch (error) {
      await driver.stop();
      throw error;
    }
  }

  /**
   * Sends the driver a command of the session.
   *
   * @param {"GET" | "POST" | "DELETE"} method
   * @param {string} path
   * @param {Record<string, unknown>} [body]
   */
  async command(method, path, body) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.#session + path, { method, headers, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** The address that was opened last. */
  url() {
    return this.#url;
  }

  /** Opens an address, and waits until it is loaded. */
  async goto(url) {
    this.#url = url;
    await this.command("POST", "/url", { url });
  }

  /**
   * What an expression comes to in the page.
   *
   * @param {string} source a promise is waited for
   */
  evaluate(source) {
    return this.command("POST", "/execute/sync", { script: `return ${source}`, args: [] });
  }

  /** What is closed with the page: its browser. */
  context() {
    return this;
  }

  /** Ends the browser and its driver. */
  async close() {
    await this.command("DELETE", "").finally(() => this.#driver.stop());
  }

  /** Kills the browser, and starts it again on what that left. */
  async die() {
    process.kill(this.#process, "SIGKILL");
    await this.#driver.stop();
    await this.#open();
  }
}

/** What starts a program: what a variable names, or the one on the path. */
export const program = (variable, name) => process.env[variable] || name;
