// The server's way to the co-signer.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fetchTransport } from "../dist/transport.js";

let server;
let origin;
const seen = [];

before(async () => {
  server = createServer(async (request, response) => {
    const body = [];
    for await (const piece of request) body.push(piece);
    seen.push({ method: request.method, headers: request.headers, body: Buffer.concat(body).toString() });
    if (request.url === "/silent") return;
    if (request.url === "/elsewhere") return response.writeHead(302, { location: "/" }).end();
    response.writeHead(429, { "retry-after": "7" }).end("x".repeat(100));
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  origin = `http://localhost:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const request = (more) => ({
  url: `${origin}/`,
  contentType: "application/json",
  answerLimit: 100,
  signal: new AbortController().signal,
  ...more,
});

test("an answer is given whole, whatever its status", async () => {
  const answer = await fetchTransport().send(request({ body: new TextEncoder().encode("{}"), authorization: "Bearer key" }));
  assert.deepEqual([answer.status, answer.retryAfter, answer.body.length], [429, "7", 100]);
  const { method, headers, body } = seen.at(-1);
  assert.deepEqual([method, body, headers.authorization, headers["content-type"]], ["POST", "{}", "Bearer key", "application/json"]);
});

test("without a body it is a GET, without a key it sends none", async () => {
  await fetchTransport().send(request());
  assert.deepEqual([seen.at(-1).method, seen.at(-1).headers.authorization], ["GET", undefined]);
});

test("a longer answer than asked for is not read", () => assert.rejects(fetchTransport().send(request({ answerLimit: 99 })), /longer/));

test("a redirection is not followed", () => assert.rejects(fetchTransport().send(request({ url: `${origin}/elsewhere` }))));

test("a silent server is given up", () => assert.rejects(fetchTransport(50).send(request({ url: `${origin}/silent` })), { name: "TimeoutError" }));

test("the caller's signal ends a request", () =>
  assert.rejects(fetchTransport().send(request({ url: `${origin}/silent`, signal: AbortSignal.timeout(20) }))));
