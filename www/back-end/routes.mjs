// What the page may ask of the back end.

import { verifyReceipt } from "claimkit/server";
import { Refusal } from "./refusal.mjs";
import { Sessions } from "./sessions.mjs";
import { holds, toSign } from "./signatures.mjs";

/** The longest message to be signed, in UTF-16 code units. */
const MESSAGE_LIMIT = 2_000;

/** The longest proof of ownership, in characters. */
const PROOF_LIMIT = 3_000;

/** The longest receipt, in characters. */
const RECEIPT_LIMIT = 6_000;

/**
 * The routes, by method and path.
 *
 * @param {object} parts
 * @param {{ cosigner: string, identity: import("claimkit").CoSignerIdentity, origin: string }} parts.settings
 * @param {import("libsql").Database} parts.database
 * @param {import("./shares.mjs").SharesAtRest} parts.shares
 * @param {import("claimkit/server").Server} parts.server
 * @param {import("./preparation.mjs").Preparation} parts.preparation
 */
export function routes({ settings, database, shares, server, preparation }) {
  const sessions = new Sessions(database, settings.port);

  const signedIn = (request) => {
    const person = sessions.person(request);
    if (!person) throw new Refusal(401, "signed_out", "Nobody is signed in.");
    return person;
  };
  const preparedFor = ({ email }) => {
    const wallets = shares.list(email);
    if (wallets.length === 0) throw new Refusal(404, "no_wallet", "No wallet was prepared for this person.");
    return wallets;
  };
  const oneOf = (person, id) => {
    const wallet = preparedFor(person).find(({ walletId }) => walletId === id);
    if (!wallet) throw new Refusal(400, "bad_request", "The wallet is another person's.");
    return wallet;
  };
  // Whether a wallet is claimed is the co-signer's to say: the app keeps no truth of its own beside it.
  const walletsOf = async (person) => {
    const known = await server.getWallets({ claimantId: { email: person.email } });
    return preparedFor(person).map(({ walletId, type, address, publicKey }) => {
      const { claimed, epoch } = known.find((wallet) => wallet.walletId === walletId) ?? { claimed: false, epoch: 0 };
      return { walletId, type, address, publicKey, receipts: shares.receipts(walletId), claimed, epoch };
    });
  };

  return {
    "GET /api/me": async ({ request }) => {
      const person = sessions.person(request);
      const known = { cosigner: settings.cosigner, identity: settings.identity, people: preparation.people() };
      if (!person) return { body: known };
      return { body: { ...known, person, wallets: await walletsOf(person) } };
    },

    "POST /api/sign-in": async ({ body }) => {
      const person = preparation.person(body.email);
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
      const publicKey = text(body, "publicKey", 64);
      const waiting = (await walletsOf(person)).filter(({ claimed }) => !claimed).map(({ walletId }) => walletId);
      if (waiting.length === 0) throw new Refusal(409, "already_claimed", "Every wallet of this person is claimed.");
      const open = shares.open(person.email).filter(({ walletId }) => waiting.includes(walletId));
      return { body: await server.sealFor({ shares: open.map(({ share }) => share), to: publicKey }) };
    },

    // Kept only if it is genuine and about a wallet of this person's: proof that the app's own share is dead.
    "POST /api/receipt": async ({ request, body }) => {
      const person = signedIn(request);
      const receipt = text(body, "receipt", RECEIPT_LIMIT);
      const { walletId, epoch } = await verifyReceipt({ receipt, identity: server.identity });
      shares.keepReceipt(oneOf(person, walletId).walletId, epoch, receipt);
      return { body: {} };
    },

    "POST /api/proofs/nonce": async ({ request }) => {
      signedIn(request);
      return { body: { audience: settings.origin, nonce: sessions.drawNonce(request) } };
    },

    // Who can show that they hold their wallets: to this app, and for the nonce that it drew for them, which is used up by the first try.
    "POST /api/proofs": async ({ request, body }) => {
      const person = signedIn(request);
      const proofs = proofsOf(body, preparedFor(person).length);
      const nonce = sessions.takeNonce(request);
      if (!nonce) throw new Refusal(409, "nonce_used", "The app takes each nonce once, within five minutes, and this one is used up.");
      const wallets = [];
      for (const proof of proofs) {
        const details = await verified(server, { proof, audience: settings.origin, nonce, claimantId: { email: person.email } });
        const { walletId, type, address } = oneOf(person, details.walletId);
        if (wallets.some((known) => known.walletId === walletId)) throw new Refusal(400, "bad_request", "Each wallet is shown once.");
        wallets.push({ walletId, type, address, epoch: details.epoch, expiresAt: details.expiresAt });
      }
      return { body: { wallets } };
    },

    // What an app could do with the shares it kept: sign before the claim, nothing after it.
    "POST /api/prepared-shares/sign": async ({ request, body }) => {
      const person = signedIn(request);
      const message = text(body, "message", MESSAGE_LIMIT);
      const answers = [];
      for (const { share } of shares.open(person.email)) answers.push(await tryToSign(server.withShare(share), message));
      return { body: { answers } };
    },

    "POST /api/verify": async ({ request, body }) => {
      const wallet = oneOf(signedIn(request), text(body, "walletId", 22));
      const message = text(body, "message", MESSAGE_LIMIT);
      const signature = text(body, "signature", 132);
      if (!/^0x([0-9a-f]{128}|[0-9a-f]{130})$/.test(signature)) {
        throw new Refusal(400, "bad_request", '"signature" should be 64 or 65 bytes in hex.');
      }
      return { body: { valid: await holds(wallet, message, signature) } };
    },
  };
}

/** Checks a proof: one that doesn't hold is refused with what is wrong with it. */
async function verified(server, expected) {
  try {
    return await server.verifyProof(expected);
  } catch (error) {
    if (!["not_authorised", "invalid_argument"].includes(error.code)) throw error;
    throw new Refusal(403, "proof_refused", error.message);
  }
}

function proofsOf({ proofs }, most) {
  const isProof = (proof) => typeof proof === "string" && proof.length <= PROOF_LIMIT;
  if (!Array.isArray(proofs) || proofs.length === 0 || proofs.length > most || !proofs.every(isProof)) {
    throw new Refusal(400, "bad_request", `"proofs" should be 1 to ${most} texts of at most ${PROOF_LIMIT} characters.`);
  }
  return proofs;
}

async function tryToSign(prepared, message) {
  const { walletId, type } = prepared;
  try {
    await prepared.sign(toSign(type, message));
    return { walletId, type, refused: false };
  } catch (error) {
    if (!["already_claimed", "epoch_mismatch"].includes(error.code)) throw error;
    return { walletId, type, refused: true, code: error.code, message: error.message, refusal: error.refusal };
  }
}

function text(body, name, limit) {
  const value = body[name];
  if (typeof value !== "string" || value.length === 0 || value.length > limit) {
    throw new Refusal(400, "bad_request", `"${name}" should be a text of 1 to ${limit} characters.`);
  }
  return value;
}
