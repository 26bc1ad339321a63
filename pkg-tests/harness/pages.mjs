// Pages that hold nothing but the package: an origin that a test makes up, over http or https.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../node_modules/claimkit/", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8"));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** A server of such pages. */
export class Pages {
  #server;

  /**
   * Serves on a port: `/` is a page, `/packages/claimkit` the package, as on the demo's pages.
   *
   * @param {{ port: number, tls?: { key: string, cert: string }, files?: Record<string, unknown> }} options `tls`: a key and its certificate,
   *   for https; `files`: what is served as JSON besides, by path
   */
  static async serve({ port, tls, files = {} }) {
    const pages = new Pages();
    const answer = (request, response) => {
      const found = find(request.url, files);
      response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain" });
      response.end(found?.body);
    };
    pages.#server = tls ? https.createServer(tls, answer) : http.createServer(answer);
    pages.#server.listen(port, "localhost");
    await once(pages.#server, "listening");
    return pages;
  }

  /** Ends it. */
  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function find(path, files) {
  if (path === "/") return { type: "text/html", body: "<!doctype html><title>A page with the package</title>" };
  if (path === "/packages/claimkit") return { type: "text/javascript", body: `export * from "/packages/claimkit/${exports["."].browser.slice(2)}";` };
  if (path in files) return { type: "application/json", body: JSON.stringify(files[path]) };
  const inside = path.match(/^\/packages\/claimkit\/([\w./-]+)$/)?.[1];
  return inside && { type: TYPES[extname(inside)], body: readFileSync(fileURLToPath(new URL(inside, PACKAGE))) };
}
