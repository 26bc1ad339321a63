// The receipts: kept as a file, one a line, checked in the page without a network.

import { verifyReceipt } from "/packages/claimkit";
import { CHAINS, pair, text } from "./facts.mjs";
import { attempt, conclude, element } from "./view.mjs";

/** A receipt names a key, and not what it is for; this demo's wallets are of these types. */
const TYPES = { "ecdsa-secp256k1": "EVM", "eddsa-ed25519": "SOLANA" };

let address;

/**
 * Offers the receipts, if there are any.
 *
 * @param {string[]} receipts
 */
export function offerReceipts(receipts) {
  const download = element("download");
  const verify = element("verify");
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(new Blob([receipts.map((receipt) => `${receipt}\n`).join("")], { type: "text/plain" }));
  download.href = address;
  download.hidden = verify.hidden = receipts.length === 0;
  verify.onclick = () => attempt(verify, {}, () => check(receipts, "Each receipt is genuine."));
}

/** Lets the person check receipts that they kept as a file. */
export function acceptFiles() {
  const upload = element("upload");
  upload.onchange = async () => {
    const [file] = upload.files;
    if (!file) return;
    const receipts = (await file.text()).trim().split(/\s+/);
    upload.value = "";
    await check(receipts, `Each receipt in «${file.name}» is genuine.`);
  };
}

async function check(receipts, verdict) {
  const parts = element("receipt-parts");
  parts.replaceChildren();
  try {
    const checked = [];
    for (const receipt of receipts) checked.push(await facts(receipt));
    parts.replaceChildren(...checked);
    conclude("receipt", true, `${verdict} Checked here, without a network.`);
  } catch (error) {
    conclude("receipt", false, `This is no genuine receipt: ${error.message}`);
  }
}

async function facts(receipt) {
  const { scheme } = await verifyReceipt({ receipt });
  const { type, address, epoch, imported, committedAt, coSigner } = await verifyReceipt({ receipt, type: TYPES[scheme] });
  const list = document.createElement("dl");
  list.className = "facts";
  list.append(
    pair(CHAINS[type], text("code", address)),
    pair("Epoch", `${epoch}, all before it retired`),
    pair("Key", imported ? "imported: somebody had it before" : "made by the app and the co-signer together"),
    pair("Claimed", new Date(committedAt).toLocaleString()),
    pair("Signed by", text("code", coSigner)),
  );
  const item = document.createElement("li");
  item.dataset.type = type;
  item.append(list);
  return item;
}
