// Frameworks, bundlers and runtimes that take long to install: the long form alone runs this file, with the packages of `frameworks/`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PATIENCE } from "../harness/browser.mjs";
import { Program } from "../harness/process.mjs";
import { serveSite } from "../harness/site.mjs";
import { Stage } from "../harness/stage.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = dirname(here("../node_modules/claimkit/package.json"));
const SETUPS = here("../consumers/setups");
const FRAMEWORKS = here("../frameworks");
const HTML = readFileSync(join(SETUPS, "index.html"), "utf8");
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const WORKS = { key: 43, wallets: 0, refused: "invalid_argument" };
/** How long a build may take on a machine that does much else, in milliseconds. */
const BUILD_TIME = 600_000;

let stage;
before(async () => {
  await install();
  stage = await Stage.set();
});
after(() => stage?.strike());

/** Installs what the lockfile names, if it has changed, and the package beside it. */
async function install() {
  const [wanted, stamp] = [readFileSync(join(FRAMEWORKS, "package-lock.json"), "utf8"), join(FRAMEWORKS, "node_modules/.claimkit-lockfile")];
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    await run("npm", ["ci"], { cwd: FRAMEWORKS });
    writeFileSync(stamp, wanted);
  }
  rmSync(join(FRAMEWORKS, "node_modules/claimkit"), { recursive: true, force: true });
  cpSync(PACKAGE, join(FRAMEWORKS, "node_modules/claimkit"), { recursive: true });
}

const tool = (name) => join(FRAMEWORKS, "node_modules/.bin", name);

/** Runs a tool, and fails with what it wrote. */
async function tried(command, words, options) {
  try {
    return (await run(command, words, { timeout: BUILD_TIME, ...options })).stdout;
  } catch (error) {
    assert.fail(`${error.message}\n${error.stdout}`);
  }
}

/** What a page at `url` finds of the package. */
async function found(url) {
  const context = await stage.browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(url);
    await page.waitForFunction(() => window.found !== undefined, undefined, { timeout: PATIENCE }).catch((error) => assert.fail(`${error.message}\n${complaints.join("\n")}`));
    return await page.evaluate(() => window.found);
  } finally {
    await context.close();
  }
}

/** Expects the pages of a folder to work. */
async function worksIn(folder, { files = { "/index.html": HTML }, queries = ["", "?worker"], policy = STRICT } = {}) {
  const site = await serveSite({ folder, files, policy });
  try {
    for (const query of queries) assert.deepEqual(await found(`${site.url}/${query}`), WORKS, query);
  } finally {
    await site.close();
  }
}

test("Rspack copies the module and its worker by itself", async () => {
  const { rspack } = createRequire(join(FRAMEWORKS, "package.json"))("@rspack/core");
  const path = stage.folder("rspack");
  const stats = await promisify(rspack)({ mode: "production", context: SETUPS, entry: "./main.js", output: { path, filename: "main.js" }, performance: false });
  assert.deepEqual(stats.toJson({ all: false, errors: true }).errors, []);
  await worksIn(path);
});

for (const [entry, more] of [
  ["main", {}],
  // The line of the README: without it Parcel looks at no `exports`.
  ["inline", { "@parcel/resolver-default": { packageExports: true } }],
]) {
  test(`Parcel, with the entry ${entry}, works`, async () => {
    const folder = stage.folder(`parcel-${entry}`);
    for (const file of ["look.js", `${entry}.js`]) cpSync(join(SETUPS, file), join(folder, file));
    writeFileSync(join(folder, "index.html"), HTML.replace("./main.js", `./${entry}.js`));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", browserslist: "last 2 Chrome versions", ...more }));
    cpSync(PACKAGE, join(folder, "node_modules/claimkit"), { recursive: true });
    await tried(process.execPath, [join(FRAMEWORKS, "parcel.mjs")], { cwd: folder });
    // Its page has an import map inside: under a policy that would need a hash.
    await worksIn(join(folder, "out"), { files: {}, queries: entry === "main" ? ["", "?worker"] : [""], policy: "" });
  });
}

/** Builds the application of Angular from one of its entries. */
async function angular(entry, ...more) {
  const folder = stage.folder(`angular-${entry}`);
  await tried(process.execPath, [join(FRAMEWORKS, "angular.mjs"), `angular/src/${entry}.ts`, folder, ...more]);
  return join(folder, "browser");
}

test("Angular works with the module in a chunk, or as an asset", async () => {
  for (const [entry, ...more] of [["late"], ["address", "node_modules/claimkit/dist/wasm"]]) {
    await worksIn(await angular(entry, ...more), { files: {}, queries: [""] });
  }
});

test("Angular without either is told what it lacks", async () => {
  const site = await serveSite({ folder: await angular("main"), policy: STRICT });
  try {
    const { code, message } = await found(site.url);
    assert.equal(code, "internal", message);
    for (const word of ["Angular", "claimkit/inline", "claimkit/claimkit.wasm"]) assert.ok(message.includes(word), message);
  } finally {
    await site.close();
  }
});

/** Expects what a server found: a wallet that the co-signer has, and the page's part refused with a sentence. */
async function madeAWallet(claimantId, { address, inPage }) {
  const [wallet] = await stage.server.getWallets({ claimantId });
  assert.equal(address, wallet.address);
  assert.equal(inPage.code, "passkey_unsupported");
  assert.match(inPage.message, /needs a browser/);
}

const connection = () => ({ cosigner: stage.line.url, apiKey: stage.coSigner.apiKey });

test("Next builds a page, a worker and a route that work", async () => {
  const environment = { NEXT_TELEMETRY_DISABLED: "1" };
  const app = join(FRAMEWORKS, "next");
  await tried(tool("next"), ["build", app], { env: { ...process.env, ...environment } });
  const words = [tool("next"), "start", app, "--port", "0", "--hostname", "localhost"];
  const server = await Program.start({ name: "Next", command: process.execPath, words, environment, ready: /Local:\s+(http:\S+)[\s\S]*Ready/ });
  try {
    const url = server.said[1];
    for (const query of ["", "?worker"]) assert.deepEqual(await found(`${url}/${query}`), WORKS, query);
    const claimantId = stage.someone();
    const answer = await fetch(`${url}/api/wallet`, { method: "POST", body: JSON.stringify({ ...connection(), claimantId }) });
    assert.equal(answer.status, 200, server.output);
    await madeAWallet(claimantId, await answer.json());
  } finally {
    await server.stop();
    rmSync(join(app, ".next"), { recursive: true, force: true });
  }
});

for (const [runtime, command, ...words] of [
  ["Bun", tool("bun")],
  ["Deno", tool("deno"), "run", "--allow-all", "--node-modules-dir=manual"],
]) {
  test(`${runtime} makes a wallet`, async () => {
    const claimantId = stage.someone();
    const stdout = await tried(command, [...words, join(SETUPS, "server/main.js"), JSON.stringify(connection()), JSON.stringify(claimantId)]);
    await madeAWallet(claimantId, JSON.parse(stdout));
  });
}

test("Bun's bundler works with the entry that the error names", async () => {
  for (const entry of ["main", "inline"]) {
    const folder = stage.folder(`bun-${entry}`);
    await tried(tool("bun"), ["build", join(SETUPS, `${entry}.js`), "--outdir", folder, "--entry-naming", "main.js"]);
    if (entry === "inline") await worksIn(folder, { queries: [""] });
    else {
      const site = await serveSite({ folder, files: { "/index.html": HTML }, policy: STRICT });
      const { message } = await found(site.url).finally(() => site.close());
      for (const word of ["Bun", "claimkit/inline"]) assert.ok(message.includes(word), message);
    }
  }
});

test("Jest runs the module, and imports the page's entry", async () => {
  const words = ["--experimental-vm-modules", join(FRAMEWORKS, "node_modules/jest/bin/jest.js"), "--rootDir", join(FRAMEWORKS, "jest"), "--testMatch", "**/*.test.mjs"];
  await tried(process.execPath, words, { env: { ...process.env, NODE_OPTIONS: "" } });
});
