// A folder of files, or files that a test makes up, on an origin of its own.

import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/**
 * Serves on a port that the system draws, or on `port`.
 *
 * @param {{ folder?: string, files?: Record<string, string>, policy?: string, port?: number }} options `files`: by path, before the folder's;
 *   `policy`: the Content-Security-Policy of every answer
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export async function serveSite({ folder, files = {}, policy, port = 0 }) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    const file = folder && join(folder, path);
    const body = files[path] ?? (file && existsSync(file) ? readFileSync(file) : undefined);
    if (body === undefined) return response.writeHead(404).end();
    if (policy) response.setHeader("Content-Security-Policy", policy);
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    response.end(body);
  });
  server.listen(port, "localhost");
  await once(server, "listening");
  return {
    origin: `http://localhost:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
