// Tickets that don't fit: each is refused, and the wallet stays as it was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isHandedOver, isStillPrepared } from "../harness/ownership.mjs";
import { refusedWith, Stage } from "../harness/stage.mjs";

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.strike());

const handOff = (prepared, client, more = {}) => stage.server.sealFor({ share: prepared.share, to: client.publicKey, ...more });

test("a ticket is taken once", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const first = handOff(prepared, client);
  await client.claim(first);
  await refusedWith(client.claim(first), "already_claimed", "not_authorised");
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a ticket for another browser is refused, and stays good for its own", async () => {
  const prepared = await stage.prepare();
  const [ada, eve] = [await stage.openPage(), await stage.openPage()];
  const forAda = handOff(prepared, ada);
  const { share } = handOff(prepared, eve);
  await refusedWith(eve.claim({ share, ticket: forAda.ticket }), "not_authorised");
  await isStillPrepared(stage, prepared);
  await ada.claim(forAda);
  await isHandedOver(stage, ada, prepared);
  await Promise.all([ada.close(), eve.close()]);
});

test("a share for another browser is refused before anything is sent", async () => {
  const prepared = await stage.prepare();
  const [ada, eve] = [await stage.openPage(), await stage.openPage()];
  stage.line.mend();
  await refusedWith(eve.claim(handOff(prepared, ada)), "share_invalid");
  assert.deepEqual(stage.line.paths, []);
  await Promise.all([ada.close(), eve.close()]);
});

test("a ticket for another wallet is refused", async () => {
  const [mine, other] = [await stage.prepare(), await stage.prepare()];
  const client = await stage.openPage();
  const { share } = handOff(mine, client);
  const { ticket } = handOff(other, client);
  await refusedWith(client.claim({ share, ticket }), "not_authorised");
  assert.equal((await client.authenticator.credentials()).length, 0);
  await isStillPrepared(stage, mine);
  await isStillPrepared(stage, other);
  await client.claim(handOff(mine, client));
  await isHandedOver(stage, client, mine);
  await client.close();
});

test("an expired ticket is refused, and a new one is good", async (context) => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  // Of a minute ago, by the clock of the back end.
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() - 60_000 });
  const late = handOff(prepared, client, { expiresIn: 1 });
  context.mock.timers.reset();
  await refusedWith(client.claim(late), "claim_expired");
  await isStillPrepared(stage, prepared);
  await client.claim(handOff(prepared, client));
  await isHandedOver(stage, client, prepared);
  await client.close();
});

test("a ticket altered in any character is refused", async () => {
  const prepared = await stage.prepare();
  const client = await stage.openPage();
  const { share, ticket } = handOff(prepared, client);
  for (let index = 0; index < ticket.length; index += 7) {
    const altered = ticket.slice(0, index) + (ticket[index] === "A" ? "B" : "A") + ticket.slice(index + 1);
    await refusedWith(client.claim({ share, ticket: altered }), "not_authorised", "invalid_argument", "version_unsupported", "claim_expired");
  }
  assert.equal((await client.authenticator.credentials()).length, 0);
  await isStillPrepared(stage, prepared);
  await client.claim({ share, ticket });
  await isHandedOver(stage, client, prepared);
  await client.close();
});
