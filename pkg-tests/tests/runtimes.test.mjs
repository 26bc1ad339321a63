// What runs on servers: each runtime makes a wallet with the real co-signer, or says which line it needs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import { build as vite7 } from "vite7";
import workerd from "workerd";
import { Program } from "../harness/process.mjs";
import { Stage } from "../harness/stage.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SETUPS = here("../consumers/setups");

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

const connection = () => ({ cosigner: stage.line.url, apiKey: stage.coSigner.apiKey });

/** Expects what a runtime found: a wallet that the co-signer has, and the page's part refused with a sentence. */
async function madeAWallet(claimantId, { address, inPage, failed }) {
  assert.equal(failed, undefined, failed?.message);
  const [wallet] = await stage.server.getWallets({ claimantId });
  assert.equal(address, wallet.address);
  assert.deepEqual([inPage.name, inPage.code], ["ClaimkitError", "passkey_unsupported"]);
  assert.match(inPage.message, /needs a browser/);
}

test("Cloudflare's runtime makes a wallet, without Node's modules", async () => {
  const folder = stage.folder("cloudflare");
  const from = (path) => join(SETUPS, "cloudflare", path);
  // As wrangler bundles: for its condition, with the module's file left to the runtime.
  await esbuild({ entryPoints: [from("worker.js")], bundle: true, format: "esm", conditions: ["workerd"], external: ["*.wasm"], outfile: join(folder, "worker.js"), logLevel: "error" });
  copyFileSync(fileURLToPath(import.meta.resolve("claimkit/claimkit.wasm")), join(folder, "claimkit.wasm"));
  copyFileSync(from("config.capnp"), join(folder, "config.capnp"));
  // It tells its port where it is told to, here with its output.
  const words = ["serve", join(folder, "config.capnp"), "--control-fd=1"];
  const program = await Program.start({ name: "workerd", command: workerd.default, words, ready: /"event":"listen".*"port":(\d+)/ });
  try {
    const claimantId = stage.someone();
    const body = JSON.stringify({ ...connection(), claimantId });
    const answer = await fetch(`http://localhost:${program.said[1]}`, { method: "POST", body });
    assert.equal(answer.status, 200, program.output);
    const found = await answer.json();
    await madeAWallet(claimantId, found);
    assert.deepEqual([found.refused.name, found.refused.code], ["ClaimkitError", "invalid_argument"]);
  } finally {
    await program.stop();
  }
});

const ENTRY = join(SETUPS, "server/main.js");
const rendered = (build) => (outDir) =>
  build({ root: here("../"), configFile: false, logLevel: "error", ssr: { noExternal: true }, build: { ssr: ENTRY, outDir, emptyOutDir: true, rollupOptions: { output: { entryFileNames: "main.mjs" } } } });

for (const [bundler, build] of Object.entries({
  "Vite 8": rendered(vite),
  "Vite 7": rendered(vite7),
  esbuild: (outdir) => esbuild({ entryPoints: [ENTRY], bundle: true, platform: "node", format: "esm", outdir, outExtension: { ".js": ".mjs" }, logLevel: "error" }),
})) {
  test(`${bundler} makes a server's bundle that makes a wallet`, async () => {
    const folder = stage.folder(`server-${bundler}`);
    await build(folder);
    assert.deepEqual(readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".wasm")), []);
    const claimantId = stage.someone();
    const { stdout } = await run(process.execPath, [join(folder, "main.mjs"), JSON.stringify(connection()), JSON.stringify(claimantId)]);
    await madeAWallet(claimantId, JSON.parse(stdout));
  });
}
