// A browser extension (Manifest V3): the package in a page of it and in its service worker, as the README's set-ups say.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Profile } from "../harness/browser.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = dirname(here("../node_modules/claimkit/package.json"));
const SETUPS = here("../consumers/setups");
const WORKS = { key: 43, wallets: 0, refused: "invalid_argument" };

let folder;
let profile;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "claimkit-"));
  const all = [extension("allowed"), extension("default", (manifest) => delete manifest.content_security_policy)].join();
  // In a folder of its own: a browser reads its profile's as it likes.
  profile = await Profile.open(join(folder, "profile"), { words: [`--load-extension=${all}`, `--disable-extensions-except=${all}`] });
});
after(async () => {
  await profile?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An unpacked extension: pages, service worker and the package, without a bundler. */
function extension(name, change = () => {}) {
  const path = join(folder, name);
  mkdirSync(path);
  cpSync(join(SETUPS, "extension"), path, { recursive: true });
  for (const file of ["index.html", "look.js"]) cpSync(join(SETUPS, file), join(path, file));
  cpSync(PACKAGE, join(path, "claimkit"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
  change(manifest);
  writeFileSync(join(path, "manifest.json"), JSON.stringify(manifest));
  return path;
}

/** The origin of an unpacked extension: Chromium makes its id from its path. */
function originOf(name) {
  const digest = createHash("sha256").update(join(folder, name)).digest("hex");
  return `chrome-extension://${Array.from(digest.slice(0, 32), (digit) => "abcdefghijklmnop"[Number.parseInt(digit, 16)]).join("")}`;
}

/** What the extension's page finds, in each place. */
async function found(name) {
  const page = await profile.context.newPage();
  await page.goto(`${originOf(name)}/index.html`);
  return page.evaluate(() => window.found).finally(() => page.close());
}

test("an extension works, in page, worker and service worker", async () => {
  const { page, pagesWorker, serviceWorker, serviceWorkersWorker } = await found("allowed");
  assert.deepEqual({ page, pagesWorker, serviceWorker }, { page: WORKS, pagesWorker: WORKS, serviceWorker: WORKS });
  // Service workers may not import later: there is no worker to be had from one.
  assert.equal(serviceWorkersWorker.code, "internal", serviceWorkersWorker.message);
  assert.match(serviceWorkersWorker.message, /service worker leave `worker` out/);
});

test("an extension without the line is told it", async () => {
  const all = await found("default");
  for (const [place, { code, message }] of Object.entries(all)) {
    if (place === "serviceWorkersWorker") continue;
    assert.equal(code, "internal", `${place}: ${message}`);
    assert.match(message, /'wasm-unsafe-eval'.*content_security_policy\.extension_pages/, place);
  }
});
