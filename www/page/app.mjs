// The page from the beginning: who has arrived, and what this browser and the app hold for them.

import { connect } from "/packages/claimkit";
import { Autofill } from "./autofill.mjs";
import * as app from "./back-end.mjs";
import { offerBreaks } from "./break-it.mjs";
import { takeBroken } from "./breakage.mjs";
import { ClaimView, enable } from "./claim.mjs";
import { showFacts } from "./facts.mjs";
import { showClaimed, showPrepared } from "./holders.mjs";
import { dismissInterruption, remember, resume, tellInterruption } from "./interruption.mjs";
import { lookForPasskeys } from "./passkeys.mjs";
import { acceptFiles, expectIdentity } from "./receipt.mjs";
import { followAddress, leaveScreens } from "./screens.mjs";
import { onSignedOut, tellSignedOut } from "./sign-out.mjs";
import { forgetStorage } from "./storage.mjs";
import { attempt, dismiss, element, isShown, notify, say, show } from "./view.mjs";
import { WalletView } from "./wallet.mjs";
import { during } from "./words.mjs";

const actions = { arrive, restore: () => element("restore").click(), reload: () => location.reload(), startOver: () => element("start-over").click() };
const walletView = new WalletView(actions);
const autofill = new Autofill({
  onSession: takeUp,
  onError: (error) => notify(error, { ...actions, again: () => element("autofill-field").focus() }),
});
let kit;

/**
 * Looks at who is signed in, ends what this browser was interrupted in, and shows what is theirs.
 *
 * @param {{ quietly?: boolean }} [options] `quietly`: faults are not told, since another one is about to be
 * @returns {Promise<ReturnType<typeof tellInterruption>>} what the person was told of an interrupted claim
 */
async function arrive({ quietly = false } = {}) {
  // What an earlier look offered is not to be clicked while this one is under way.
  enable(false);
  dismissInterruption();
  try {
    await autofill.withdraw();
    walletView.leave();
    let me = await app.me();
    kit ??= await connect({ cosigner: me.cosigner, identity: me.identity });
    expectIdentity(me.identity);
    element("who").hidden = !me.person;
    if (!me.person) return void welcome(me.people);
    element("who-email").textContent = me.person.email;
    const { finished, rolledBack, busy } = await resume(kit);
    if (finished.length + rolledBack.length > 0) me = await app.me();
    const isTheirs = ({ walletId }) => me.wallets.some((wallet) => wallet.walletId === walletId);
    if (busy.some(isTheirs)) return void showBusy(me.wallets);
    await showWallets(me);
    return tellInterruption(me);
  } catch (error) {
    if (["claiming", "waiting", "busy"].some(isShown)) show("loading");
    element("loading-text").textContent = "The demo can't go on just now.";
    if (!quietly) notify(error, { again: arrive, ...actions });
  }
}

function welcome(people) {
  leaveScreens();
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

function showBusy(wallets) {
  showFacts(element("busy-wallets"), wallets);
  showPrepared();
  show("busy");
}

async function showWallets({ person, wallets, cosigner }) {
  const waiting = wallets.filter(({ claimed }) => !claimed);
  if (waiting.length === 0) return showClaimedOnes(wallets);
  showPrepared();
  const onClaimed = async ({ wallets, receipts, session }) => {
    leaveScreens();
    walletView.open({ wallets, receipts, isNew: true, session });
    // The app keeps the receipts too: they are its proof that it no longer holds anyone's key.
    await Promise.all(receipts.map(app.keepReceipt));
  };
  await new ClaimView({ kit, cosigner, actions }).offer({ person, waiting, onClaimed });
}

async function showClaimedOnes(wallets) {
  const held = await heldOf(wallets);
  if (held.length > 0) return open(held, wallets);
  showFacts(element("elsewhere-wallets"), wallets);
  showClaimed({ epoch: wallets[0].epoch, isHere: false, isOpen: false });
  show("elsewhere");
  await autofill.offer(kit, expectedOf(wallets));
}

/** Those of the wallets that this browser holds, with the keys that the app made. */
async function heldOf(wallets) {
  const here = await kit.wallets();
  return wallets.flatMap(({ walletId, publicKey }) => here.find((wallet) => wallet.walletId === walletId && wallet.publicKey === publicKey) ?? []);
}

async function open(held, wallets, session) {
  const known = wallets.flatMap(({ receipts }) => receipts);
  const missing = held.flatMap(({ receipt }) => (receipt && !known.includes(receipt) ? receipt : []));
  walletView.open({ wallets: held, receipts: [...known, ...missing], isNew: false, session });
  // A claim or rotation that was interrupted, or its page, may have ended before the app had them.
  await Promise.all(missing.map(app.keepReceipt));
}

async function restore() {
  // A passkey that was chosen in the field just before needs no prompt.
  if (await autofill.withdraw()) return;
  const { wallets = [] } = await app.me();
  // Another tab has signed out meanwhile.
  if (wallets.length === 0) return void (await arrive());
  const expected = expectedOf(wallets);
  try {
    await takeUp(await during("restore", kit.restore({ expected })));
  } catch (error) {
    if (isShown("elsewhere")) await autofill.offer(kit, expected);
    throw error;
  }
}

/** What is got back and kept: the keys that the app made, whatever the co-signer lists under their ids, and nobody else's. */
const expectedOf = (wallets) => wallets.map(({ publicKey }) => publicKey);

/** Shows the wallets of a session that was got back. */
async function takeUp(session) {
  const { wallets = [] } = await app.me();
  const held = await heldOf(wallets);
  // Another tab has signed in as somebody else meanwhile.
  if (!held.some(({ walletId }) => session.wallets.some((wallet) => wallet.walletId === walletId))) {
    await session.lock();
    return void (await arrive());
  }
  await open(held, wallets, session);
  say("The wallets are back, and unlocked.");
}

async function forget() {
  walletView.leave();
  await forgetStorage();
  leaveScreens();
  element("loading-text").textContent = "Looking for your wallets…";
  show("loading");
  await arrive();
}

function on(id, work) {
  const button = element(id);
  button.onclick = () => attempt(button, actions, work);
}

/** Locks the wallets before the app forgets who is here: a sign-out that fails leaves no session open. */
async function signOut() {
  await walletView.lock();
  await app.signOut();
  tellSignedOut();
  await arrive();
}

async function startOver() {
  await walletView.lock();
  await app.makeSomeoneNew();
  // Other tabs are signed in as somebody else now.
  tellSignedOut();
  leaveScreens();
  await arrive();
}

on("sign-out", signOut);
on("start-over", startOver);
on("break-another", async () => {
  await startOver();
  element("break-it").open = true;
});
on("look-again", () => arrive());
on("restore", restore);
on("forget", forget);
element("notice-close").onclick = dismiss;
element("found-close").onclick = dismissInterruption;
followAddress();
onSignedOut(async () => {
  await walletView.lock();
  await arrive();
});
acceptFiles();
offerBreaks();
remember(takeBroken());
await lookForPasskeys();
arrive();
