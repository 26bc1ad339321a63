// Who is signed in. A stand-in for an app's own sign-in: it asks for no password, since its people are made up.

import { createHash, randomBytes } from "node:crypto";

/** The prefix has browsers refuse the cookie from another host, path or an insecure page; for most `http://localhost` counts as secure. */
const COOKIE = "__Host-session";
/**
 * For Safari, which keeps no `Secure` cookie of `http://localhost`. An app that is served over https must not have it: pages of other
 * ports and subdomains can set it.
 */
const localCookie = (port) => `session-${port}`;
const LIFE_SECONDS = 8 * 60 * 60;
const NONCE_LIFE_SECONDS = 5 * 60;

/** Sessions: a random token in a cookie that no script can read, its hash in the database. */
export class Sessions {
  #database;
  #local;

  /**
   * @param {import("libsql").Database} database
   * @param {number} port of `http://localhost`: cookies of all ports are in one place
   */
  constructor(database, port) {
    this.#database = database;
    this.#local = localCookie(port);
  }

  /**
   * Starts a session.
   *
   * @param {string} email
   * @returns {string[]} the `Set-Cookie` headers
   */
  start(email) {
    const token = randomBytes(32).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    this.#database.prepare("DELETE FROM sessions WHERE expires_at <= ?").run(now);
    this.#database
      .prepare("INSERT INTO sessions (token_hash, email, expires_at) VALUES (?, ?, ?)")
      .run(hash(token), email, now + LIFE_SECONDS);
    return this.#cookies(token, LIFE_SECONDS);
  }

  /**
   * The person whose session the request belongs to, or `undefined`.
   *
   * @param {import("node:http").IncomingMessage} request
   * @returns {{ name: string, email: string } | undefined}
   */
  person(request) {
    const token = this.#token(request);
    if (!token) return undefined;
    const row = this.#database
      .prepare("SELECT name, email FROM sessions JOIN people USING (email) WHERE token_hash = ? AND expires_at > ?")
      .get(hash(token), Math.floor(Date.now() / 1000));
    return row && { name: row.name, email: row.email };
  }

  /**
   * Draws what the request's visitor has to prove something with, in the place of what was drawn before.
   *
   * @param {import("node:http").IncomingMessage} request of somebody who is signed in
   * @returns {string}
   */
  drawNonce(request) {
    const nonce = randomBytes(16).toString("base64url");
    this.#database
      .prepare("INSERT OR REPLACE INTO nonces (token_hash, nonce, expires_at) VALUES (?, ?, ?)")
      .run(hash(this.#token(request)), nonce, Math.floor(Date.now() / 1000) + NONCE_LIFE_SECONDS);
    return nonce;
  }

  /**
   * Takes what was drawn for the request's visitor: once, whatever comes of it.
   *
   * @param {import("node:http").IncomingMessage} request of somebody who is signed in
   * @returns {string | undefined}
   */
  takeNonce(request) {
    const row = this.#database
      .prepare("DELETE FROM nonces WHERE token_hash = ? RETURNING nonce, expires_at AS expiresAt")
      .get(hash(this.#token(request)));
    return row && row.expiresAt > Math.floor(Date.now() / 1000) ? row.nonce : undefined;
  }

  /**
   * Ends the request's session.
   *
   * @param {import("node:http").IncomingMessage} request
   * @returns {string[]} the `Set-Cookie` headers
   */
  end(request) {
    const { secure, local } = this.#tokens(request);
    // Both: either would sign in.
    for (const token of [secure, local]) if (token) this.#database.prepare("DELETE FROM sessions WHERE token_hash = ?").run(hash(token));
    return this.#cookies("", 0);
  }

  #cookies(value, life) {
    const rest = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${life}`;
    return [`${COOKIE}=${value}; Secure; ${rest}`, `${this.#local}=${value}; ${rest}`];
  }

  #token(request) {
    const { secure, local } = this.#tokens(request);
    return secure ?? local;
  }

  #tokens(request) {
    const sent = (request.headers.cookie ?? "").split("; ");
    const valueOf = (name) => sent.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
    return { secure: valueOf(COOKIE), local: valueOf(this.#local) };
  }
}

function hash(token) {
  return createHash("sha256").update(token).digest("base64url");
}
