// What browsers, security keys and password managers give of a passkey, in whatever form, and when not to believe it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

/**
 * Has every later answer of the page's passkeys take another form.
 *
 * @param {import("../harness/stage.mjs").Client} client
 * @param {{ buffers?: string, output?: string, enabled?: boolean | "missing", at?: "create" | "get" }} shape the forms of rawId and response, and of the
 *   PRF output; what `enabled` says; of which call alone the output is
 */
async function giving(client, shape) {
  await client.run((shape) => {
    const own = { create: CredentialsContainer.prototype.create, get: CredentialsContainer.prototype.get };
    window.native ??= own;
    window.prompts = [];
    window.forgotten = [];
    const frame = document.documentElement.appendChild(document.createElement("iframe"));
    const other = frame.contentWindow;
    const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    let times = 0;
    const forms = {
      native: (bytes) => bytes.slice().buffer,
      "typed array": (bytes) => bytes.slice(),
      "typed array with an offset": (bytes) => Uint8Array.from([9, ...bytes, 9]).subarray(1, -1),
      DataView: (bytes) => new DataView(bytes.slice().buffer),
      numbers: (bytes) => [...bytes],
      "frozen numbers": (bytes) => Object.freeze([...bytes]),
      text: base64url,
      "buffer of another realm": (bytes) => other.Uint8Array.from(bytes).buffer,
      "typed array of another realm": (bytes) => other.Uint8Array.from(bytes),
      "numbers of another realm": (bytes) => other.Array.from(bytes),
      missing: () => undefined,
      short: (bytes) => bytes.slice(0, 31).buffer,
      long: (bytes) => Uint8Array.from([...bytes, 0]).buffer,
      detached: (bytes) => {
        const { buffer } = bytes.slice();
        structuredClone(buffer, { transfer: [buffer] });
        return buffer;
      },
      another: (bytes) => bytes.map((byte) => byte ^ 1).buffer,
      "another each time": (bytes) => bytes.map((byte) => byte ^ (times += 1)).buffer,
    };
    const { buffers = "native", output = "native", enabled, at } = shape;
    const wrapped = (call) =>
      async function (options) {
        window.prompts.push(call);
        const credential = await window.native[call].call(this, options);
        const bytes = (buffer) => buffer && forms[buffers](new Uint8Array(buffer));
        const { attestationObject, clientDataJSON, authenticatorData, signature } = credential.response;
        const first = credential.getClientExtensionResults().prf?.results?.first;
        const form = at && at !== call ? "native" : output;
        const given = first && forms[form](new Uint8Array(first));
        const prf = { enabled: call === "create" ? (enabled ?? true) : undefined, results: given && { first: given } };
        if (enabled === "missing") delete prf.enabled;
        return {
          id: credential.id,
          type: credential.type,
          rawId: bytes(credential.rawId),
          response: {
            attestationObject: bytes(attestationObject),
            clientDataJSON: bytes(clientDataJSON),
            authenticatorData: bytes(authenticatorData),
            signature: bytes(signature),
          },
          getClientExtensionResults: () => ({ prf }),
        };
      };
    for (const call of ["create", "get"]) CredentialsContainer.prototype[call] = wrapped(call);
    window.nativeSignal ??= PublicKeyCredential.signalUnknownCredential;
    PublicKeyCredential.signalUnknownCredential = function (options) {
      window.forgotten.push(options.credentialId);
      return window.nativeSignal?.call(this, options);
    };
  }, shape);
}

/** What the page's passkeys are as the browser has them. */
const asNative = (client) => client.run(() => void Object.assign(CredentialsContainer.prototype, window.native));

const seen = (client) => client.run(() => ({ prompts: window.prompts, forgotten: window.forgotten }));

for (const shape of [
  { buffers: "typed array" },
  { buffers: "numbers" },
  { buffers: "buffer of another realm", output: "buffer of another realm" },
  { buffers: "text", output: "text" },
  { output: "typed array" },
  { output: "typed array with an offset" },
  { output: "DataView" },
  { output: "numbers" },
  { output: "frozen numbers" },
  { output: "typed array of another realm", buffers: "typed array of another realm" },
  { output: "numbers of another realm", buffers: "numbers of another realm" },
  { output: "native", enabled: false },
  { output: "native", enabled: "missing" },
  // The browser says that there is a PRF, and gives its output with an assertion alone.
  { output: "missing", at: "create" },
]) {
  test(`a passkey that gives ${JSON.stringify(shape)} claims and opens the wallet`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    await giving(client, shape);
    await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
    assert.deepEqual(await seen(client), { prompts: ["create", "get"], forgotten: [] });
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

for (const [shape, prompts, code] of [
  [{ output: "another", at: "create" }, ["create", "get"], "prf_unavailable"],
  [{ output: "another each time" }, ["create", "get"], "prf_unavailable"],
  [{ output: "short" }, ["create"], "prf_unavailable"],
  [{ output: "short", at: "get" }, ["create", "get"], "prf_unavailable"],
  [{ output: "long", at: "get" }, ["create", "get"], "prf_unavailable"],
  [{ output: "missing", at: "get" }, ["create", "get"], "prf_unavailable"],
  [{ output: "detached", at: "get" }, ["create", "get"], "prf_unavailable"],
  [{ output: "missing", enabled: false }, ["create"], "prf_unavailable"],
  [{ buffers: "missing" }, ["create"], "passkey_unsupported"],
  [{ buffers: "detached" }, ["create"], "passkey_unsupported"],
]) {
  test(`a passkey that gives ${JSON.stringify(shape)} is refused before the commit, and the share stays good`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
    await giving(client, shape);
    stage.line.mend();
    const refused = await refusedWith(client.claim(handOff), code);
    assert.match(refused.message, /choose another/);
    assert.deepEqual(stage.line.paths, ["/v1/claim/start"]);
    const { prompts: shown, forgotten } = await seen(client);
    assert.deepEqual(shown, prompts);
    // Given up, as far as a browser can be told.
    assert.equal(forgotten.length, 1);
    assert.deepEqual(await client.held(), []);
    await isStillPrepared(stage, prepared);
    await asNative(client);
    await client.claim(handOff);
    await isHandedOver(stage, client, prepared);
    await client.close();
  });
}

test("a passkey whose output changed after the claim is told from a wrong one, and opens again where it gives what it gave", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await giving(client, { output: "another" });
  const refused = await refusedWith(client.sign(prepared.wallet.walletId), "prf_unavailable");
  assert.match(refused.message, /another PRF output than when the wallet was sealed to it/);
  await asNative(client);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a claim ends unlocked: two prompts in all until the first signature, and the page is asked between them", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  await giving(client, {});
  const told = await client.run(async ({ share, ticket }) => {
    const claim = await window.kit.load({ share });
    const asked = [];
    const beforePrompt = async (prompt) => void asked.push([prompt, [...window.prompts]]);
    const options = { proof: { ticket }, passkey: { name: "ж".repeat(100) }, device: "a test's", beforePrompt };
    const { wallet, wallets, session, receipt, receipts } = await claim.finish(options);
    const { bytes } = await session.sign({ digest: new Uint8Array(32).fill(7) });
    const listed = await session.sessions();
    const [{ name }] = await session.passkeys();
    const { locked, address } = session;
    await session.lock();
    const same = wallet.address === address && wallets.length === 1 && receipts[0] === receipt;
    return { asked, locked, same, name, bytes: bytes.length, devices: listed.map(({ device }) => device), prompts: window.prompts };
  }, handOff);
  assert.deepEqual(told, {
    asked: [["output", ["create"]]],
    locked: false,
    same: true,
    name: "ж".repeat(32),
    bytes: 65,
    devices: ["a test's"],
    prompts: ["create", "get"],
  });
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a page that throws before the second prompt ends the claim, and nothing is changed", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
  const refused = client.run(async ({ share, ticket }) => {
    const claim = await window.kit.load({ share });
    const beforePrompt = () => Promise.reject(new Error("not now"));
    await claim.finish({ proof: { ticket }, passkey: { name: "tests" }, beforePrompt });
  }, handOff);
  await refusedWith(refused, "cancelled");
  assert.deepEqual(await client.held(), []);
  await isStillPrepared(stage, prepared);
  await client.claim(handOff);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

for (const [what, policy] of [
  ["both", "publickey-credentials-create=(), publickey-credentials-get=()"],
  ["making one", "publickey-credentials-create=()"],
]) {
  test(`a page whose Permissions-Policy forbids ${what} is told so before any prompt`, async () => {
    const prepared = await stage.prepare();
    const client = await stage.openPage();
    // A page whose headers were changed on the way counts as from elsewhere.
    await client.page.context().grantPermissions(["local-network-access"]);
    await client.page.route(client.page.url(), async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), "permissions-policy": policy } });
    });
    await client.connect();
    const handOff = stage.server.sealFor({ share: prepared.share, to: client.publicKey });
    await giving(client, {});
    const refused = await refusedWith(client.claim(handOff), "passkey_unsupported");
    assert.match(refused.message, /Permissions-Policy/);
    assert.deepEqual((await seen(client)).prompts, []);
    assert.equal((await client.authenticator.credentials()).length, 0);
    await isStillPrepared(stage, prepared);
    await client.close();
  });
}

/** A page that frames this origin's, with a kit in the frame. */
async function inFrame(client) {
  await client.page.context().grantPermissions(["local-network-access"]);
  const inner = `${stage.backEnd.url}/style.css`;
  const outer = "http://localhost:49151/outer";
  await client.page.route(outer, (route) =>
    route.fulfill({ contentType: "text/html", body: `<iframe allow="publickey-credentials-create; publickey-credentials-get" src="${inner}"></iframe>` }),
  );
  await client.page.route(inner, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>framed</title>" }));
  await client.page.goto(outer);
  const frame = client.page.frames().find((frame) => frame.url() === inner);
  const framed = Object.assign(Object.create(Object.getPrototypeOf(client)), { page: frame });
  framed.publicKey = await frame.evaluate(async (options) => {
    const { connect } = await import("/packages/claimkit");
    window.kit = await connect(options);
    return window.kit.publicKey;
  }, client.options);
  return framed;
}

test("a frame of another origin gets no session of a page beside it", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  await client.claim(stage.server.sealFor({ share: prepared.share, to: client.publicKey }));
  await client.run(async () => {
    const [wallet] = await window.kit.wallets();
    window.session = await wallet.unlock();
  });
  const framed = await inFrame(await stage.openPage({ beside: client }));
  assert.deepEqual(await framed.held(), [prepared.wallet.walletId]);
  const unlock = async () => {
    const [wallet] = await window.kit.wallets();
    await wallet.unlock();
  };
  assert.match((await refusedWith(framed.run(unlock), "passkey_unsupported")).message, /frame of another origin/);
  await client.close();
});

test("a frame of another origin is told so before any prompt", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const framed = await inFrame(client);
  const handOff = stage.server.sealFor({ share: prepared.share, to: framed.publicKey });
  const refused = await refusedWith(framed.claim(handOff), "passkey_unsupported");
  assert.match(refused.message, /frame of another origin/);
  assert.equal((await client.authenticator.credentials()).length, 0);
  await isStillPrepared(stage, prepared);
  await client.close();
});
