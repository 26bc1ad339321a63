// The page from the beginning: who has arrived, and what this browser and the app hold for them.

import { connect } from "/packages/claimkit";
import * as app from "./back-end.mjs";
import { ClaimView } from "./claim.mjs";
import { showFacts } from "./facts.mjs";
import { showClaimed, showPrepared } from "./holders.mjs";
import { acceptFiles } from "./receipt.mjs";
import { attempt, dismiss, element, isShown, notify, show } from "./view.mjs";
import { WalletView } from "./wallet.mjs";

const actions = { arrive, reload: () => location.reload(), startOver: () => element("start-over").click() };
const walletView = new WalletView(actions);
let kit;

/**
 * Looks at who is signed in and shows what is theirs.
 *
 * @param {{ quietly?: boolean }} [options] `quietly`: faults are not told, since another one is about to be
 */
async function arrive({ quietly = false } = {}) {
  // What an earlier look offered is not to be clicked while this one is under way.
  element("claim").disabled = true;
  try {
    walletView.lock();
    const me = await app.me();
    kit ??= await connect({ cosigner: me.cosigner });
    element("who").hidden = !me.person;
    if (!me.person) return welcome(me.people);
    element("who-email").textContent = me.person.email;
    await showWallets(me);
  } catch (error) {
    if (isShown("claiming") || isShown("waiting")) show("loading");
    element("loading-text").textContent = "The demo can't go on just now.";
    if (!quietly) notify(error, { again: arrive, ...actions });
  }
}

function welcome(people) {
  const items = people.map(({ name, email }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const texts = [["initial", name.slice(0, 1)], ["name", name], ["email", email]].map(([className, content]) => {
      const text = document.createElement("span");
      text.className = className;
      text.textContent = content;
      return text;
    });
    texts[0].setAttribute("aria-hidden", "true");
    button.type = "button";
    button.append(...texts);
    button.onclick = () => attempt(button, actions, () => app.signIn(email).then(() => arrive()));
    item.append(button);
    return item;
  });
  element("people").replaceChildren(...items);
  showPrepared();
  show("welcome");
}

async function showWallets({ person, wallets }) {
  const waiting = wallets.filter(({ claimed }) => !claimed);
  if (waiting.length === 0) return showClaimedOnes(wallets);
  showPrepared();
  const onClaimed = async ({ wallets, receipts }) => {
    walletView.open({ wallets, receipts, isNew: true });
    // The app keeps the receipts too: they are its proof that it no longer holds anyone's key.
    await Promise.all(receipts.map(app.keepReceipt));
  };
  await new ClaimView(kit, actions).offer({ person, waiting, onClaimed });
}

async function showClaimedOnes(wallets) {
  const here = await kit.wallets();
  const held = wallets.flatMap(({ walletId }) => here.find((wallet) => wallet.walletId === walletId) ?? []);
  if (held.length === 0) {
    showFacts(element("elsewhere-wallets"), wallets);
    showClaimed({ epoch: wallets[0].epoch, isHere: false, isOpen: false });
    return show("elsewhere");
  }
  const receiptOf = ({ walletId, receipt }) => receipt ?? wallets.find((wallet) => wallet.walletId === walletId).receipt;
  return walletView.open({ wallets: held, receipts: held.map(receiptOf).filter(Boolean), isNew: false });
}

const signOut = element("sign-out");
signOut.onclick = () => attempt(signOut, actions, () => app.signOut().then(() => arrive()));
const startOver = element("start-over");
startOver.onclick = () => attempt(startOver, actions, () => app.makeSomeoneNew().then(() => arrive()));
element("notice-close").onclick = dismiss;
acceptFiles();
arrive();
