// Programs that a test starts, and ends by their ids.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** How long a start may take on a machine that does much else, in milliseconds. */
const START_TIME = 120_000;

/**
 * Listens on a port for a program that inherits the socket: nobody else can have the port, from now on until the program ends.
 *
 * @returns {Promise<{ port: number, handle: number, release(): void }>} `handle`: what the program inherits, as long as it is not
 *   released here
 */
export async function listen() {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  return { port: server.address().port, handle: server._handle.fd, release: () => void server.close() };
}

/** A running program. */
export class Program {
  #name;
  #child;
  #output = "";
  /** @type {RegExpExecArray} what it said when it was ready */
  said;

  /**
   * Starts a program and waits until it says that it is ready.
   *
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.command
   * @param {string[]} options.words
   * @param {Record<string, string>} [options.environment]
   * @param {number} [options.input] a handle that is its standard input
   * @param {RegExp} [options.ready] what it writes once it is ready; not waited for, if it says nothing
   */
  static async start({ name, command, words, environment, input, ready }) {
    const program = new Program();
    program.#name = name;
    program.#child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: [input ?? "ignore", "pipe", "pipe"] });
    const isReady = await new Promise((resolve) => {
      const hear = (text) => {
        program.#output += text;
        program.said ??= ready?.exec(program.#output);
        if (program.said) resolve(true);
      };
      for (const stream of [program.#child.stdout, program.#child.stderr]) stream.setEncoding("utf8").on("data", hear);
      program.#child.on("error", (error) => (hear(error.message), resolve(false)));
      program.#child.on("exit", () => resolve(false));
      setTimeout(resolve, START_TIME, false).unref();
      if (!ready) program.#child.on("spawn", () => resolve(true));
    });
    if (isReady) return program;
    await program.stop();
    throw new Error(`${name} did not start:\n${program.#output}`);
  }

  /** The port that it listens on, for a program that does not say it: as soon as it has one. */
  async port() {
    for (;;) {
      const port = portOf(this.#child.pid);
      if (port) return port;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`${this.#name} ended:\n${this.#output}`);
      await wait(20);
    }
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

/** The TCP port that a process listens on, as Linux knows it (proc(5)). */
function portOf(pid) {
  const handles = `/proc/${pid}/fd`;
  const sockets = readdirSync(handles).map((handle) => {
    try {
      return readlinkSync(`${handles}/${handle}`).match(/^socket:\[(\d+)\]$/)?.[1];
    } catch {
      // Closed meanwhile.
      return undefined;
    }
  });
  for (const table of ["tcp", "tcp6"]) {
    for (const line of readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENING && sockets.includes(inode)) return Number.parseInt(local.split(":").at(-1), 16);
    }
  }
  return undefined;
}

const LISTENING = "0A";
