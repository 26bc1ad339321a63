// Making wallets for people who have not arrived yet.

import { Refusal } from "./refusal.mjs";

const FIRST_PEOPLE = [
  { name: "Ada", email: "ada@example.com" },
  { name: "Grace", email: "grace@example.com" },
  { name: "Alan", email: "alan@example.com" },
];

/** How many people the demo makes up: each costs the co-signer two wallets that are never deleted. */
const MOST_PEOPLE = 500;

/** How many people the welcome page lists. */
const LISTED_PEOPLE = 30;

/** A wallet of each waits for everybody. */
const TYPES = ["EVM", "SOLANA"];

/** The people of the demo, all made up, and the wallets that wait for each. */
export class Preparation {
  #database;
  #shares;
  #server;

  /**
   * @param {import("libsql").Database} database
   * @param {import("./shares.mjs").SharesAtRest} shares
   * @param {import("claimkit/server").Server} server
   */
  constructor(database, shares, server) {
    this.#database = database;
    this.#shares = shares;
    this.#server = server;
  }

  /** Prepares the wallets of each of the first people, as far as that was not done before. */
  async prepareFirstPeople() {
    for (const person of FIRST_PEOPLE) await this.#prepare(person);
  }

  /**
   * Makes up one more person, with wallets waiting.
   *
   * @returns {Promise<{ name: string, email: string }>}
   * @throws {Refusal} if there are as many as the demo makes
   */
  async prepareSomeoneNew() {
    const { count } = this.#database.prepare("SELECT count(*) AS count FROM people").get();
    if (count >= MOST_PEOPLE) {
      throw new Refusal(429, "too_many", `This demo has made up ${MOST_PEOPLE} people. Remove its data to start afresh.`);
    }
    const { name } = FIRST_PEOPLE[count % FIRST_PEOPLE.length];
    const person = { name, email: `${name.toLowerCase()}.${count + 1}@example.com` };
    await this.#prepare(person);
    return person;
  }

  /**
   * The people to choose from: those who came last.
   *
   * @returns {{ name: string, email: string }[]}
   */
  people() {
    return this.#database
      .prepare("SELECT name, email FROM (SELECT rowid AS number, name, email FROM people ORDER BY rowid DESC LIMIT ?) ORDER BY number")
      .all(LISTED_PEOPLE)
      .map(({ name, email }) => ({ name, email }));
  }

  /**
   * @param {unknown} email
   * @returns {{ name: string, email: string } | undefined}
   */
  person(email) {
    if (typeof email !== "string") return undefined;
    const row = this.#database.prepare("SELECT name, email FROM people WHERE email = ?").get(email);
    return row && { name: row.name, email: row.email };
  }

  async #prepare({ name, email }) {
    this.#database
      .prepare("INSERT INTO people (email, name, created_at) VALUES (?, ?, ?) ON CONFLICT (email) DO NOTHING")
      .run(email, name, Math.floor(Date.now() / 1000));
    const has = this.#shares.list(email).map(({ type }) => type);
    const types = TYPES.filter((type) => !has.includes(type));
    if (types.length === 0) return;
    // Fewer come back where one could not be made: what was made is kept, and the rest made at the next start.
    for (const created of await this.#server.createWalletPerType({ types, claimantId: { email } })) this.#shares.keep(email, created);
  }
}
