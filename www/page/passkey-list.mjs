// Which passkeys open the wallets: their names, and how each is added, renamed and removed.

import { Adding } from "./adding.mjs";
import { text } from "./facts.mjs";
import { attempt, conclude, element, forget, say } from "./view.mjs";
import { during, moment } from "./words.mjs";

/** How many passkeys wallets can have. */
const MOST = 8;

/** The longest name, in bytes. */
const NAME_LIMIT = 64;

/** What a further one is called, unless its person knows better. */
const DEFAULTS = ["My other device", "My third device", "My spare device"];

/** The passkeys' part of the page. */
export class PasskeyList {
  #session;
  #actions;
  #adding;
  /** The session whose list is shown, or asked for. */
  #shown;

  /**
   * @param {import("./session.mjs").SessionView} session
   * @param {Record<string, () => void>} actions what the buttons of a notice do
   */
  constructor(session, actions) {
    this.#session = session;
    this.#actions = { ...actions, passkeys: () => element("list-passkeys").click() };
    this.#adding = new Adding(session);
    this.#on(element("list-passkeys"), () => this.#list());
    const name = element("passkey-name");
    name.oninput = () => limit(name);
    element("add-passkey-form").onsubmit = (event) => {
      event.preventDefault();
      attempt(element("add-passkey"), this.#actions, () => this.#add(name.value.trim()));
    };
    element("rotate-after").onclick = () => {
      forget("passkeys");
      const rotate = element("rotate");
      rotate.focus();
      rotate.click();
    };
  }

  /** Shows what there is to show of an open session, or of one that has ended. */
  async show() {
    const { isOpen, sessionId } = this.#session;
    for (const name of ["passkey-list", "passkey-own", "list-passkeys", "add-passkey-form"]) element(name).hidden = !isOpen;
    element("passkeys-locked").hidden = isOpen;
    if (!isOpen) element("passkey-list").replaceChildren();
    if (this.#shown === sessionId) return;
    this.#shown = sessionId;
    if (!isOpen) return void this.#adding.stop("The session ended before the new passkey was approved: none was added.");
    forget("passkeys");
    try {
      await this.#list();
    } catch {
      // Nobody asked for it: "Look again" tells what is wrong.
      if (this.#shown === sessionId && this.#session.isOpen) element("passkey-list").replaceChildren(text("li", "The list can't be had just now."));
    }
  }

  /** Ends what is under way. */
  leave() {
    this.#adding.stop();
    this.#shown = undefined;
  }

  async #list() {
    const listed = await this.#session.use((open) => open.passkeys());
    if (!this.#session.isOpen) return;
    element("passkey-list").replaceChildren(...listed.map((one) => this.#item(one)));
    const isFull = listed.length >= MOST;
    const isTaken = (name) => listed.some((one) => one.name === name);
    const name = element("passkey-name");
    if (isTaken(name.value)) name.value = DEFAULTS.find((name) => !isTaken(name)) ?? "";
    element("add-passkey").disabled = name.disabled = isFull;
    element("add-hint").hidden = isFull;
    element("add-full").hidden = !isFull;
  }

  async #add(name) {
    forget("passkeys");
    const isAdded = await this.#adding.add(name);
    if (!isAdded) return;
    this.#conclude(`"${name}" opens these wallets now, on its own device too: there with 'Get them back with your passkey'.`);
    await this.#list();
    element("passkeys-title").focus();
  }

  async #remove({ passkeyId, name }) {
    forget("passkeys");
    await this.#session.use((open) => during("removePasskey", open.removePasskey({ passkeyId })));
    this.#conclude(
      `"${name}" opens these wallets no more, and its sessions are over. A share that its device kept stops working when you change the shares.`,
      { isRemoval: true },
    );
    await this.#list();
    element("rotate-after").focus();
  }

  async #rename(passkeyId, name) {
    forget("passkeys");
    await this.#session.use((open) => open.renamePasskey({ passkeyId, name }));
    await this.#list();
    say(`The passkey is called "${name}" now.`);
    this.#focusOn(passkeyId);
  }

  #conclude(verdict, { isRemoval = false } = {}) {
    element("rotate-after").hidden = !isRemoval;
    conclude("passkeys", true, verdict);
  }

  #item(listed) {
    const { passkeyId, name, createdAt, usedAt, current } = listed;
    const title = text("p", "");
    title.append(text("strong", name));
    if (current) title.append(Object.assign(text("span", "This one"), { className: "badge" }));
    const times = text("p", `Made ${moment(createdAt)} · last used ${moment(usedAt)}`);
    times.className = "aside";
    const item = document.createElement("li");
    item.dataset.passkeyId = passkeyId;
    item.dataset.current = current;
    const acts = [button("Rename", () => this.#askForName(item, listed))];
    // Its own approves removals: another one's session has to remove it.
    if (!current) acts.push(button("Remove", () => this.#askWhetherToRemove(item, listed)));
    for (const act of acts) act.setAttribute("aria-label", `${act.textContent} ${name}`);
    item.append(title, row(...acts), times);
    return item;
  }

  /** The name becomes a field. */
  #askForName(item, listed) {
    const { passkeyId, name } = listed;
    const input = Object.assign(document.createElement("input"), { type: "text", value: name, required: true, maxLength: NAME_LIMIT, autocomplete: "off" });
    input.setAttribute("aria-label", `New name of ${name}`);
    input.oninput = () => limit(input);
    const save = Object.assign(text("button", "Save"), { type: "submit" });
    const form = document.createElement("form");
    form.append(input, row(save, button("Cancel", () => this.#restore(item, listed))));
    form.onkeydown = ({ key }) => {
      if (key === "Escape") this.#restore(item, listed);
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      attempt(save, this.#actions, () => this.#rename(passkeyId, input.value.trim()));
    };
    item.replaceChildren(form);
    input.select();
    input.focus();
  }

  /** What a removal means, in words, before it is done. */
  #askWhetherToRemove(item, listed) {
    const { name } = listed;
    const words = `Remove "${name}"? It opens these wallets no more, and its sessions end at once. Your device asks for the passkey that you use now.`;
    const remove = button("Remove it", () => attempt(remove, this.#actions, () => this.#remove(listed)));
    const keep = button("Keep it", () => this.#restore(item, listed));
    const asked = document.createElement("div");
    asked.className = "asking";
    asked.setAttribute("role", "group");
    asked.setAttribute("aria-label", `Remove ${name}?`);
    asked.onkeydown = ({ key }) => {
      if (key === "Escape") this.#restore(item, listed);
    };
    remove.className = keep.className = "";
    asked.append(text("p", words), row(remove, keep));
    item.replaceChildren(asked);
    say(words);
    keep.focus();
  }

  #restore(item, listed) {
    item.replaceWith(this.#item(listed));
    this.#focusOn(listed.passkeyId);
  }

  #focusOn(passkeyId) {
    const item = [...element("passkey-list").children].find(({ dataset }) => dataset.passkeyId === passkeyId);
    item?.querySelector("button").focus();
  }

  #on(button, work) {
    button.onclick = () => attempt(button, this.#actions, work);
  }
}

function button(words, work) {
  const button = text("button", words);
  button.type = "button";
  button.className = "quiet";
  button.onclick = work;
  return button;
}

function row(...buttons) {
  const row = document.createElement("div");
  row.className = "row acts";
  row.append(...buttons);
  return row;
}

/** Says in a field that its name is blank, or longer than a passkey's may be: what counts is bytes. */
function limit(input) {
  const { length } = new TextEncoder().encode(input.value.trim());
  input.setCustomValidity(length === 0 ? "A passkey needs a name." : length > NAME_LIMIT ? "That is too long for a passkey's name." : "");
}
