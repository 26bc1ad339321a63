// From a request to an answer: headers, limits and the check of where the request comes from.

import { describe, Refusal } from "./refusal.mjs";

/** The largest body that any route needs, in bytes: a receipt or a message with room to spare. */
const BODY_LIMIT = 16 * 1024;

/**
 * Makes the request handler.
 *
 * @param {object} parts
 * @param {{ origin: string, cosigner: string }} parts.settings
 * @param {import("./limits.mjs").Limits} parts.limits
 * @param {Record<string, (call: { request: import("node:http").IncomingMessage, body: Record<string, unknown> }) => Promise<{ status?: number, body: object, cookie?: string }>>} parts.routes by method and path
 * @param {(path: string) => Promise<{ type: string, body: Buffer } | { location: string }>} parts.files
 */
export function router({ settings, limits, routes, files }) {
  const headers = securityHeaders(settings);

  return async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      const path = readPath(request, settings);
      const name = `${request.method} ${path}`;
      const route = Object.hasOwn(routes, name) && routes[name];
      if (route) limits.take(name, request.socket.remoteAddress);
      if (route) return sendJson(response, await route({ request, body: await readBody(request, settings) }));
      if (path.startsWith("/api/") || request.method !== "GET") throw new Refusal(404, "not_found", "There is no such address.");
      sendFile(response, await files(path));
    } catch (error) {
      if (!request.complete) response.setHeader("Connection", "close");
      if (error.retryAfter) response.setHeader("Retry-After", error.retryAfter);
      sendJson(response, describe(error));
    }
  };
}

function securityHeaders({ cosigner }) {
  return {
    "Content-Security-Policy": [
      "default-src 'self'",
      "script-src 'self' 'wasm-unsafe-eval'",
      `connect-src 'self' ${cosigner}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy":
      "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

/** Refuses any host name but ours, so that no other name can be pointed at this server. */
function readPath(request, { origin }) {
  if (request.headers.host !== new URL(origin).host) throw new Refusal(421, "wrong_origin", `This server is ${origin} only.`);
  const raw = request.url.split("?", 1)[0];
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new Refusal(400, "bad_request", "The address can't be read.");
  }
}

/** Reads a JSON object. Only our own page may send one: browsers say truly where a request comes from. */
async function readBody(request, { origin }) {
  if (request.method === "GET") return {};
  if (request.headers.origin !== origin) throw new Refusal(403, "wrong_origin", "Only this app's own page may ask for that.");
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new Refusal(415, "bad_request", "The body should be JSON.");
  }
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new Refusal(413, "too_large", `The body should have at most ${BODY_LIMIT} bytes.`);
    chunks.push(chunk);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal(400, "bad_request", "The body should be JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Refusal(400, "bad_request", "The body should be a JSON object.");
  }
  return body;
}

function sendJson(response, { status = 200, body, cookie }) {
  if (cookie) response.setHeader("Set-Cookie", cookie);
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

function sendFile(response, { location, type, body }) {
  const headers = { "Cache-Control": "no-cache" };
  if (location) response.writeHead(307, { ...headers, Location: location }).end();
  else response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": body.length }).end(body);
}
