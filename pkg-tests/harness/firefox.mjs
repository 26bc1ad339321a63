// Firefox, driven, with an authenticator of software.

import { Program } from "./process.mjs";
import { Client } from "./stage.mjs";
import { DrivenPage, program } from "./webdriver.mjs";

/** A page that allows `eval`: Firefox runs a driver's scripts in a world of their own, where the page's `Uint8Array` is another. */
class FirefoxPage extends DrivenPage {
  /** @type {FirefoxAuthenticator} whose keys the page asks for (`signWithFlag`) */
  authenticator;
  #calls = 0;

  /** The page may ask for keys before it comes to anything: a driver does one thing at a time. */
  async evaluate(source) {
    const call = `window.call${(this.#calls += 1)}`;
    await this.#inPage(`void (${call} = (async () => (${source}))()).catch(() => {})`);
    const ended = `${call}.then(() => false, () => false)`;
    while (await this.#inPage(`Promise.race([${ended}, window.keysWanted ?? ${ended}])`)) {
      await this.#inPage(`window.takeKeys(${JSON.stringify(await this.authenticator.credentials())})`);
    }
    return this.#inPage(call);
  }

  #inPage(source) {
    return super.evaluate(`window.eval(${JSON.stringify(source)})`);
  }
}

/**
 * Opens a page in Firefox.
 *
 * @param {{ profile: string }} options `profile`: the folder of the profile, which outlives the browser
 */
export function openFirefox({ profile }) {
  return FirefoxPage.open(async () => {
    const command = program("GECKODRIVER", "geckodriver");
    const driver = await Program.start({ name: "geckodriver", command, words: ["--port=0"], ready: /Listening on (127\.0\.0\.1:\d+)/ });
    const firefox = { binary: program("FIREFOX", "/usr/bin/firefox-esr"), args: ["-headless", "-profile", profile], prefs: PREFERENCES };
    return { driver, address: `http://${driver.said[1]}`, capabilities: { "moz:firefoxOptions": firefox } };
  });
}

/** Authenticators of software and no others, and nothing that is fetched from elsewhere. */
const PREFERENCES = {
  "security.webauth.webauthn_enable_softtoken": true,
  "security.webauth.webauthn_enable_usbtoken": false,
  "services.settings.server": "http://localhost:9",
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};

/** The virtual authenticator of a page in Firefox. It gives PRF output when a passkey is used, and not when it is made. */
export class FirefoxAuthenticator {
  #page;
  #path;

  /** @param {DrivenPage} page */
  static async plugInto(page) {
    const authenticator = new FirefoxAuthenticator();
    authenticator.#page = page;
    page.authenticator = authenticator;
    await authenticator.replace();
    return authenticator;
  }

  /** Replaces it by another, with no credentials. */
  async replace() {
    if (this.#path) await this.#page.command("DELETE", this.#path);
    const id = await this.#page.command("POST", "/webauthn/authenticator", {
      protocol: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserConsenting: true,
      isUserVerified: true,
      extensions: ["prf"],
    });
    this.#path = `/webauthn/authenticator/${id}`;
  }

  /** @returns {Promise<{ credentialId: string, rpId: string, privateKey: string }[]>} */
  credentials() {
    return this.#page.command("GET", `${this.#path}/credentials`);
  }
}

/**
 * The package in a page in Firefox.
 *
 * Firefox's authenticator of software, and no real one, leaves a flag out of what it signs: that extensions follow (ED, WebAuthn Level 3,
 * §6.1). A co-signer refuses that. So here its answers are given the flag, and are signed again by the passkey's own key.
 */
export class FirefoxClient extends Client {
  async connect(url) {
    await super.connect(url);
    await this.run(signWithFlag);
  }
}

/** Runs in the page. */
function signWithFlag() {
  const decoded = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const keys = new Map();
  let want;
  let given;
  const start = () => {
    window.keysWanted = new Promise((resolve) => (want = () => resolve(true)));
    return new Promise((resolve) => (given = resolve));
  };
  let taken = start();
  window.takeKeys = async (credentials) => {
    for (const { credentialId, privateKey } of credentials) {
      keys.set(credentialId, await crypto.subtle.importKey("pkcs8", decoded(privateKey), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]));
    }
    given();
    taken = start();
  };
  const keyOf = async (id) => {
    if (keys.has(id)) return keys.get(id);
    const soon = taken;
    want();
    await soon;
    return keys.get(id);
  };
  const { get } = CredentialsContainer.prototype;
  const integer = (bytes) => {
    const digits = Array.from(bytes.slice(bytes.findIndex((byte) => byte !== 0)));
    return [2, digits.length + (digits[0] >> 7), ...(digits[0] >> 7 ? [0] : []), ...digits];
  };
  CredentialsContainer.prototype.get = async function (options) {
    const credential = await get.call(this, options);
    const data = new Uint8Array(credential.response.authenticatorData);
    if (data[32] & 0x80) return credential;
    data[32] |= 0x80;
    const key = await keyOf(credential.id);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", credential.response.clientDataJSON));
    const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, Uint8Array.of(...data, ...hash)));
    const both = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))];
    Object.defineProperty(credential.response, "authenticatorData", { value: data.buffer });
    Object.defineProperty(credential.response, "signature", { value: Uint8Array.of(0x30, both.length, ...both).buffer });
    return credential;
  };
}
