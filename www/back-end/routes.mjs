// What the page may ask of the back end.

import { verifyReceipt } from "claimkit/server";
import { hashMessage, verifyMessage } from "viem";
import { Refusal } from "./refusal.mjs";
import { Sessions } from "./sessions.mjs";

/** The longest message to be signed, in UTF-16 code units. */
const MESSAGE_LIMIT = 2_000;

/** The longest receipt, in characters. */
const RECEIPT_LIMIT = 6_000;

/**
 * The routes, by method and path.
 *
 * @param {object} parts
 * @param {{ cosigner: string }} parts.settings
 * @param {import("libsql").Database} parts.database
 * @param {import("./shares.mjs").SharesAtRest} parts.shares
 * @param {import("claimkit/server").Server} parts.server
 * @param {import("./preparation.mjs").Preparation} parts.preparation
 */
export function routes({ settings, database, shares, server, preparation }) {
  const sessions = new Sessions(database);

  const signedIn = (request) => {
    const person = sessions.person(request);
    if (!person) throw new Refusal(401, "signed_out", "Nobody is signed in.");
    return person;
  };
  const firstWallet = ({ email }) => {
    const [wallet] = shares.list(email);
    if (!wallet) throw new Refusal(404, "no_wallet", "No wallet was prepared for this person.");
    return wallet;
  };

  return {
    "GET /api/me": async ({ request }) => {
      const person = sessions.person(request);
      const known = { cosigner: settings.cosigner, people: preparation.people() };
      if (!person) return { body: known };
      const { walletId, address, receipt } = firstWallet(person);
      // Whether a wallet is claimed is the co-signer's to say: the app keeps no truth of its own beside it.
      const wallets = await server.getWallets({ claimantId: { email: person.email } });
      const { claimed, epoch } = wallets.find((wallet) => wallet.walletId === walletId) ?? { claimed: false, epoch: 0 };
      return { body: { ...known, person, wallet: { walletId, address, claimed, epoch }, receipt } };
    },

    "POST /api/sign-in": async ({ body }) => {
      const person = preparation.people().find(({ email }) => email === body.email);
      if (!person) throw new Refusal(404, "no_such_person", "The demo knows nobody of that name.");
      return { body: { person }, cookie: sessions.start(person.email) };
    },

    "POST /api/sign-out": async ({ request }) => ({ body: {}, cookie: sessions.end(request) }),

    "POST /api/people": async () => {
      const person = await preparation.prepareSomeoneNew();
      return { status: 201, body: { person }, cookie: sessions.start(person.email) };
    },

    // The hand-off: to the signed-in person only, sealed so that only the browser that asked can read it.
    "POST /api/hand-off": async ({ request, body }) => {
      const person = signedIn(request);
      firstWallet(person);
      const publicKey = text(body, "publicKey", 64);
      return { body: await server.sealFor({ shares: shares.open(person.email), to: publicKey }) };
    },

    // Kept only if it is genuine and about this person's wallet: proof that the app's own share is dead.
    "POST /api/receipt": async ({ request, body }) => {
      const { walletId } = firstWallet(signedIn(request));
      const receipt = text(body, "receipt", RECEIPT_LIMIT);
      const { channelKey, receiptKey } = server.identity;
      const verified = await verifyReceipt({ receipt, identity: { channelKey, receiptKey } });
      if (verified.walletId !== walletId) throw new Refusal(400, "bad_request", "The receipt is of another wallet.");
      shares.keepReceipt(walletId, receipt);
      return { body: {} };
    },

    // What an app could do with the share it kept: sign before the claim, nothing after it.
    "POST /api/prepared-share/sign": async ({ request, body }) => {
      const person = signedIn(request);
      firstWallet(person);
      const digest = hashMessage(text(body, "message", MESSAGE_LIMIT));
      const [share] = shares.open(person.email);
      try {
        await server.withShare(share).sign({ digest: Buffer.from(digest.slice(2), "hex") });
        return { body: { refused: false } };
      } catch (error) {
        if (!["already_claimed", "epoch_mismatch"].includes(error.code)) throw error;
        return { body: { refused: true, code: error.code, message: error.message } };
      }
    },

    "POST /api/verify": async ({ request, body }) => {
      const { address } = firstWallet(signedIn(request));
      const message = text(body, "message", MESSAGE_LIMIT);
      const signature = text(body, "signature", 132);
      if (!/^0x[0-9a-f]{130}$/.test(signature)) throw new Refusal(400, "bad_request", "«signature» should be 65 bytes in hex.");
      return { body: { valid: await verifyMessage({ address, message, signature }) } };
    },
  };
}

function text(body, name, limit) {
  const value = body[name];
  if (typeof value !== "string" || value.length === 0 || value.length > limit) {
    throw new Refusal(400, "bad_request", `«${name}» should be a text of 1 to ${limit} characters.`);
  }
  return value;
}
