// The panel where a person chooses where their claim breaks, and how.

import { asks } from "./breakage.mjs";
import { text } from "./facts.mjs";
import { element } from "./view.mjs";
import { STEPS } from "./words.mjs";

/** The step that is chosen at first: the last one before anything is final. */
const FIRST = "commit";

/** Fills the panel. The first step is over when the person can click: what can be broken are the others. */
export function offerBreaks() {
  const step = element("break-step");
  const options = STEPS.slice(1).map(([phase, words]) => {
    const option = text("option", words);
    option.value = phase;
    option.selected = option.defaultSelected = phase === FIRST;
    return option;
  });
  step.replaceChildren(...options);
  step.onchange = () => allow(step.value);
  element("break-form").onsubmit = (event) => event.preventDefault();
  allow(step.value);
}

/**
 * What the person has chosen.
 *
 * @returns {Pick<import("./breakage.mjs").Plan, "phase" | "how">}
 */
export function readPlan() {
  return { phase: element("break-step").value, how: radios().find(({ checked }) => checked).value };
}

/** A step without a request has no line to be cut. */
function allow(phase) {
  const hasLine = asks(phase);
  for (const radio of radios()) {
    radio.disabled = !hasLine && radio.value !== "dies";
    if (!hasLine) radio.checked = radio.value === "dies";
  }
  element("break-hint").hidden = hasLine;
}

const radios = () => [...element("break-form").elements.how];
