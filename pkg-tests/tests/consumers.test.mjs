// The packed tarball in the hands of those who install it.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as bundle } from "esbuild";
import { build, createServer } from "vite";
import { Authenticator } from "../harness/browser.mjs";
import { isHandedOver } from "../harness/ownership.mjs";
import { Client, Stage } from "../harness/stage.mjs";
import { tarball } from "../harness/tarball.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(here("../node_modules/claimkit/package.json"), "utf8"));

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

test("the tarball has one wasm file, no dependency, and types for each entry", () => {
  const files = execFileSync("tar", ["-tzf", tarball()], { encoding: "utf8" }).trim().split("\n");
  assert.equal(files.filter((file) => file.endsWith(".wasm")).length, 1);
  assert.deepEqual(files.filter((file) => /\.(rs|tsbuildinfo|tgz|lock)$|\.env|node_modules|test/.test(file)), []);
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(manifest.scripts?.postinstall ?? manifest.scripts?.install, undefined);
  assert.equal(manifest.type, "module");
  for (const entry of [".", "./inline", "./server", "./worker", "./viem"]) {
    const target = manifest.exports[entry];
    assert.ok(target, entry);
    assert.equal(Object.keys(target)[0], "types", `${entry}: types come first`);
    assert.ok(existsSync(here(`../node_modules/claimkit/${target.types}`)), `${entry}: ${target.types}`);
  }
});

test("each entry is imported in Node without a side effect", async () => {
  const folder = stage.folder("node");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  await run("npm", ["install", "--no-save", "--no-audit", "--no-fund", tarball()], { cwd: folder });
  assert.deepEqual(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")), ["claimkit"]);
  writeFileSync(
    join(folder, "main.js"),
    `const before = Object.keys(globalThis).join();
     const all = await Promise.all(["claimkit", "claimkit/inline", "claimkit/server", "claimkit/worker"].map((name) => import(name)));
     if (Object.keys(globalThis).join() !== before) throw new Error("a global was added");
     console.log(JSON.stringify(all.map((entry) => Object.keys(entry).sort())));`,
  );
  const { stdout, stderr } = await run(process.execPath, ["main.js"], { cwd: folder });
  assert.equal(stderr, "");
  const browser = ["connect", "init", "isClaimkitError", "verifyReceipt", "verifyRefusal"];
  assert.deepEqual(JSON.parse(stdout), [browser, browser, ["connectServer", "isClaimkitError", "verifyProof", "verifyReceipt", "verifyRefusal"], []]);
});

test("the page's entry says in Node that it needs a browser", async () => {
  const { connect, isClaimkitError } = await import("claimkit/inline");
  const error = await connect({ cosigner: stage.line.url })
    .then((kit) => kit.wallets())
    .then(
      () => undefined,
      (thrown) => thrown,
    );
  assert.ok(isClaimkitError(error), String(error));
  assert.match(error.message, /needs a browser/);
});

for (const [name, words] of Object.entries({
  bundlers: ["--module", "esnext", "--moduleResolution", "bundler"],
  Node: ["--module", "nodenext", "--moduleResolution", "nodenext"],
})) {
  test(`a TypeScript consumer type-checks, as for ${name}`, async () => {
    const strict = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--lib", "es2022,dom", "--types", "", ...words];
    const tsc = here("../node_modules/.bin/tsc");
    const check = (file, ...more) => run(tsc, [...strict, ...more, here(`../consumers/typescript/${file}`)]).catch((error) => assert.fail(error.stdout));
    await check("consumer.ts");
    await check("viem.ts", "--skipLibCheck");
  });
}

test("a back end type-checks without the DOM library", async () => {
  const words = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022", "--types", "node"];
  await run(here("../node_modules/.bin/tsc"), [...words, here("../consumers/typescript/server.ts")]).catch((error) => assert.fail(error.stdout));
});

test("a page built with Vite claims a wallet, in a worker too", async () => {
  const outDir = stage.folder("vite");
  await build({ root: here("../consumers/vite"), base: "./", logLevel: "error", build: { outDir, emptyOutDir: true, target: "es2022" } });
  for (const where of ["", "&worker"]) await claimsAWallet(() => serve(outDir), where);
});

test("a page on Vite's development server claims a wallet, in a worker too", async () => {
  const cacheDir = stage.folder("vite-cache");
  const start = async () => {
    const server = await createServer({
      root: here("../consumers/vite"),
      cacheDir,
      logLevel: "error",
      server: { middlewareMode: true, hmr: { server: stage.consumer.server }, fs: { allow: [here("../")] } },
      appType: "spa",
    });
    stage.consumer.serve(server.middlewares);
    return () => server.close();
  };
  for (const where of ["", "&worker"]) await claimsAWallet(start, where);
});

test("a page built with esbuild claims a wallet, by the inline entry, in a worker of its own too", async () => {
  const outDir = stage.folder("esbuild");
  const entryPoints = ["main", "worker"].map((name) => here(`../consumers/esbuild/${name}.js`));
  await bundle({ entryPoints, bundle: true, format: "esm", outdir: outDir, logLevel: "error" });
  writeFileSync(join(outDir, "index.html"), readFileSync(here("../consumers/esbuild/index.html")));
  for (const where of ["", "&worker"]) await claimsAWallet(() => serve(outDir), where);
});

/** Serves a built folder under the strict policy. */
async function serve(folder) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
  stage.consumer.serve((request, response) => {
    const { pathname } = new URL(request.url, stage.consumer.url);
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader("Content-Security-Policy", `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ${stage.line.url}`);
    response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
    response.end(readFileSync(file));
  });
  return () => stage.consumer.serve();
}

/** @param {string} where what the page's address says of a worker */
async function claimsAWallet(start, where = "") {
  const prepared = await stage.prepare();
  const stop = await start();
  const context = await stage.browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(`${message.text()} ${message.location().url}`));
    const authenticator = await Authenticator.plugInto(page);
    await page.goto(`${stage.consumer.url}/?cosigner=${encodeURIComponent(stage.line.url)}${where}`);
    await page.waitForFunction(() => window.kit !== undefined, undefined).catch((error) => assert.fail(`${error.message}\n${complaints.join("\n")}`));
    assert.equal(page.workers().length, where ? 1 : 0);
    const client = new Client(page, authenticator, stage.line.url);
    const publicKey = await client.run(() => window.kit.publicKey);
    await client.claim(stage.server.sealFor({ share: prepared.share, to: publicKey }));
    await isHandedOver(stage, client, prepared);
    assert.deepEqual(complaints.filter((text) => !text.endsWith("/favicon.ico")), []);
  } finally {
    await context.close();
    await stop();
  }
}
