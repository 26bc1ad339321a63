// What a page leaves of its secrets: all its memory and storage, searched for a share, the passkey's output and the keys of it.

import { createHash, hkdfSync } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keyPair, open, tagged } from "./hpke.mjs";
import { Client } from "./stage.mjs";

/** Every byte that the page's origin has stored, by place. Runs in the page. */
export function readStorage() {
  const chunks = [];
  const collect = (value) => {
    if (typeof value === "string") chunks.push(Array.from(new TextEncoder().encode(value)));
    else if (value instanceof ArrayBuffer) chunks.push(Array.from(new Uint8Array(value)));
    else if (ArrayBuffer.isView(value)) chunks.push(Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    else if (value instanceof CryptoKey) chunks.push([value.extractable ? 1 : 0]);
    else if (value && typeof value === "object") for (const [key, inner] of Object.entries(value)) [key, inner].forEach(collect);
  };
  const read = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
  return (async () => {
    for (const storage of [localStorage, sessionStorage]) for (const [key, value] of Object.entries(storage)) [key, value].forEach(collect);
    collect(document.cookie);
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) [request.url, await (await cache.match(request)).arrayBuffer()].forEach(collect);
    }
    for (const { name } of await indexedDB.databases()) {
      const database = await read(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        for (const value of [...(await read(objects.getAllKeys())), ...(await read(objects.getAll()))]) collect(value);
      }
      database.close();
    }
    return chunks;
  })();
}

/**
 * Every place in the bytes where a scalar stands whose public point stands there too: a share in clear.
 *
 * @param {number[][]} chunks
 * @param {number[][]} points
 */
export function findShares(chunks, points) {
  const found = [];
  for (const bytes of chunks) {
    for (let start = 0; start + 32 <= bytes.length; start += 1) {
      const window = Uint8Array.from(bytes.slice(start, start + 32));
      if (!secp256k1.utils.isValidSecretKey(window)) continue;
      const [, ...x] = secp256k1.getPublicKey(window, true);
      if (points.some((known) => Buffer.from(known).includes(Buffer.from(x)))) found.push(Buffer.from(window));
    }
  }
  return found;
}

/** Keeps what the passkeys hand out, so that it can be looked at later whether it was erased. Runs in the page, before its scripts. */
export function keepCredentials() {
  window.handedOut = [];
  // The passkey of a claim that failed is asked once more: the browser is not told that nobody needs it.
  delete PublicKeyCredential.signalUnknownCredential;
  for (const name of ["create", "get"]) {
    const real = CredentialsContainer.prototype[name];
    CredentialsContainer.prototype[name] = async function (options) {
      const credential = await real.call(this, options);
      window.handedOut.push(credential);
      return credential;
    };
  }
}

/**
 * Everything that a page has: the whole memory of its wasm module, its heap, the buffers that its passkeys handed out, and all that it
 * stored. With the module in a worker: that one's memory, and the heaps of both.
 *
 * @param {import("./stage.mjs").Client} client of a page that began with `keepCredentials`
 */
export async function remains(client) {
  const session = await client.page.context().newCDPSession(client.page);
  // First the heap: reading the rest makes strings of it.
  const page = await search(session);
  const worker = Client.inWorker ? await search(await WorkerSession.attach(session)) : undefined;
  if (worker && page.wasm.some((bytes) => bytes.length > 0)) throw new Error("the page has a memory of a module");
  const { wasm } = worker ?? page;
  if (!wasm.some((bytes) => bytes.includes("claimkit/"))) throw new Error("the module's memory was not read");
  const handedOut = await client.run(() => {
    const results = window.handedOut.map((credential) => credential.getClientExtensionResults().prf?.results?.first);
    // A buffer that was given away is detached: it has no bytes.
    return results.filter((buffer) => buffer?.byteLength > 0).map((buffer) => Array.from(new Uint8Array(buffer)));
  });
  const stored = await client.run(readStorage);
  const bytes = (all) => all.map((one) => Buffer.from(one));
  return { wasm, heap: bytes([...page.heap, ...(worker?.heap ?? [])]), handedOut: bytes(handedOut), stored: bytes(stored) };
}

/** The strings of a heap, and the memories of its wasm modules. */
async function search(session) {
  await session.send("HeapProfiler.enable");
  const parts = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk));
  await session.send("HeapProfiler.takeHeapSnapshot", { exposeNumericValues: true });
  const { snapshot, nodes, strings } = JSON.parse(parts.join(""));
  const wasm = [];
  for (const id of objectsNamed("Memory", snapshot.meta, { nodes, strings })) wasm.push(await readMemory(session, id));
  // Not detached: that would take the page its authenticator.
  await session.send("HeapProfiler.disable");
  return { heap: strings, wasm };
}

/** The debugger's session with a page's worker, through the page's own: Playwright has none. */
class WorkerSession {
  #page;
  #id;
  #last = 0;
  #waiting = new Map();
  #listeners = new Map();

  static async attach(page) {
    const worker = new WorkerSession();
    worker.#page = page;
    page.on("Target.receivedMessageFromTarget", ({ sessionId, message }) => sessionId === worker.#id && worker.#hear(JSON.parse(message)));
    const attached = new Promise((resolve) => page.once("Target.attachedToTarget", resolve));
    await page.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    worker.#id = (await attached).sessionId;
    return worker;
  }

  async send(method, params = {}) {
    const id = (this.#last += 1);
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    await this.#page.send("Target.sendMessageToTarget", { sessionId: this.#id, message: JSON.stringify({ id, method, params }) });
    return answer;
  }

  on(method, listener) {
    this.#listeners.set(method, listener);
  }

  #hear({ id, method, params, result, error }) {
    if (method) return this.#listeners.get(method)?.(params);
    const { resolve, reject } = this.#waiting.get(id);
    return error ? reject(new Error(error.message)) : resolve(result);
  }
}

/** The ids of the objects of a constructor. */
function objectsNamed(wanted, { node_fields: fields, node_types: [types] }, { nodes, strings }) {
  const [type, name, id] = ["type", "name", "id"].map((field) => fields.indexOf(field));
  const ids = [];
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (types[nodes[at + type]] === "object" && strings[nodes[at + name]] === wanted) ids.push(String(nodes[at + id]));
  }
  return ids;
}

/** The bytes of a WebAssembly.Memory; none of what is called so and is another object. */
async function readMemory(session, heapObjectId) {
  const { result } = await session.send("HeapProfiler.getObjectByHeapObjectId", { objectId: heapObjectId }).catch(() => ({}));
  if (result?.subtype !== "webassemblymemory") return Buffer.alloc(0);
  const told = await session.send("Runtime.callFunctionOn", {
    objectId: result.objectId,
    functionDeclaration: `function () {
      const bytes = new Uint8Array(this.buffer);
      let text = "";
      for (let at = 0; at < bytes.length; at += 0x6000) text += btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000)));
      return text;
    }`,
    returnByValue: true,
  });
  return Buffer.from(told.result.value, "base64");
}

/**
 * Where a secret stands in what remains: as bytes in either order, and as text in each way that a program would write it.
 *
 * @param {Awaited<ReturnType<typeof remains>>} places
 * @param {Buffer} secret
 * @returns {string[]} the places
 */
export function whereIs(places, secret) {
  const forms = [secret, Buffer.from(secret).reverse()].flatMap((bytes) => [
    bytes,
    ...["hex", "base64", "base64url"].map((encoding) => Buffer.from(bytes.toString(encoding).replace(/=+$/, ""))),
    Buffer.from(bytes.toString("hex").toUpperCase()),
    Buffer.from(bytes.join(",")),
  ]);
  const holds = ([, all]) => all.some((bytes) => forms.some((form) => bytes.includes(form)));
  return Object.entries(places).filter(holds).map(([place]) => place);
}

/**
 * What the page's passkey gives claimkit, and what claimkit makes of it (docs/protocol.md): had from the authenticator itself.
 *
 * @param {import("./stage.mjs").Client} client
 * @returns {Promise<{ output: Buffer, share: Buffer, opener: Buffer, pairing: Buffer, credential: Buffer }>} `share`: the seed of the key pair that
 *   shares are sealed to, `opener` its private half
 */
export async function wrappingKeys(client) {
  const [{ credentialId }] = await client.authenticator.credentials();
  const output = await client.run(
    async ({ credentialId, input }) => {
      const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const publicKey = {
        challenge: new Uint8Array(32),
        rpId: "localhost",
        allowCredentials: [{ type: "public-key", id: bytes(credentialId) }],
        userVerification: "required",
        extensions: { prf: { eval: { first: bytes(input) } } },
      };
      const credential = await navigator.credentials.get({ publicKey });
      return Array.from(new Uint8Array(credential.getClientExtensionResults().prf.results.first));
    },
    { credentialId, input: prfInput().toString("base64") },
  );
  const credential = Buffer.from(credentialId, "base64");
  const key = (purpose) => {
    const info = Buffer.concat([KEY_TAG, credential, Buffer.from(purpose)].map(counted));
    return Buffer.from(hkdfSync("sha256", Buffer.from(output), createHash("sha256").update("localhost").digest(), info, 32));
  };
  const share = key("share");
  return { output: Buffer.from(output), share, opener: keyPair(share).secret, pairing: key("pairing"), credential };
}

/**
 * Opens the shares of every wallet record in what was stored.
 *
 * @param {Buffer[]} stored
 * @param {{ share: Buffer, credential: Buffer }} keys
 * @returns {Buffer[]} the secret scalars: 32 bytes each
 */
export function openShares(stored, { share: seed, credential }) {
  const opener = keyPair(seed);
  return stored.filter((bytes) => bytes.subarray(0, 6).equals(WALLET_RECORD)).flatMap((bytes) => {
    const read = new Reader(bytes.subarray(6));
    const coSigner = read.take(64);
    const rpId = read.counted();
    // The share that signs, and the one that may.
    return [0, 1].flatMap(() => {
      if (read.take(1)[0] === 0) return [];
      const about = [read.take(1), read.take(151), read.take(16)];
      if (read.take(1)[0] === 1) read.take(16);
      const passkeys = [read.take(4), read.take(4)];
      const recipients = each(passkeys[1], () => {
        const recipient = { credential: read.counted(), key: read.take(32) };
        passkeys.push(counted(recipient.credential), recipient.key);
        return recipient;
      });
      const sealed = each(read.take(4), () => read.counted());
      const place = recipients.findIndex((recipient) => recipient.credential.equals(credential));
      if (!recipients[place]?.key.equals(opener.publicKey)) throw new Error("the share is sealed to other passkeys");
      const bytes = open(opener, SEALED_SHARE, sealed[place]);
      const bound = tagged(SEALED_SHARE, Buffer.concat([CLIENT, ...about, coSigner, counted(rpId), ...passkeys]));
      if (!bytes.subarray(0, 32).equals(bound)) throw new Error("the share is bound to something else");
      return bytes.subarray(32).subarray(2, 34);
    });
  });
}

const KEY_TAG = Buffer.from("claimkit/wrapping-key/v1");
const SEALED_SHARE = "claimkit/sealed-share/v2";
/** The client's role. */
const CLIENT = Buffer.from([1]);
/** Magic, version, kind. */
const WALLET_RECORD = Buffer.from([...Buffer.from("ckit"), 1, 10]);

const prfInput = () => tagged("claimkit/prf-input/v1");

/** As many of something as a count of 4 bytes says. */
const each = (count, read) => Array.from({ length: count.readUInt32LE() }, read);

/** Bytes with their length before them in 4 bytes, as borsh writes them. */
function counted(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Reads what borsh wrote. */
class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  take(length) {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  counted() {
    return this.take(this.take(4).readUInt32LE());
  }
}
