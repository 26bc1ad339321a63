// The demo's back end: who gets what, and what is refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { BackEnd } from "../harness/back-end.mjs";
import { listen } from "../harness/process.mjs";
import { Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

const POLICY = () =>
  `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${stage.line.url}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Sends a request as it stands; `headers` of `undefined` are left out. */
function send(method, path, { body, cookie, headers = {} } = {}) {
  const { host, hostname, port, origin } = new URL(stage.backEnd.url);
  const usual = method === "GET" ? {} : { origin, "content-type": "application/json" };
  const all = Object.entries({ host, cookie, ...usual, ...headers }).filter(([, value]) => value !== undefined);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, headers: Object.fromEntries(all) }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString("utf8");
      const isJson = response.headers["content-type"]?.startsWith("application/json");
      resolve({ status: response.statusCode, headers: response.headers, body: isJson ? JSON.parse(text) : text });
    });
    request.on("error", reject);
    request.end(typeof body === "object" ? JSON.stringify(body) : body);
  });
}

async function signIn(email = "ada@example.com") {
  const { status, headers } = await send("POST", "/api/sign-in", { body: { email } });
  assert.equal(status, 200);
  return headers["set-cookie"][0].split(";")[0];
}

const KEY = "Ux__ReU8PXCzqXqCwmFxB2oQm9Ue7Xh2aHqQHqnZ3Dc";

test("a share is handed to the signed-in person only, whatever the request says", async () => {
  for (const body of [{ publicKey: KEY }, { publicKey: KEY, email: "ada@example.com" }]) {
    const answer = await send("POST", "/api/hand-off", { body });
    assert.deepEqual([answer.status, answer.body.code], [401, "signed_out"]);
  }
  const made = await send("POST", "/api/hand-off", { body: { publicKey: KEY }, cookie: "__Host-session=made-up" });
  assert.equal(made.status, 401);
  const cookie = await signIn();
  const answer = await send("POST", "/api/hand-off", { body: { publicKey: KEY, email: "grace@example.com" }, cookie });
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.keys(answer.body).sort(), ["share", "ticket"]);
  await send("POST", "/api/sign-out", { body: {}, cookie });
  assert.equal((await send("POST", "/api/hand-off", { body: { publicKey: KEY }, cookie })).status, 401);
});

test("no script can read the session, and no other site can use it", async () => {
  const { headers } = await send("POST", "/api/sign-in", { body: { email: "ada@example.com" } });
  const [secure, local] = headers["set-cookie"];
  assert.match(secure, /^__Host-session=[\w-]{43}; Secure; HttpOnly; SameSite=Strict; Path=\/; Max-Age=28800$/);
  const { port } = new URL(stage.backEnd.url);
  assert.equal(local, secure.replace("__Host-session", `session-${port}`).replace(" Secure;", ""), "for Safari, on http://localhost");
  const cookie = await signIn();
  for (const origin of [undefined, "null", "https://evil.example", "http://localhost:1", stage.line.url]) {
    const answer = await send("POST", "/api/hand-off", { body: { publicKey: KEY }, cookie, headers: { origin } });
    assert.deepEqual([answer.status, answer.body.code], [403, "wrong_origin"], String(origin));
  }
});

test("a sign-out ends the session of either cookie", async () => {
  const [secure, local] = await Promise.all([signIn(), signIn()]);
  const name = `session-${new URL(stage.backEnd.url).port}`;
  const other = local.replace("__Host-session", name);
  await send("POST", "/api/sign-out", { body: {}, cookie: `${secure}; ${other}` });
  for (const cookie of [secure, other]) assert.equal((await send("GET", "/api/me", { cookie })).body.person, undefined);
});

test("another host name is refused", async () => {
  const answer = await send("GET", "/api/me", { headers: { host: "evil.example" } });
  assert.deepEqual([answer.status, answer.body.code], [421, "wrong_origin"]);
});

test("bodies that don't fit are refused with a typed error", async () => {
  const cookie = await signIn();
  const cases = [
    [413, "too_large", { body: JSON.stringify({ publicKey: "A".repeat(20_000) }) }],
    [400, "bad_request", { body: "{" }],
    [400, "bad_request", { body: "" }],
    [400, "bad_request", { body: "[]" }],
    [400, "bad_request", { body: "null" }],
    [400, "bad_request", { body: {} }],
    [400, "bad_request", { body: { publicKey: 1 } }],
    [400, "bad_request", { body: { publicKey: "" } }],
    [400, "invalid_argument", { body: { publicKey: "short" } }],
    [415, "bad_request", { body: "{}", headers: { "content-type": "text/plain" } }],
  ];
  for (const [status, code, request] of cases) {
    const answer = await send("POST", "/api/hand-off", { cookie, ...request });
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(request).slice(0, 80));
    assert.deepEqual(Object.keys(answer.body).sort(), ["code", "message"]);
  }
});

test("only the page's files and two packages are served", async () => {
  for (const path of ["/server.mjs", "/../server.mjs", "/%2e%2e/server.mjs", "/packages/viem/index.ts", "/packages/claimkit/../viem/_esm/index.js", "/packages/claimkit/%2e%2e/libsql/index.js", "/packages/claimkit/package.json", "/packages/claimkit/README.md", "/packages/claimkit:nothing", "/packages/", "/nothing", "/%"]) {
    const answer = await send("GET", path);
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
  }
  for (const path of ["/", "/app.mjs", "/style.css", "/mark.svg"]) assert.equal((await send("GET", path)).status, 200, path);
});

test("every answer carries the security headers", async () => {
  for (const answer of [await send("GET", "/"), await send("GET", "/nothing"), await send("GET", "/api/me"), await send("POST", "/api/hand-off", { body: {} })]) {
    assert.equal(answer.headers["content-security-policy"], POLICY());
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["referrer-policy"], "no-referrer");
    assert.equal(answer.headers["cross-origin-opener-policy"], "same-origin");
  }
});

test("no address can ask without bound, and the pause is named", async () => {
  const now = { at: 0 };
  const { Limits } = await import("../../www/back-end/limits.mjs");
  const limits = new Limits(() => now.at);
  const asked = (address) => {
    try {
      limits.take("POST /api/people", address);
      return "taken";
    } catch ({ status, code, retryAfter }) {
      return { status, code, retryAfter };
    }
  };
  const refused = { status: 429, code: "too_many", retryAfter: 2 };
  for (let count = 0; count < 60; count += 1) assert.equal(asked("one"), "taken");
  assert.deepEqual(asked("one"), refused);
  assert.equal(asked("another"), "taken", "each address has its own");
  now.at += 1_999;
  assert.deepEqual(asked("one"), { ...refused, retryAfter: 1 });
  now.at += 1;
  assert.equal(asked("one"), "taken");
  assert.deepEqual(asked("one"), refused);
});

test("the demo makes up people until there are enough", async () => {
  const cookie = await signIn();
  assert.equal((await send("GET", "/api/me", { cookie })).body.person.email, "ada@example.com");
  const Database = createRequire(new URL("../../www/server.mjs", import.meta.url))("libsql");
  const database = new Database(stage.backEnd.databaseFile);
  const numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)";
  database.exec(`${numbers} INSERT INTO people SELECT 'nobody.' || n || '@example.org', 'Nobody', 0 FROM numbers`);
  const answer = await send("POST", "/api/people", { body: {} });
  assert.deepEqual([answer.status, answer.body.code], [429, "too_many"]);
  assert.equal(answer.headers["set-cookie"], undefined);
  const listed = await send("GET", "/api/me");
  assert.equal(listed.body.people.length, 30);
  database.prepare("DELETE FROM people WHERE name = 'Nobody'").run();
  database.close();
  assert.equal((await send("POST", "/api/people", { body: {} })).status, 201);
});

test("a back end that knows another co-signer's identity does not start", async () => {
  const folder = stage.folder("other-identity");
  const { coSigner } = stage;
  const identity = { ...coSigner.identity, channelKey: coSigner.identity.receiptKey };
  const socket = await listen();
  const start = BackEnd.start({ folder, socket, cosigner: coSigner.url, identity, apiKey: coSigner.apiKey });
  await assert.rejects(start, /peer_misbehaved/).finally(socket.release);
});

test("the database holds no share in clear, and the log no share at all", async () => {
  const cookie = await signIn();
  await send("POST", "/api/hand-off", { body: { publicKey: KEY }, cookie });
  const database = readFileSync(stage.backEnd.databaseFile);
  // Every envelope begins with these bytes, in base64url.
  const start = Buffer.from("ckit").toString("base64url").slice(0, 5);
  assert.ok(!database.includes(start) && !database.includes("ckit"));
  assert.ok(!database.includes(cookie.split("=")[1]), "nor a session's token");
  assert.ok(!stage.backEnd.log.includes(start));
  assert.ok(!stage.backEnd.log.includes("@example.com"));
});

test("a receipt is kept only if it is genuine and the person's own", async () => {
  const cookie = await signIn("grace@example.com");
  for (const receipt of ["hello", "", "A".repeat(400)]) {
    const answer = await send("POST", "/api/receipt", { body: { receipt }, cookie });
    assert.ok(answer.status >= 400);
  }
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { receipt } = await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  const answer = await send("POST", "/api/receipt", { body: { receipt }, cookie });
  assert.deepEqual([answer.status, answer.body.code], [400, "bad_request"]);
  await client.close();
});
