// Runs the tests: `node run.mjs [page|worker|engines] [file…]`, all groups if none is named. A file's name may leave out `.test.mjs`.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Engines beside Chromium. */
const ENGINES = ["firefox", "webkit"];
/** Files that hold for the module in a worker of the page, too: the harness puts it there (`CLAIMKIT_MODULE`). */
const IN_WORKER = ["arguments", "claim", "forged-pages", "further-passkeys", "passkey-shapes", "passkeys", "proofs", "residue", "schemes", "sessions", "signals", "tabs", "wrapped"];
/** Files of the long form, unless they are named: what they install takes more time than all other files together. */
const LONG = process.env.CLAIMKIT_LONG ? [] : ["frameworks"];
/** Files that are about the worker itself. */
const OF_WORKER = ["worker"];

const all = readdirSync(new URL("./tests/", import.meta.url)).map((file) => basename(file, ".test.mjs"));
const GROUPS = {
  page: { files: all.filter((name) => ![...ENGINES, ...OF_WORKER].includes(name)), environment: {} },
  worker: { files: [...OF_WORKER, ...IN_WORKER], environment: { CLAIMKIT_MODULE: "worker" } },
  engines: { files: ENGINES, environment: {} },
};

/** Two: a file's browser waits often enough for its co-signer for another one to run beside it. */
const FILES_AT_ONCE = Math.min(availableParallelism(), 2);

const named = process.argv.slice(2).map((word) => basename(word, ".test.mjs"));
const groups = Object.keys(GROUPS).filter((name) => named.includes(name));
const files = named.filter((name) => !(name in GROUPS));
const unknown = files.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no test file of this name: ${unknown.join(", ")}.`);
  process.exit(1);
}

let holds = true;
for (const group of groups.length > 0 ? groups : Object.keys(GROUPS)) {
  const { files: every, environment } = GROUPS[group];
  const wanted = every.filter((name) => (files.length > 0 ? files.includes(name) : !LONG.includes(name)));
  if (wanted.length === 0) continue;
  const words = ["--test", `--test-concurrency=${FILES_AT_ONCE}`, "--test-timeout=900000", "--test-reporter=spec"];
  const { status } = spawnSync(process.execPath, [...words, ...wanted.map((name) => `tests/${name}.test.mjs`)], {
    cwd: fileURLToPath(new URL("./", import.meta.url)),
    env: { ...process.env, ...environment },
    stdio: "inherit",
  });
  holds &&= status === 0;
}
process.exitCode = holds ? 0 : 1;
