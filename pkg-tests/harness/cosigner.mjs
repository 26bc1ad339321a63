// The real co-signer, with a database of its own.

import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./process.mjs";

/** The line of its log that says where it serves. */
const SERVING = /^\{.*"message":"serving","address":"127\.0\.0\.1:(\d+)","admin":"127\.0\.0\.1:(\d+)".*\}$/m;
const SCOPES = "wallets:create,wallets:import,wallets:read,wallets:update,sign,claims:ticket";

/** A running co-signer. */
export class CoSigner {
  #program;
  #start;
  #config;
  #binary;

  /**
   * Starts a co-signer for this relying party.
   *
   * @param {{ folder: string, relyingParty: Record<string, unknown>, settings?: Record<string, Record<string, number>> }} options
   *   `settings`: more of its configuration, by table
   */
  static async start({ folder, relyingParty, settings = {} }) {
    const binary = process.env.CLAIMKIT_COSIGNER ?? fileURLToPath(new URL("../../target/release/claimkit-cosigner", import.meta.url));
    if (!existsSync(binary)) throw new Error("There is no co-signer: run `cargo build --release -p claimkit-cosigner`, or set CLAIMKIT_COSIGNER.");
    const config = join(folder, "cosigner.toml");
    writeFileSync(
      config,
      [
        'listen = "127.0.0.1:0"',
        `database = ${JSON.stringify(join(folder, "cosigner.sqlite"))}`,
        "[admin]",
        'listen = "127.0.0.1:0"',
        "[relying_party]",
        'name = "Package tests"',
        ...Object.entries(relyingParty).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
        "[key_encryption]",
        'provider = "file"',
        `path = ${JSON.stringify(join(folder, "cosigner.key"))}`,
        "create_key = true",
        "[limits]",
        "wallet = 6000",
        "address = 60000",
        "pairing = 600",
        "rotations = 6000",
        "renewals = 6000",
        "rotation_pause = 0",
        ...Object.entries(settings).flatMap(([table, values]) => [`[${table}]`, ...Object.entries(values).map(([name, value]) => `${name} = ${value}`)]),
        "",
      ].join("\n"),
    );
    const made = execFileSync(binary, ["keys", "create", "--config", config, "--name", "tests", "--scopes", SCOPES, "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const coSigner = new CoSigner();
    coSigner.apiKey = JSON.parse(made).key;
    coSigner.identity = JSON.parse(execFileSync(binary, ["identity", "--config", config, "--json"], { encoding: "utf8" }));
    coSigner.#config = config;
    coSigner.#binary = binary;
    coSigner.#start = () =>
      Program.start({ name: "The co-signer", command: binary, words: ["serve", "--config", config], ready: SERVING });
    coSigner.#program = await coSigner.#start();
    return coSigner;
  }

  /** Where it is: on another port after each start. */
  get url() {
    return `http://localhost:${this.#program.said[1]}`;
  }

  /** Where it answers its operator: on another port after each start. */
  get admin() {
    return `http://localhost:${this.#program.said[2]}`;
  }

  /** Everything that it logged since its last start. */
  get log() {
    return this.#program.output;
  }

  /** Ends it and starts it again on the same database. */
  async restart() {
    await this.#program.stop();
    this.#program = await this.#start();
  }

  /** Kills it, and starts it again on what that left. */
  async die() {
    await this.#program.kill();
    this.#program = await this.#start();
  }

  /** Lets another key sign proofs of ownership, while it runs. Gives the key's id. */
  rotateProofKey() {
    const words = ["proof-keys", "rotate", "--config", this.#config];
    return execFileSync(this.#binary, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Restarts it with a policy that allows exports: by default it refuses them. */
  async allowExports() {
    appendFileSync(this.#config, '[policy]\nexport = "allowed"\n');
    await this.restart();
  }

  /** Ends it. */
  async stop() {
    await this.#program.stop();
  }
}
