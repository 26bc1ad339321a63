// The page from the beginning: who has arrived, and what this browser and the app hold for them.

import { connect } from "/packages/claimkit";
import * as app from "./back-end.mjs";
import { ClaimView } from "./claim.mjs";
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
  try {
    walletView.lock();
    const me = await app.me();
    kit ??= await connect({ cosigner: me.cosigner });
    element("who").hidden = !me.person;
    if (!me.person) return welcome(me.people);
    element("who-email").textContent = me.person.email;
    await showWallet(me);
  } catch (error) {
    if (isShown("claiming")) show("loading");
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

async function showWallet({ person, wallet, receipt }) {
  if (wallet.claimed) {
    const held = (await kit.wallets()).find(({ walletId }) => walletId === wallet.walletId);
    if (held) return walletView.open({ wallet: held, receipt: held.receipt ?? receipt, isNew: false });
    element("elsewhere-address").textContent = wallet.address;
    showClaimed({ epoch: wallet.epoch, isHere: false, isOpen: false });
    return show("elsewhere");
  }
  showPrepared();
  const onClaimed = async (result) => {
    walletView.open({ ...result, isNew: true });
    // The app keeps the receipt too: it is its proof that it no longer holds anyone's key.
    await app.keepReceipt(result.receipt);
  };
  await new ClaimView(kit, actions).offer({ person, address: wallet.address, onClaimed });
}

const signOut = element("sign-out");
signOut.onclick = () => attempt(signOut, actions, () => app.signOut().then(() => arrive()));
const startOver = element("start-over");
startOver.onclick = () => attempt(startOver, actions, () => app.makeSomeoneNew().then(() => arrive()));
element("notice-close").onclick = dismiss;
acceptFiles();
arrive();
