// What is known of each wallet, in rows: its chain, its address, its epoch.

import { say } from "./view.mjs";

/** What people call the wallets of each type. */
export const CHAINS = { EVM: "Ethereum", SOLANA: "Solana", COSMOS: "Cosmos" };

/**
 * Lists wallets, one a row.
 *
 * @param {HTMLElement} list a `dl`
 * @param {{ type: string, address: string, epoch: number }[]} wallets
 * @param {{ was?: number, canCopy?: boolean }} [options] `was`: the epoch before
 */
export function showFacts(list, wallets, { was, canCopy = false } = {}) {
  list.replaceChildren(
    ...wallets.map(({ type, address, epoch }) => {
      const code = text("code", address);
      code.className = "address";
      const number = text("span", epoch);
      number.className = "epoch";
      const aside = text("p", "Epoch ");
      aside.className = "aside";
      aside.append(number, was === undefined ? "" : `, was ${was} while it waited`);
      const row = pair(CHAINS[type], code, ...(canCopy ? [copyButton(type, address)] : []), aside);
      row.dataset.type = type;
      return row;
    }),
  );
}

/**
 * One row of a `dl`.
 *
 * @param {string} term
 * @param {...(string | Node)} description
 */
export function pair(term, ...description) {
  const row = document.createElement("div");
  const dd = document.createElement("dd");
  dd.append(...description);
  row.append(text("dt", term), dd);
  return row;
}

/**
 * An element with a text.
 *
 * @param {string} name
 * @param {string | number} content
 */
export function text(name, content) {
  const element = document.createElement(name);
  element.textContent = content;
  return element;
}

function copyButton(type, address) {
  const button = text("button", "Copy");
  button.type = "button";
  button.className = "quiet";
  button.setAttribute("aria-label", `Copy the ${CHAINS[type]} address`);
  button.onclick = async () => {
    await navigator.clipboard.writeText(address);
    say(`The ${CHAINS[type]} address is copied.`);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };
  return button;
}
