// Chromium, driven, with an authenticator of software.

import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";
import { Program } from "./process.mjs";

/**
 * Starts Chromium: `CHROMIUM`, or the one on the path.
 *
 * @param {{ executablePath?: string, words?: string[] }} [options] `words`: more of its command line
 */
export async function startBrowser({ executablePath = process.env.CHROMIUM || findChromium(), words = [] } = {}) {
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...words] });
}

/** How long a page may take for what a test waits for, on a machine that does much else, in milliseconds. */
export const PATIENCE = 120_000;

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** A Chromium with a profile on the disk, which outlives it. */
export class Profile {
  #folder;
  #words;
  #program;

  /**
   * @param {string} folder where the profile is, or will be
   * @param {{ words?: string[] }} [options] `words`: more of the browser's command line
   */
  static async open(folder, { words = [] } = {}) {
    const profile = new Profile();
    profile.#folder = folder;
    profile.#words = words;
    await profile.#start();
    return profile;
  }

  /** Kills the browser with all its pages, and starts it again on what that left. */
  async die() {
    await this.#program.kill();
    await this.#start();
  }

  /** Ends it. */
  async close() {
    await this.#program.stop();
  }

  async #start() {
    const words = [...ARGUMENTS, ...this.#words, "--headless", "--no-first-run", `--user-data-dir=${this.#folder}`, "--remote-debugging-port=0", "about:blank"];
    const command = process.env.CHROMIUM || findChromium();
    this.#program = await Program.start({ name: "Chromium", command, words, ready: /^DevTools listening on (ws:\S+)/m });
    const browser = await chromium.connectOverCDP(this.#program.said[1]);
    /** @type {import("playwright-core").BrowserContext} */
    this.context = browser.contexts()[0];
  }
}

function findChromium() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      continue;
    }
  }
  throw new Error("There is no Chromium: install it, or set CHROMIUM to its path.");
}

/**
 * What an authenticator is, and does not lack unless a test says so.
 *
 * @typedef {{ hasPrf?: boolean, hasUserVerification?: boolean, hasResidentKey?: boolean, transport?: "internal" | "usb" }} Traits
 */

/** A virtual authenticator of one page. */
export class Authenticator {
  #session;
  #id;

  /**
   * Gives a page an authenticator; one more, of another transport, if it has one.
   *
   * @param {import("playwright-core").Page} page
   * @param {Traits} [traits]
   */
  static async plugInto(page, traits) {
    const authenticator = new Authenticator();
    page.setDefaultTimeout(PATIENCE);
    authenticator.#session = await page.context().newCDPSession(page);
    await authenticator.#session.send("WebAuthn.enable");
    await authenticator.#add(traits);
    return authenticator;
  }

  /** Gives its page another one beside it: a person's second device, which they don't touch yet. */
  async another() {
    const other = new Authenticator();
    other.#session = this.#session;
    await other.#add({ transport: "usb" });
    await other.touch(false);
    return other;
  }

  /** From now on the person touches it when it asks, or doesn't. */
  async touch(enabled = true) {
    await this.#session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: this.#id, enabled });
  }

  /** Takes it away, with its credentials. */
  async remove() {
    await this.#session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.#id });
  }

  /**
   * Replaces it by another, with no credentials.
   *
   * @param {Traits} [traits]
   */
  async replace(traits) {
    await this.remove();
    await this.#add(traits);
  }

  /** From now on the person doesn't pass the check (fingerprint, PIN), which looks to a page as cancelling does. */
  async refuse() {
    // For good: an authenticator locks itself after a few failures, so only another one answers again.
    await this.#session.send("WebAuthn.setUserVerified", { authenticatorId: this.#id, isUserVerified: false });
  }

  /** @returns {Promise<{ credentialId: string, rpId: string }[]>} */
  async credentials() {
    return (await this.#session.send("WebAuthn.getCredentials", { authenticatorId: this.#id })).credentials;
  }

  async #add(traits) {
    const { authenticatorId } = await this.#session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        ctap2Version: "ctap2_1",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        hasPrf: true,
        ...traits,
      },
    });
    this.#id = authenticatorId;
  }
}
