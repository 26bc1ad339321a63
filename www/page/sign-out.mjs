// A person who signs out in one tab is signed out in all of them: each locks its wallets.

// Tests take it away, so that tabs stand for devices.
const channel = globalThis.BroadcastChannel && new BroadcastChannel("claimkit-demo/signed-out");

/** Tells the app's other tabs that the person has signed out. */
export function tellSignedOut() {
  channel?.postMessage("signed out");
}

/**
 * Does something when the person has signed out in another tab. Any page of this origin can say so, and gains nothing by it.
 *
 * @param {() => Promise<void>} work
 */
export function onSignedOut(work) {
  if (channel) channel.onmessage = () => void work();
}
