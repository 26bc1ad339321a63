// The receipt: kept as a file, checked in the page without a network.

import { verifyReceipt } from "/packages/claimkit";
import { attempt, conclude, element } from "./view.mjs";

let address;

/**
 * Offers the receipt, if there is one.
 *
 * @param {string | undefined} receipt
 */
export function offerReceipt(receipt) {
  const download = element("download");
  if (address) URL.revokeObjectURL(address);
  address = receipt && URL.createObjectURL(new Blob([receipt, "\n"], { type: "text/plain" }));
  download.hidden = !receipt;
  if (address) download.href = address;
  const verify = element("verify");
  verify.hidden = !receipt;
  verify.onclick = () => attempt(verify, {}, () => check(receipt, "This receipt is genuine."));
}

/** Lets the person check a receipt that they kept as a file. */
export function acceptFiles() {
  const upload = element("upload");
  upload.onchange = async () => {
    const [file] = upload.files;
    if (!file) return;
    const text = (await file.text()).trim();
    upload.value = "";
    await check(text, `«${file.name}» is a genuine receipt.`);
  };
}

async function check(receipt, verdict) {
  const facts = element("receipt-facts");
  facts.replaceChildren();
  try {
    const { walletId, address, epoch, committedAt, coSigner } = await verifyReceipt({ receipt });
    const rows = {
      Wallet: walletId,
      Address: address,
      Epoch: `${epoch}, all before it retired`,
      Claimed: new Date(committedAt).toLocaleString(),
      "Signed by": coSigner,
    };
    facts.replaceChildren(...Object.entries(rows).map(([name, value]) => row(name, value)));
    conclude("receipt", true, `${verdict} Checked here, without a network.`);
  } catch (error) {
    conclude("receipt", false, `This is no genuine receipt: ${error.message}`);
  }
}

function row(name, value) {
  const pair = document.createElement("div");
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.textContent = value;
  pair.append(term, description);
  return pair;
}
