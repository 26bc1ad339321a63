// Where else the wallets are open: the list of their sessions, and how each is ended.

import { text } from "./facts.mjs";
import { attempt, conclude, element, forget } from "./view.mjs";
import { moment } from "./words.mjs";

/** The list's part of the page. */
export class SessionList {
  #session;
  #actions;
  /** The state of the session whose list is shown, or asked for. */
  #shown;

  /**
   * @param {import("./session.mjs").SessionView} session
   * @param {Record<string, () => void>} actions what the buttons of a notice do
   */
  constructor(session, actions) {
    this.#session = session;
    this.#actions = actions;
    const on = (id, work) => this.#on(element(id), work);
    on("list-again", () => this.#list());
    on("revoke-others", async () => {
      await session.use((open) => open.revoke({ others: true }));
      await this.#list();
      conclude("sessions", true, "Every other session is over. This one goes on.");
    });
    on("lock-everywhere", async () => {
      await session.lockEverywhere();
      conclude("sessions", true, "Locked everywhere: every session of these wallets is over, on every device.");
    });
  }

  /** Shows what there is to show of an open session, or of one that has ended. */
  async show() {
    const { isOpen, state } = this.#session;
    for (const name of ["session-list", "revoke-others", "list-again"]) element(name).hidden = !isOpen;
    element("sessions-locked").hidden = isOpen;
    if (!isOpen) element("session-list").replaceChildren();
    if (this.#shown === state) return;
    this.#shown = state;
    if (!isOpen) return;
    forget("sessions");
    try {
      await this.#list();
    } catch {
      // Nobody asked for it: "Look again" tells what is wrong.
      if (this.#shown === state && this.#session.isOpen) element("session-list").replaceChildren(text("li", "The list can't be had just now."));
    }
  }

  async #list() {
    const listed = await this.#session.use((open) => open.sessions());
    if (!this.#session.isOpen) return;
    element("session-list").replaceChildren(...listed.map((one) => this.#item(one)));
    element("revoke-others").disabled = listed.every(({ current }) => current);
  }

  #item({ sessionId, device, beganAt, usedAt, expiresAt, current }) {
    const name = text("p", "");
    name.append(text("strong", device));
    if (current) name.append(Object.assign(text("span", "This one"), { className: "badge" }));
    const times = text("p", `Begun ${moment(beganAt)} · last used ${moment(usedAt)} · ends ${moment(expiresAt)}`);
    times.className = "aside";
    const button = text("button", "Revoke");
    button.type = "button";
    button.className = "quiet";
    button.setAttribute("aria-label", `Revoke ${device}, begun ${moment(beganAt)}${current ? ": this one" : ""}`);
    this.#on(button, async () => {
      await this.#session.use((open) => open.revoke({ sessionId }));
      if (!current) await this.#list();
      conclude("sessions", true, current ? "This session is over." : `The session of "${device}" is over: its next request is refused.`);
      element("sessions-title").focus();
    });
    const item = document.createElement("li");
    item.dataset.current = current;
    item.append(name, button, times);
    return item;
  }

  #on(button, work) {
    button.onclick = () => attempt(button, this.#actions, work);
  }
}
