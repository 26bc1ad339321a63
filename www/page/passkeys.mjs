// Whether this browser has what the wallets need of passkeys: told before anyone clicks, where it can be known.

import { element } from "./view.mjs";
import { wordsForLacking } from "./words.mjs";

let lacking;

/** Whether a prompt can come to anything, as far as is known. */
export const canPrompt = () => lacking === undefined;

/** Finds out, and tells the person what is missing and what to do. */
export async function lookForPasskeys() {
  lacking = await whatIsLacking();
  if (!lacking) return;
  const { title, text, next } = wordsForLacking(lacking);
  element("lacking-title").textContent = title;
  element("lacking-text").textContent = text;
  element("lacking-next").textContent = next;
  const card = element("lacking");
  card.dataset.lacking = lacking;
  card.hidden = false;
  for (const id of ["unlock", "restore"]) element(id).disabled = true;
}

/** @returns {Promise<"passkeys" | "prf" | undefined>} what is certain to be missing: a browser that says nothing may have it */
async function whatIsLacking() {
  if (!window.PublicKeyCredential || !navigator.credentials) return "passkeys";
  try {
    const capabilities = await PublicKeyCredential.getClientCapabilities?.();
    return capabilities?.["extension:prf"] === false ? "prf" : undefined;
  } catch {
    return undefined;
  }
}
