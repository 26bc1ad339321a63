// One wallet, two domains: pages of a related origin use the passkeys of another's RP ID (WebAuthn Level 3, §5.11).

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startBrowser } from "../harness/browser.mjs";
import { makeCertificate } from "../harness/certificate.mjs";
import { isHandedOver, isSignatureOf, isStillPrepared } from "../harness/ownership.mjs";
import { Origin, pages } from "../harness/pages.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

/** Whose passkeys they are. */
const OWN = "https://example.com";
/** In the list that browsers read. */
const RELATED = "https://example.org";
/** Allowed by the co-signer, and not in that list. */
const UNLISTED = "https://example.net";
/** Known to nobody. */
const STRANGER = "https://example.edu";

/** What browsers read. */
const list = { origins: [RELATED] };

let stage;
let everywhere;
before(async () => {
  const { hash, ...tls } = makeCertificate([OWN, RELATED, UNLISTED, STRANGER].map((origin) => new URL(origin).hostname));
  everywhere = await Origin.open({ tls });
  everywhere.serve(pages({ "/.well-known/webauthn": list }));
  // Whatever host a page names, it is this server, of whose certificate the browser makes an exception.
  const words = [`--host-resolver-rules=MAP *:443 localhost:${everywhere.port}`, `--ignore-certificate-errors-spki-list=${hash}`];
  stage = await Stage.set({
    relyingParty: { id: new URL(OWN).hostname, origins: [OWN], related_origins: [RELATED, UNLISTED] },
    browser: () => startBrowser({ words }),
  });
});
after(async () => {
  await stage?.strike();
  await everywhere?.close();
});
beforeEach(() => stage.line.mend());

const handOff = ({ share }, { publicKey }) => stage.server.sealFor({ share, to: publicKey });

test("what was claimed at one origin is restored and signs at the related one, with the same passkey, and at both from then on", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ url: OWN });
  await client.claim(handOff(prepared, client));
  await isHandedOver(stage, client, prepared);

  await client.connect(RELATED);
  assert.deepEqual(await client.held(), [], "storage is each origin's own");
  const [{ bytes }] = await client.restore();
  await isSignatureOf(prepared.wallet, bytes);
  await client.connect();
  await isHandedOver(stage, client, prepared);
  assert.equal((await client.authenticator.credentials()).length, 1);

  await client.connect(OWN);
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a claim at the related origin makes a passkey of the one RP ID", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ url: RELATED });
  await client.claim(handOff(prepared, client));
  await isHandedOver(stage, client, prepared);
  const [{ rpId }] = await client.authenticator.credentials();
  assert.equal(rpId, new URL(OWN).hostname);
  await client.close();
});

test("an origin that is not in the list is refused by the browser, whatever the co-signer allows", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ url: UNLISTED });
  await refusedWith(client.claim(handOff(prepared, client)), "passkey_unsupported");
  await isStillPrepared(stage, prepared);
  await client.connect(OWN);
  await client.claim(handOff(prepared, client));
  await client.connect(UNLISTED);
  await refusedWith(client.restore(), "passkey_unsupported");
  assert.ok(!stage.line.paths.includes("/v1/unlock/finish"));
  await client.close();
});

test("an origin behind five others of other names is not found in the list", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ url: OWN });
  await client.claim(handOff(prepared, client));
  await client.connect(RELATED);
  const others = ["one", "two", "three", "four", "five"].map((name) => `https://${name}.com`);
  list.origins = [...others, RELATED];
  await refusedWith(client.restore(), "passkey_unsupported");
  list.origins = [...others.slice(1), RELATED];
  const [{ bytes }] = await client.restore();
  await isSignatureOf(prepared.wallet, bytes);
  await client.close();
});

test("a page of a stranger's gets no answer of the co-signer's", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage({ url: STRANGER });
  await refusedWith(client.claim(handOff(prepared, client)), "co_signer_unreachable");
  await refusedWith(client.restore(), "co_signer_unreachable");
  await isStillPrepared(stage, prepared);
  await client.close();
});
