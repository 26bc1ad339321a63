// The page's sections, of which one is shown at a time, its status line and its notice.

import { heading, showScreen } from "./screens.mjs";
import { wordsFor } from "./words.mjs";

/** @param {string} id */
export const element = (id) => document.getElementById(id);

/**
 * Shows one section and puts the focus on its heading.
 *
 * @param {string} name
 */
export function show(name) {
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== name;
  const isWallet = name === "wallet";
  document.body.dataset.shown = name;
  if (isWallet) showScreen();
  element("tabs").hidden = !isWallet;
  element("main").removeAttribute("aria-busy");
  const title = isWallet ? heading() : document.querySelector(`[data-view="${name}"] h1`);
  document.title = `${title.textContent} · claimkit demo`;
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/**
 * Whether a section is the one that is shown.
 *
 * @param {string} name
 */
export const isShown = (name) => !document.querySelector(`[data-view="${name}"]`).hidden;

/**
 * Says something to those who listen to the page.
 *
 * @param {string} text
 */
export function say(text) {
  element("status").textContent = text;
}

/**
 * Tells the person what went wrong and what they can do.
 *
 * @param {Error & { code?: string }} error
 * @param {Record<string, (() => void) | undefined>} actions what each button of `words.mjs` does
 */
export function notify(error, actions) {
  const { title, text, next, code, action, button } = wordsFor(error);
  if (code === "internal") console.error(error);
  element("notice-title").textContent = title;
  element("notice-text").textContent = text;
  element("notice-next").textContent = next;
  element("notice-code").textContent = code;
  const act = action && actions[action];
  const primary = element("notice-action");
  primary.hidden = !act;
  primary.textContent = button ?? "";
  primary.onclick = () => {
    dismiss();
    act();
  };
  const notice = element("notice");
  notice.hidden = false;
  notice.focus();
  notice.scrollIntoView({ block: "nearest" });
}

/** Takes the notice away. */
export function dismiss() {
  element("notice").hidden = true;
}

/**
 * Runs what a button stands for, once at a time, and tells its errors. The button keeps the focus meanwhile.
 *
 * @param {HTMLButtonElement} button
 * @param {Record<string, () => void>} actions
 * @param {() => Promise<void>} work
 */
export async function attempt(button, actions, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  dismiss();
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (error) {
    const again = () => attempt(button, actions, work);
    notify(error, { again, unlock: again, ...actions });
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/**
 * Shows the outcome of an action, with the part that each wallet has in it.
 *
 * @param {string} name the prefix of the outcome's ids
 * @param {boolean} isGood
 * @param {string} verdict
 * @param {HTMLElement[]} [parts]
 */
export function conclude(name, isGood, verdict, parts) {
  const outcome = element(`${name}-outcome`);
  outcome.dataset.verdict = isGood ? "good" : "bad";
  outcome.hidden = false;
  element(`${name}-verdict`).textContent = verdict;
  if (parts) element(`${name}-parts`).replaceChildren(...parts);
  say(verdict);
}

/**
 * Takes the outcome of an earlier action away.
 *
 * @param {string} name the prefix of the outcome's ids
 */
export function forget(name) {
  element(`${name}-outcome`).hidden = true;
}

/** Takes the outcomes of earlier actions away. */
export function forgetOutcomes() {
  for (const outcome of document.querySelectorAll(".outcome")) outcome.hidden = true;
}
