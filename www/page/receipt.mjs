// The receipts, and the refusals that go with them: kept as a file, one a line, checked in the page without a network.

import { verifyReceipt, verifyRefusal } from "/packages/claimkit";
import { CHAINS, pair, text } from "./facts.mjs";
import { attempt, conclude, element } from "./view.mjs";

/** A receipt names a key, and not what it is for; this demo's wallets are of these types. */
const TYPES = { "ecdsa-secp256k1": "EVM", "eddsa-ed25519": "SOLANA" };

/** How the text of every refusal begins (docs/protocol.md): it tells them from receipts, and proves nothing. */
const REFUSAL = "Y2tpdAEI";

/** Whose receipts are genuine here: anybody can run a co-signer, and have it say anything of keys that it made. */
let identity;
let address;
let offered = { receipts: [], refusals: [] };

/** @param {import("claimkit").CoSignerIdentity} known the keys of the co-signer that the app knows */
export function expectIdentity(known) {
  identity = known;
}

/**
 * Offers the receipts, if there are any.
 *
 * @param {string[]} receipts
 */
export function offerReceipts(receipts) {
  offer({ receipts, refusals: [] });
}

/**
 * Offers more receipts with those that there are.
 *
 * @param {string[]} receipts
 */
export function addReceipts(receipts) {
  offer({ ...offered, receipts: [...offered.receipts, ...receipts.filter((receipt) => !offered.receipts.includes(receipt))] });
}

/**
 * Offers refusals with the receipts, in the place of earlier ones.
 *
 * @param {string[]} refusals
 */
export function offerRefusals(refusals) {
  offer({ ...offered, refusals });
}

function offer({ receipts, refusals }) {
  offered = { receipts, refusals };
  const texts = [...receipts, ...refusals];
  const download = element("download");
  const verify = element("verify");
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(new Blob([texts.map((line) => `${line}\n`).join("")], { type: "text/plain" }));
  download.href = address;
  download.hidden = verify.hidden = receipts.length === 0;
  verify.onclick = () => attempt(verify, {}, () => check(texts, "Each receipt is genuine."));
}

/** Lets the person check receipts and refusals that they kept as a file. */
export function acceptFiles() {
  const upload = element("upload");
  upload.onchange = async () => {
    const [file] = upload.files;
    if (!file) return;
    const texts = (await file.text()).trim().split(/\s+/);
    upload.value = "";
    await check(texts, `Each receipt in "${file.name}" is genuine.`);
  };
}

async function check(texts, verdict) {
  const parts = element("receipt-parts");
  parts.replaceChildren();
  const refusals = texts.filter((line) => line.startsWith(REFUSAL));
  let what = "receipt";
  try {
    const claims = [];
    for (const receipt of texts.filter((line) => !refusals.includes(line))) claims.push(await claimOf(receipt));
    what = "refusal";
    for (const refusal of refusals) await attach(refusal, claims);
    parts.replaceChildren(...claims.map(claimPart));
    const more = refusals.length > 0 ? " So is each refusal of an old share." : "";
    conclude("receipt", true, `${verdict}${more} Checked here, without a network.`);
  } catch (error) {
    conclude("receipt", false, `This is no genuine ${what}: ${error.message}`);
  }
}

async function claimOf(receipt) {
  const { scheme } = await verifyReceipt({ receipt, identity });
  return { receipt, refusals: [], ...(await verifyReceipt({ receipt, identity, type: TYPES[scheme] })) };
}

/** Holds a refusal against the receipt of the claim or rotation that retired the epoch. */
async function attach(refusal, claims) {
  const { walletId, epoch } = await verifyRefusal({ refusal, identity });
  const claim = claims.find((claim) => claim.walletId === walletId && claim.epoch === epoch + 1);
  if (!claim) throw new Error("the receipt of what retired its epoch is not there.");
  claim.refusals.push(await verifyRefusal({ refusal, identity, receipt: claim.receipt }));
}

function claimPart({ type, address, epoch, imported, committedAt, coSigner, refusals }) {
  const list = document.createElement("dl");
  list.className = "facts";
  list.append(
    pair(CHAINS[type], text("code", address)),
    pair("Epoch", `${epoch}, all before it retired`),
    pair("Key", imported ? "imported: somebody had it before" : "made by the app and the co-signer together"),
    pair("Committed", new Date(committedAt).toLocaleString()),
    ...refusals.map(({ epoch, refusedAt }) => pair("Refused", `a share of epoch ${epoch}, ${new Date(refusedAt).toLocaleString()}`)),
    pair("Signed by", text("code", coSigner)),
  );
  const item = document.createElement("li");
  item.dataset.type = type;
  item.dataset.epoch = epoch;
  item.dataset.refusals = refusals.length;
  item.append(list);
  return item;
}
