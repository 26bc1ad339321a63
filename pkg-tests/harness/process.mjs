// Programs that a test starts, and ends by their ids.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const START_TIME = 30_000;

/**
 * A port that nobody listens on, below those that systems give connections of their own: none is taken before it is listened on.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const server = createServer().listen(port, "localhost");
    const isFree = await once(server, "listening").then(() => true, () => false);
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** A running program. */
export class Program {
  #name;
  #child;
  #output = "";

  /**
   * Starts a program and waits until it answers.
   *
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.command
   * @param {string[]} options.words
   * @param {Record<string, string>} [options.environment]
   * @param {string} options.ready an address that answers once the program is up
   */
  static async start({ name, command, words, environment, ready }) {
    const program = new Program();
    program.#name = name;
    program.#child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [program.#child.stdout, program.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (program.#output += text));
    }
    program.#child.on("error", (error) => (program.#output += error.message));
    const end = Date.now() + START_TIME;
    while (!(await answers(ready))) {
      if (program.#child.exitCode !== null || !program.#child.pid || Date.now() > end) {
        await program.stop();
        throw new Error(`${name} did not start:\n${program.#output}`);
      }
      await wait(50);
    }
    return program;
  }

  /** Everything that the program wrote so far. */
  get output() {
    return this.#output;
  }

  /** Kills the program: it finishes nothing. */
  async kill() {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  /** Ends the program, kindly; says what it wrote if it ended before. */
  async stop() {
    if (!this.#child.pid) return;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      console.error(`${this.#name} ended by itself:\n${this.#output}`);
      return;
    }
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    if (await Promise.race([exit, wait(5_000, undefined, { ref: false })])) return;
    this.#child.kill("SIGKILL");
    await exit;
  }
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
