// The demo's back end, with the packed package.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./process.mjs";

/** The running back end of the demo. */
export class BackEnd {
  #program;

  /**
   * @param {{ folder: string, socket: Awaited<ReturnType<typeof import("./process.mjs").listen>>, cosigner: string, identity: import("claimkit").CoSignerIdentity, apiKey: string }} options
   *   `socket`: what it listens on, which is its own from then on
   */
  static async start({ folder, socket, cosigner, identity, apiKey }) {
    const backEnd = new BackEnd();
    backEnd.url = `http://localhost:${socket.port}`;
    backEnd.databaseFile = join(folder, "data", "demo.sqlite");
    const keys = join(folder, "keys");
    mkdirSync(join(folder, "data"));
    mkdirSync(keys);
    writeFileSync(join(keys, "api-key"), `${apiKey}\n`, { mode: 0o600 });
    writeFileSync(join(keys, "identity.json"), JSON.stringify(identity));
    backEnd.#program = await Program.start({
      name: "The demo's back end",
      command: process.execPath,
      words: [fileURLToPath(new URL("../../www/server.mjs", import.meta.url))],
      environment: {
        PORT: String(socket.port),
        LISTEN_FD: "0",
        COSIGNER_URL: cosigner,
        COSIGNER_IDENTITY_FILE: join(keys, "identity.json"),
        COSIGNER_API_KEY_FILE: join(keys, "api-key"),
        SHARE_KEY_FILE: join(keys, "share-key"),
        DATABASE_FILE: backEnd.databaseFile,
      },
      input: socket.handle,
      ready: /^The demo is at /m,
    });
    socket.release();
    return backEnd;
  }

  /** Everything that it wrote. */
  get log() {
    return this.#program.output;
  }

  /** Ends it. */
  async stop() {
    await this.#program.stop();
  }
}
