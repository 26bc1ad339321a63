// A folder of files, or files that a test makes up.

import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { Origin } from "./pages.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/**
 * What an origin answers with: the files.
 *
 * @param {{ folder?: string, files?: Record<string, string>, policy?: string, headers?: Record<string, string> }} options `files`: by path,
 *   before the folder's; `policy`: the Content-Security-Policy of every answer; `headers`: more of them
 * @returns {import("./pages.mjs").Answer}
 */
export const siteOf =
  ({ folder, files = {}, policy, headers = {} }) =>
  (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    const file = folder && join(folder, path);
    const body = files[path] ?? (file && existsSync(file) ? readFileSync(file) : undefined);
    if (body === undefined) return response.writeHead(404).end();
    if (policy) response.setHeader("Content-Security-Policy", policy);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    response.end(body);
  };

/** Serves the files on an origin of their own. */
export async function serveSite(options) {
  const origin = await Origin.open();
  origin.serve(siteOf(options));
  return origin;
}
