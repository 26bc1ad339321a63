// Calls across a MessagePort: what crosses, and what does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../dist/error.js";
import { Port } from "../dist/port.js";

/** Two ends; the far one answers with `answer`. */
function joined(context, answer) {
  const { port1, port2 } = new MessageChannel();
  const [heard, gone] = [[], new Error("gone")];
  const far = new Port(port2, { answer: async (...asked) => ({ result: await answer(...asked) }), hear: (news) => heard.push(news) });
  const near = new Port(port1, { answer: () => assert.fail("nothing is asked here"), hear: (news) => heard.push(news) });
  context.after(() => [near, far].forEach((port) => port.close(gone)));
  return { near, far, heard, gone };
}

test("values cross as they were when the call was made", async (context) => {
  const { near } = joined(context, (to, call, given) => [to, call, given]);
  const options = { bytes: Uint8Array.of(1, 2), inner: { text: "a" } };
  const answer = near.ask(7, "sign", [options]);
  options.bytes.fill(9);
  options.inner.text = "b";
  assert.deepEqual(await answer, [7, "sign", [{ bytes: Uint8Array.of(1, 2), inner: { text: "a" } }]]);
});

test("a function among the options is called where it is, and its answer comes back", async (context) => {
  const { near } = joined(context, async (to, call, [{ beforePrompt }]) => beforePrompt("Ada", 2));
  assert.equal(await near.ask(1, "unlock", [{ beforePrompt: async (name, count) => `${name} ${count}` }]), "Ada 2");
});

test("a signal fires at the other end, and its reason comes along here", async (context) => {
  const { near } = joined(context, (to, call, [{ signal }]) => new Promise((_, reject) => {
    const end = () => reject(failure("cancelled", "the call was cancelled", signal.reason));
    if (signal.aborted) end();
    signal.addEventListener("abort", end);
  }));
  const stop = new AbortController();
  const waiting = near.ask(1, "sign", [{ signal: stop.signal }]);
  const reason = { mine: () => true };
  stop.abort(reason);
  await assert.rejects(waiting, (error) => error.code === "cancelled" && error.cause === reason);
  await assert.rejects(near.ask(1, "sign", [{ signal: AbortSignal.abort(reason) }]), (error) => error.code === "cancelled" && error.cause === reason);
});

test("errors keep their code, what comes with it, and their cause", async (context) => {
  const thrown = Object.assign(failure("rate_limited", "too many", new TypeError("why")), { retryable: true, retryAfter: 7, refusal: "signed" });
  const { near } = joined(context, () => Promise.reject(thrown));
  const error = await near.ask(1, "sign", []).catch((error) => error);
  const { name, message, code, retryable, retryAfter, refusal, cause } = error;
  assert.deepEqual([name, message, code, retryable, retryAfter, refusal], ["ClaimkitError", "too many", "rate_limited", true, 7, "signed"]);
  assert.ok(error instanceof Error && cause instanceof TypeError);
});

test("an exception of another kind is an internal fault, with itself as the cause, if it can cross", async (context) => {
  const { near } = joined(context, (to) => {
    if (to === 1) throw new DOMException("no", "NotAllowedError");
    throw Object.assign(() => {}, { message: "a function" });
  });
  await assert.rejects(near.ask(1, "get", []), ({ code, cause }) => code === "internal" && cause instanceof DOMException && cause.name === "NotAllowedError");
  await assert.rejects(near.ask(2, "get", []), ({ code, cause }) => code === "internal" && cause === undefined);
});

test("options that can't cross, or not be read, are refused", async (context) => {
  const { near } = joined(context, () => assert.fail("it was asked"));
  const throwing = { get share() { throw new Error("not yet"); } };
  const hidden = new Proxy({}, { ownKeys() { throw new Error("not yet"); } });
  for (const given of [throwing, hidden, { inner: { f() {} } }, () => {}, Symbol("s"), { signal: Object.create(AbortSignal.prototype) }])
    await assert.rejects(near.ask(1, "load", [given]), { name: "ClaimkitError", code: "invalid_argument" });
});

test("what is given away is detached; what could not be is erased", async (context) => {
  const { port1, port2 } = new MessageChannel();
  const buffers = [new Uint8Array(4).fill(7).buffer, new Uint8Array(4).fill(7).buffer];
  const far = new Port(port2, {
    answer: async (to) => (to === 1 ? { result: buffers[0], transfer: [buffers[0]] } : { result: () => {}, transfer: [buffers[1]] }),
    hear() {},
  });
  const near = new Port(port1, { answer: assert.fail, hear() {} });
  context.after(() => [near, far].forEach((port) => port.close(new Error("over"))));
  assert.deepEqual(new Uint8Array(await near.ask(1, "get", [])), Uint8Array.of(7, 7, 7, 7));
  assert.equal(buffers[0].byteLength, 0);
  await assert.rejects(near.ask(2, "get", []), { code: "internal" });
  assert.ok(buffers[1].byteLength === 0 || new Uint8Array(buffers[1]).every((byte) => byte === 0));
});

test("an end that is closed rejects what waits and what comes after, and aborts what it was doing", async (context) => {
  let aborted = false;
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const { near, far, gone } = joined(context, (to, call, [{ signal }]) => {
    begin();
    return new Promise(() => signal.addEventListener("abort", () => (aborted = true)));
  });
  const waiting = near.ask(1, "sign", [{ signal: new AbortController().signal }]);
  await begun;
  near.close(gone);
  far.close(gone);
  await assert.rejects(waiting, gone);
  await assert.rejects(near.ask(1, "sign", []), gone);
  assert.ok(aborted);
});

test("nonsense is left alone, or refused in its place", async () => {
  const { port1, port2 } = new MessageChannel();
  const far = new Port(port2, { answer: () => assert.fail("it was asked"), hear: () => assert.fail("it was heard") });
  const answers = [];
  const answered = new Promise((resolve) => {
    port1.onmessage = ({ data }) => answers.push(data) === 4 && resolve();
  });
  for (const nonsense of [null, 5, "ask", [], { kind: "made up" }, { kind: "news" }, { kind: "news", news: "all" }, { kind: "done", id: 3 }, { kind: "abort", id: 3, name: "signal" }]) port1.postMessage(nonsense);
  for (const given of [undefined, 5, [1], [{ value: {} }]]) port1.postMessage({ kind: "ask", id: 1, to: 1, call: "sign", given });
  await answered;
  far.close(new Error("over"));
  port1.close();
  assert.deepEqual(answers.map(({ kind, error }) => [kind, error.code]), Array(4).fill(["failed", "invalid_argument"]));
});

test("a message that can't be read fails what waits, at both ends, and leaves neither waiting", async (context) => {
  const { port1, port2 } = new MessageChannel();
  const never = () => new Promise(() => {});
  const [near, far] = [new Port(port1, { answer: never, hear() {} }), new Port(port2, { answer: never, hear() {} })];
  context.after(() => [near, far].forEach((port) => port.close(new Error("over"))));
  const waiting = [near.ask(1, "sign", []), far.ask("credentials", "get", [])];
  const ended = waiting.map((one) => assert.rejects(one, { name: "ClaimkitError", code: "internal" }));
  port2.onmessageerror(new Event("messageerror"));
  await Promise.all(ended);
});

test("bytes of shared memory cross as a copy", async (context) => {
  const { near } = joined(context, (to, call, [{ digest }]) => [digest.buffer instanceof ArrayBuffer, ...digest]);
  const digest = new Uint8Array(new SharedArrayBuffer(8), 2, 3).fill(7);
  assert.deepEqual(await near.ask(1, "sign", [{ digest }]), [true, 7, 7, 7]);
});
