// Origins of a test's own, over http or https, and pages that hold nothing but the package.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../node_modules/claimkit/", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8"));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** @typedef {(request: http.IncomingMessage, response: http.ServerResponse) => void} Answer */

/** A server on a port of its own, whose answers may change: nothing is found there before a test says what. */
export class Origin {
  /** The server, for what has to share it. */
  server;
  #answer = nothing;

  /** @param {{ tls?: { key: string, cert: string } }} [options] `tls`: a key and its certificate, for https */
  static async open({ tls } = {}) {
    const origin = new Origin();
    const answer = (request, response) => origin.#answer(request, response);
    origin.server = tls ? https.createServer(tls, answer) : http.createServer(answer);
    origin.server.listen(0, "localhost");
    await once(origin.server, "listening");
    origin.port = origin.server.address().port;
    origin.url = `${tls ? "https" : "http"}://localhost:${origin.port}`;
    return origin;
  }

  /** @param {Answer} [answer] what answers from now on */
  serve(answer = nothing) {
    this.server.closeIdleConnections();
    this.#answer = answer;
  }

  /** Ends it. */
  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

function nothing(_, response) {
  response.writeHead(404).end();
}

/**
 * Pages with the package: `/` is a page, `/packages/claimkit` the package, as on the demo's pages.
 *
 * @param {Record<string, unknown>} [files] what is served as JSON besides, by path
 * @returns {Answer}
 */
export function pages(files = {}) {
  return (request, response) => {
    const found = find(request.url, files);
    response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain" });
    response.end(found?.body);
  };
}

function find(path, files) {
  if (path === "/") return { type: "text/html", body: "<!doctype html><title>A page with the package</title>" };
  if (path === "/packages/claimkit") return { type: "text/javascript", body: `export * from "/packages/claimkit/${exports["."].browser.slice(2)}";` };
  if (path in files) return { type: "application/json", body: JSON.stringify(files[path]) };
  const inside = path.match(/^\/packages\/claimkit\/([\w./-]+)$/)?.[1];
  return inside && { type: TYPES[extname(inside)], body: readFileSync(fileURLToPath(new URL(inside, PACKAGE))) };
}
