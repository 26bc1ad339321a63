// What the page says: for each step of a claim, and for each error with its next step.

/** The steps of a claim, in their order: what `onProgress` names, and what the person reads. */
export const STEPS = [
  ["start", "Showing the co-signer that it is you"],
  ["passkey", "Making your passkey: answer your device"],
  ["refresh", "Changing both shares of each key"],
  ["prepare", "Pairing this browser with the co-signer"],
  ["seal", "Sealing your new shares to your passkey"],
  ["confirm", "Signing once with the new shares"],
  ["commit", "Retiring the old shares"],
  ["promote", "Putting the new shares in place"],
];

/**
 * What to say of each error code: a title, what happened, what to do now, and the button that does it. `again` repeats what failed,
 * `arrive` looks anew at what this browser and the app hold, `reload` opens the page anew, `startOver` makes up someone new.
 */
const WORDS = {
  invalid_argument: ["Something was not in the form it should have", "The wallet's code refused what it was given.", "Check what you entered. If it was only a click, reload.", "reload"],
  share_invalid: ["The share can't be used", "It is damaged, or meant for another browser or another co-signer.", "Let the app hand it over again.", "arrive"],
  already_claimed: ["These wallets were claimed already", "The shares that were prepared for you are dead.", "Look again whether this browser holds the new ones.", "arrive"],
  claim_expired: ["That took too long", "The app's permission to claim has run out. Nothing has changed.", "Get a new one and claim again.", "arrive"],
  session_expired: ["The session is over", "Sessions end by themselves after a while.", "Unlock the wallet again to go on.", "arrive"],
  not_authorised: ["That is not allowed", "The co-signer did not accept the proof: it may be used up, or be for something else.", "Try again with a new one.", "arrive"],
  wallet_not_found: ["The co-signer doesn't know this wallet", "It may have been started with another database.", "Start over to get a new wallet.", "startOver"],
  passkey_unsupported: ["Passkeys don't work here", "This browser, or this page's address, can't use them. Nothing has changed.", "Open the page at https:// or http://localhost in a current browser.", undefined],
  passkey_cancelled: ["The passkey prompt was closed", "You, or your device, ended it. Nothing has changed.", "Try again when you are ready, and answer your device's question.", "arrive"],
  prf_unavailable: ["This passkey can't lock a wallet", "It doesn't offer what is needed to seal your share (PRF). Nothing has changed.", "Try again and choose another device or password manager.", "arrive"],
  epoch_mismatch: ["The two sides are out of step", "This browser and the co-signer hold shares of different epochs.", "Look again for the one that both hold.", "arrive"],
  peer_misbehaved: ["The co-signer's answer failed a check", "The attempt was thrown away, and the wallet is as it was.", "Try again. If it comes back, tell whoever runs the co-signer.", "arrive"],
  pairing_burnt: ["This browser has to be paired again", "Its set-up with the co-signer can't be used any more.", "Reload to make a new one.", "reload"],
  co_signer_unreachable: ["The co-signer can't be reached", "It did not answer. Nothing is lost.", "Check your connection and try again in a moment.", "again"],
  rate_limited: ["Too many attempts", "The co-signer asks for a pause.", "Wait a moment, then try again.", "again"],
  storage_unavailable: ["This browser can't store anything", "The new share needs a safe place before the old one is retired.", "Free some space, or leave private browsing, then try again.", "again"],
  version_unsupported: ["The versions don't fit", "This page can't read what it was given: it comes from a newer or older version.", "Reload to get the current page.", "reload"],
  cancelled: ["Stopped", "You stopped before anything was final. The wallets are waiting as before.", "Claim it whenever you like.", "arrive"],
  internal: ["Something is wrong with the software", "This is our fault, not yours.", "Reload. If it comes back, report it with the code below.", "reload"],

  app_unreachable: ["The app can't be reached", "Its back end did not answer.", "Check that it is running and try again.", "again"],
  bad_request: ["The app could not read that", "It was not in the form it should have.", "Check what you entered and try again.", undefined],
  signed_out: ["You are signed out", "The app's session is over.", "Sign in again to go on.", "arrive"],
  wrong_origin: ["The page was opened at another address", "The app answers its own page only.", "Open the address that it printed when it started.", undefined],
  not_found: ["There is nothing there", "Page and app don't fit together.", "Reload the page.", "reload"],
  no_such_person: ["The demo knows nobody of that name", "Its database may be a new one.", "Choose again.", "arrive"],
  no_wallet: ["No wallet was prepared for you", "The app has none under your name.", "Start over to get one.", "startOver"],
  too_large: ["That is too long", "The app takes shorter texts only.", "Shorten it and try again.", undefined],
};

const BUTTONS = { again: "Try again", arrive: "Try again", reload: "Reload", startOver: "Start over" };

/**
 * What to tell the person about an error.
 *
 * @param {{ code?: string }} error
 * @returns {{ title: string, text: string, next: string, code: string, action?: string, button?: string }}
 */
export function wordsFor(error) {
  const code = Object.hasOwn(WORDS, error?.code) ? error.code : "internal";
  const [title, text, next, action] = WORDS[code];
  return { title, text, next, code, action, button: BUTTONS[action] };
}
