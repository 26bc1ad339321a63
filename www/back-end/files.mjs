// The page's files, and those of the packages that the page imports, as they are: nothing is bundled or rewritten.

import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveExport } from "./exports.mjs";
import { Refusal } from "./refusal.mjs";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The packages that the page may import; nothing else of node_modules is served. */
const PACKAGES = ["claimkit", "@noble/hashes"];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Answers with files: `/…` from `page/`, `/packages/<package>/…` from the package's folder, and `/packages/<package>` or
 * `/packages/<package>:<subpath>` with a redirection to what the package's `exports` name for a browser.
 */
export function readFiles() {
  const page = here("../page/");
  const packages = PACKAGES.map((name) => {
    const folder = here(`../node_modules/${name}/`);
    return { name, folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) };
  });

  return async (path) => {
    if (!path.startsWith("/packages/")) return file(page, path === "/" ? "index.html" : path.slice(1));
    const wanted = path.slice("/packages/".length);
    for (const { name, folder, manifest } of packages) {
      if (wanted === name) return redirection(name, resolveExport(manifest, "."));
      if (wanted.startsWith(`${name}:`)) return redirection(name, resolveExport(manifest, `./${wanted.slice(name.length + 1)}`));
      if (wanted.startsWith(`${name}/`)) return file(folder, wanted.slice(name.length + 1));
    }
    throw missing();
  };
}

function redirection(name, target) {
  if (!target) throw missing();
  return { location: `/packages/${name}/${target.slice(2)}` };
}

async function file(folder, path) {
  const full = normalize(join(folder, path));
  const type = TYPES[extname(full)];
  const inside = full.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  if (!type || !inside || full.includes("\0") || !statSync(full, { throwIfNoEntry: false })?.isFile()) throw missing();
  return { type, body: await readFile(full) };
}

function missing() {
  return new Refusal(404, "not_found", "There is no such file.");
}
