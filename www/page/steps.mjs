// The steps of a claim or a rotation, as they happen.

import { say } from "./view.mjs";

/** The list of steps: one is "now", those before it are done. */
export class Steps {
  #items;
  #current = -1;
  #since = performance.now();

  /**
   * Lists all steps as still to be done.
   *
   * @param {HTMLElement} list an `ol`
   * @param {[phase: string, words: string][]} steps
   */
  constructor(list, steps) {
    this.#items = steps.map(([phase, words]) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      const time = document.createElement("span");
      text.textContent = words;
      time.className = "time";
      item.append(text, time);
      return { phase, words, item, time };
    });
    list.replaceChildren(...this.#items.map(({ item }) => item));
  }

  /**
   * Moves to a step.
   *
   * @param {{ phase: string }} progress
   */
  reach({ phase }) {
    const index = this.#items.findIndex((step) => step.phase === phase);
    if (index <= this.#current) return;
    this.#finishUpTo(index);
    this.#current = index;
    const { item, words } = this.#items[index];
    item.dataset.state = "now";
    item.setAttribute("aria-current", "step");
    say(`Step ${index + 1} of ${this.#items.length}: ${words}`);
  }

  /** Marks every step as done. */
  finish() {
    this.#finishUpTo(this.#items.length);
  }

  #finishUpTo(index) {
    const now = performance.now();
    for (let done = Math.max(this.#current, 0); done < index; done += 1) {
      const { item, time } = this.#items[done];
      if (done === this.#current) time.textContent = inWords(now - this.#since);
      item.dataset.state = "done";
      item.removeAttribute("aria-current");
    }
    this.#since = now;
  }
}

function inWords(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
