// Bundlers, runtimes and policies: each works as the README's set-ups say, or says which line it needs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import resolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite7, createServer } from "vite7";
import webpack from "webpack";
import { PATIENCE } from "../harness/browser.mjs";
import { Origin } from "../harness/pages.mjs";
import { serveSite, siteOf } from "../harness/site.mjs";
import { Stage } from "../harness/stage.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = dirname(here("../node_modules/claimkit/package.json"));
const SETUPS = here("../consumers/setups");
const HTML = readFileSync(join(SETUPS, "index.html"), "utf8");
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const WORKS = { key: 43, wallets: 0, refused: "invalid_argument" };

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/** What a page at `url` finds of the package. */
async function found(url) {
  const context = await stage.browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.waitForFunction(() => window.found !== undefined, undefined, { timeout: PATIENCE }).catch((error) => assert.fail(`${error.message}\n${complaints.join("\n")}`));
    return await page.evaluate(() => window.found);
  } finally {
    await context.close();
  }
}

/** What a page of a folder, or of files, finds; `query`: its address's. */
async function foundIn(site, query = "") {
  const served = await serveSite({ policy: STRICT, ...site });
  return found(`${served.url}/${query}`).finally(() => served.close());
}

const failsWith = (outcome, code, ...words) => {
  assert.equal(outcome.code, code, outcome.message);
  for (const word of words) assert.ok(outcome.message.includes(word), `${word}: ${outcome.message}`);
};

test("webpack copies the module and its worker by itself", async () => {
  const folder = stage.folder("webpack");
  // Minifying takes longer than all the rest, and no test looks at what it gives.
  const config = { mode: "production", context: SETUPS, entry: "./main.js", output: { path: folder, filename: "main.js" }, performance: false, optimization: { minimize: false } };
  const stats = await promisify(webpack)(config);
  assert.deepEqual(stats.compilation.errors, []);
  for (const query of ["", "?worker"]) assert.deepEqual(await foundIn({ folder, files: { "/index.html": HTML } }, query), WORKS, query);
});

test("Vite 7's build copies the module and its worker by itself", async () => {
  const folder = stage.folder("vite7-build");
  await vite7({ root: SETUPS, base: "./", configFile: false, logLevel: "error", build: { outDir: folder, target: "es2022" } });
  for (const query of ["", "?worker"]) assert.deepEqual(await foundIn({ folder }, query), WORKS, query);
});

for (const [entry, outcome] of Object.entries({ main: undefined, inline: WORKS, address: WORKS })) {
  test(`rollup, with the entry ${entry}, works or names what does`, async () => {
    const folder = stage.folder(`rollup-${entry}`);
    const bundle = await rollup({ input: join(SETUPS, `${entry}.js`), plugins: [resolve({ browser: true })], onwarn: () => {} });
    await bundle.write({ dir: folder, format: "es", entryFileNames: "main.js", inlineDynamicImports: true });
    copyFileSync(fileURLToPath(import.meta.resolve("claimkit/claimkit.wasm")), join(folder, "claimkit.wasm"));
    const got = await foundIn({ folder, files: { "/index.html": HTML } });
    if (outcome) assert.deepEqual(got, outcome);
    else failsWith(got, "internal", "status 404", "rollup", "claimkit/inline", "claimkit/claimkit.wasm");
  });
}

for (const [entry, outcome] of Object.entries({ main: undefined, inline: WORKS, address: WORKS })) {
  test(`esbuild's default format, with the entry ${entry}, works or names what does`, async () => {
    const folder = stage.folder(`esbuild-${entry}`);
    await esbuild({ entryPoints: [join(SETUPS, `${entry}.js`)], bundle: true, outfile: join(folder, "main.js"), logLevel: "error", logOverride: { "empty-import-meta": "silent" } });
    copyFileSync(join(PACKAGE, "dist/wasm/claimkit_bg.wasm"), join(folder, "claimkit.wasm"));
    const got = await foundIn({ folder, files: { "/index.html": HTML } });
    if (outcome) assert.deepEqual(got, outcome);
    else failsWith(got, "internal", "esbuild", "claimkit/inline", "claimkit/claimkit.wasm");
  });
}

for (const [exclude, outcome] of [
  [["claimkit"], WORKS],
  [[], undefined],
]) {
  test(`Vite 7's development server works with the line that the error names (${exclude})`, async () => {
    const root = stage.folder(`vite7-${exclude}`);
    cpSync(SETUPS, root, { recursive: true });
    cpSync(PACKAGE, join(root, "node_modules/claimkit"), { recursive: true });
    writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module", dependencies: { claimkit: "*" } }));
    const server = await createServer({ root, configFile: false, logLevel: "silent", optimizeDeps: { exclude }, server: { port: 0, host: "localhost" } });
    try {
      await server.listen();
      const got = await found(server.resolvedUrls.local[0]);
      if (outcome) assert.deepEqual(got, outcome);
      else failsWith(got, "internal", 'optimizeDeps: { exclude: ["claimkit"] }', "Vite up to 7");
    } finally {
      await server.close();
    }
  });
}

/** A page without a bundler. */
function mapped() {
  const map = `<script type="importmap" nonce="n1">{ "imports": { "claimkit": "/dist/index.js" } }</script>`;
  const files = { "/index.html": HTML.replace("<script", `${map}\n<script`), "/main.js": readFileSync(join(SETUPS, "main.js"), "utf8"), "/look.js": readFileSync(join(SETUPS, "look.js"), "utf8") };
  return { folder: PACKAGE, files, policy: `${STRICT} 'nonce-n1'` };
}

test("an import map needs no bundler", async () => {
  for (const query of ["", "?worker"]) assert.deepEqual(await foundIn(mapped(), query), WORKS, query);
});

test("an isolated page works, in a worker too", async () => {
  const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  for (const query of ["", "?worker"]) assert.deepEqual(await foundIn({ ...mapped(), headers }, query), WORKS, query);
});

test("a page under Trusted Types works without a policy of its own", async () => {
  const { policy, ...site } = mapped();
  assert.deepEqual(await foundIn({ ...site, policy: `${policy}; require-trusted-types-for 'script'; trusted-types 'none'` }), WORKS);
});

test("a sandboxed frame is told that it has no storage", async () => {
  const { files, folder } = mapped();
  const outer = `<!doctype html><title>Around it</title><iframe sandbox="allow-scripts" src="/index.html?framed"></iframe>
    <script>addEventListener("message", ({ data }) => (window.found = data));</script>`;
  const tell = `<script type="module">parent.postMessage(await window.found, "*");</script></head>`;
  const framed = { ...files, "/index.html": files["/index.html"].replace("</head>", tell), "/outer.html": outer };
  // Of no origin: it loads its own files as a stranger.
  const got = await foundIn({ folder, files: framed, policy: undefined, headers: { "Access-Control-Allow-Origin": "*" } }, "outer.html");
  failsWith(got, "storage_unavailable");
});

test("the inline entry wants a worker of the page's own", async () => {
  const folder = stage.folder("inline-worker");
  await esbuild({ entryPoints: [join(SETUPS, "inline.js")], bundle: true, format: "esm", outfile: join(folder, "main.js"), logLevel: "error" });
  failsWith(await foundIn({ folder, files: { "/index.html": HTML } }, "?worker"), "invalid_argument", "claimkit/worker");
});

test("a policy that forbids WebAssembly is named", async () => {
  const folder = stage.folder("policy");
  await esbuild({ entryPoints: [join(SETUPS, "inline.js")], bundle: true, format: "esm", outfile: join(folder, "main.js"), logLevel: "error" });
  failsWith(await foundIn({ folder, files: { "/index.html": HTML }, policy: "default-src 'self'" }), "internal", "'wasm-unsafe-eval'", "script-src");
});

for (const [what, isListed, policy] of [
  ["a policy without the co-signer's address", true, STRICT],
  ["an origin that the co-signer does not list", false, undefined],
]) {
  test(`${what} is among what the error says to look at`, async () => {
    const { share } = await stage.prepare();
    const site = isListed ? stage.consumer : await Origin.open();
    site.serve(siteOf({ folder: PACKAGE, files: { "/index.html": "<!doctype html><title>A page</title>" }, policy }));
    const context = await stage.browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(site.url);
      const key = await page.evaluate(async (cosigner) => {
        const { connect } = await import("/dist/index.js");
        window.kit = await connect({ cosigner });
        return window.kit.publicKey;
      }, stage.line.url);
      const error = await page.evaluate(
        async ({ share, ticket }) => {
          const claim = await window.kit.load({ share });
          return claim.start({ proof: { ticket } }).then(
            () => undefined,
            ({ code, message, retryable }) => ({ code, message, retryable }),
          );
        },
        stage.server.sealFor({ share, to: key }),
      );
      failsWith(error, "co_signer_unreachable", "connect-src", "`origins`", "headers");
      assert.equal(error.retryable, true);
    } finally {
      await context.close();
      site.serve();
      if (!isListed) await site.close();
    }
  });
}

test("CommonJS requires the entry for servers", async () => {
  const { connectServer } = createRequire(import.meta.url)("claimkit/server");
  const server = await connectServer({ cosigner: stage.line.url, apiKey: stage.coSigner.apiKey });
  assert.equal(await server.hasWallet({ claimantId: stage.someone() }), false);
});

test("the page's entry says on a server that it needs a browser", async () => {
  const script = `const { connect } = await import("claimkit"); const error = await connect({ cosigner: "https://cosigner.example.com" }).catch((error) => error); console.log(error.name, error.code, error.message);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: here("../") });
  assert.match(stdout, /^ClaimkitError passkey_unsupported .*needs a browser.*claimkit\/server/);
});

test("an edge runtime is told to run on Node", async () => {
  const script = `for (const [entry, call] of [["claimkit", "connect"], ["claimkit/server", "connectServer"]]) { const error = await (await import(entry))[call]({}).catch((error) => error); console.log(error.name, error.message); }`;
  const { stdout } = await run(process.execPath, ["--conditions=edge-light", "--input-type=module", "-e", script], { cwd: here("../") });
  assert.match(stdout, /^ClaimkitError .*claimkit\/server.*\nClaimkitError .*runtime = "nodejs"/);
});

test("for Cloudflare Workers the entry for servers imports its module, and nothing of Node", async () => {
  const { outputFiles } = await esbuild({
    stdin: { contents: `export * from "claimkit/server";`, resolveDir: here("../") },
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["*.wasm"],
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [{ text }] = outputFiles;
  assert.ok(/from ?".*claimkit_bg\.wasm"/.test(text));
  assert.ok(!text.includes("node:"));
});

test("what lacks text coders can import every entry", async () => {
  const script = `delete globalThis.TextDecoder; delete globalThis.TextEncoder; for (const entry of ["claimkit", "claimkit/inline", "claimkit/server", "claimkit/worker"]) await import(entry); console.log("imported");`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: here("../") });
  assert.equal(stdout, "imported\n");
});

test("isClaimkitError alone costs next to nothing", async () => {
  const { outputFiles } = await esbuild({
    stdin: { contents: `import { isClaimkitError } from "claimkit"; console.log(isClaimkitError(1));`, resolveDir: here("../") },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  assert.ok(outputFiles[0].text.length < 1_000, `${outputFiles[0].text.length} bytes`);
});

test("the tarball has its licences and gives the module's file an address", () => {
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) assert.ok(existsSync(join(PACKAGE, file)), file);
  assert.ok(existsSync(fileURLToPath(import.meta.resolve("claimkit/claimkit.wasm"))));
});
