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

/** The steps of a rotation: those of a claim, without a passkey to be made. */
export const ROTATION_STEPS = [
  ["start", "Asking the co-signer for a rotation"],
  ["passkey", "Asking your passkey: answer your device"],
  ...STEPS.filter(([phase]) => !["start", "passkey"].includes(phase)),
];

/** What is asked before each further prompt while a passkey is added: what it is for, and the button that it is the act of. */
export const PROMPTS = {
  make: ["The wallets are unlocked again. Now the new passkey.", "Make the new passkey"],
  output: ["The new device has to answer once more, so that the passkey can lock your shares.", "Go on with the new device"],
  approve: ["The new passkey is made. It opens nothing yet: approve it with the one that you use now.", "Approve with the passkey that you use now"],
};

/**
 * What to say of each error code: a title, what happened, what to do now, and the button that does it. `again` repeats what failed,
 * `arrive` looks anew at what this browser and the app hold, `restore` gets the wallets back with their passkey, `unlock` brings
 * the session back and repeats what failed, `passkeys` lists the passkeys anew, `reload` opens the page anew, `startOver` makes up someone new.
 */
const WORDS = {
  invalid_argument: ["Something was not in the form it should have", "The wallet's code refused what it was given.", "Check what you entered. If it was only a click, reload.", "reload"],
  share_invalid: ["The share can't be used", "It is damaged, or meant for another browser or another co-signer.", "Let the app hand it over again.", "arrive"],
  already_claimed: ["These wallets were claimed already", "The shares that were prepared for you are retired.", "Look again whether this browser holds the new ones.", "arrive"],
  claim_expired: ["That took too long", "The app's permission to claim has run out. Nothing has changed.", "Get a new one and claim again.", "arrive"],
  session_expired: ["The session is over", "Sessions end by themselves after a while.", "Unlock the wallets again to go on with what you asked.", "unlock"],
  not_authorised: ["That is not allowed", "The co-signer did not accept the proof: it may be used up, or be for something else.", "Try again with a new one.", "arrive"],
  wallet_frozen: ["This wallet is frozen", "The co-signer's operator has stopped everything that is done with it. Nothing is lost.", "Ask them when it is thawed.", undefined],
  wallet_not_found: ["The co-signer doesn't know this wallet", "It may have been started with another database.", "Start over to get a new wallet.", "startOver"],
  passkey_unsupported: ["Passkeys don't work here", "This browser, or this page's address, can't use them. Nothing has changed.", "Open the page at https:// or http://localhost in a current browser.", undefined],
  passkey_cancelled: ["The passkey prompt was closed", "You, or your device, ended it. Nothing has changed.", "Try again when you are ready, and answer your device's question.", "arrive"],
  prf_unavailable: ["This passkey can't lock a wallet", "It doesn't offer what is needed to seal your share (PRF). Nothing has changed.", "Try again and choose another device or password manager.", "arrive"],
  epoch_mismatch: ["The two sides are out of step", "This browser and the co-signer hold shares of different epochs. Nothing is lost: the co-signer keeps a copy that your passkey opens.", "Get them back with your passkey. If that doesn't help, whoever runs the co-signer has to bring its newer database back.", "restore"],
  peer_misbehaved: ["The co-signer's answer failed a check", "The attempt was thrown away, and the wallet is as it was.", "Try again. If it comes back, tell whoever runs the co-signer.", "arrive"],
  pairing_burnt: ["This browser has to be paired again", "Its set-up with the co-signer can't be used any more.", "Reload to make a new one.", "reload"],
  co_signer_unreachable: ["The co-signer can't be reached", "It did not answer. Nothing is lost, and nothing is given up.", "Check your connection and try again in a moment.", "again"],
  rate_limited: ["Too many attempts", "The co-signer asks for a pause.", "Wait a moment, then try again.", "again"],
  storage_unavailable: ["It could not be stored", "The storage of this browser, or the co-signer's, failed. Nothing is lost.", "Close the demo's other tabs and try again. If it comes back, tell whoever runs the co-signer.", "again"],
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
  storage_in_use: ["Another tab keeps the storage open", "The browser will delete it as soon as that tab lets go of it.", "Close the demo's other tabs, then try again.", "again"],
  nonce_used: ["The app has taken that already", "It takes what it drew for you once, and waits five minutes at most. Nothing has changed.", "Try again: it draws another.", "again"],
  proof_refused: ["The app does not take the proof", "It is for another app or another visit, about another person's wallet, or too old. Nothing has changed.", "Try again with a new one.", "again"],
  too_many: ["The app asks for a pause", "It was asked too often, or has made up as many people as it does.", "Wait a minute, then try again.", "again"],
  too_large: ["That is too long", "The app takes shorter texts only.", "Shorten it and try again.", undefined],
};

const OPENS_NONE = ["That passkey opens none of these wallets", "It is of other wallets, it was removed from these, or no claim was finished with it. Nothing is kept of it here.", "Try again and choose another passkey.", "again"];

/** @typedef {"restore" | "unlock" | "lockEverywhere" | "addPasskey" | "removePasskey"} During what an error happened in */

/** What to say where more is known of an error than its code: the browser's own words, a pause, or what it happened in. */
const MORE = {
  storage_unavailable: ({ cause }) => {
    if (cause?.name === "QuotaExceededError") {
      return ["This device is full", "The new shares need a safe place before the old ones are retired. Nothing is lost.", "Free some space, then try again.", "again"];
    }
    return cause && ["This browser stores nothing for this page", "Private browsing, or a setting, keeps it from that. Nothing is lost.", "Leave private browsing, or allow this site to store data, and close the demo's other tabs. Then try again.", "again"];
  },
  rate_limited: ({ retryAfter }) => retryAfter && ["Too many attempts", `The co-signer asks for a pause of ${inWords(retryAfter)}.`, "Wait that long, then try again.", "again"],
  passkey_unsupported: ({ during }) => during === "addPasskey" && ["This device has a passkey of these wallets already", "A device, or a password manager, has one of them at most. Nothing has changed.", "Try again and choose another one.", "again"],
  prf_unavailable: ({ during }) => during === "addPasskey" && ["That passkey can't lock a wallet", "It doesn't offer what is needed to seal your shares (PRF). Nothing has changed.", "Try again and choose another device or password manager.", "again"],
  co_signer_unreachable: ({ retryAfter, during }) => {
    if (["addPasskey", "removePasskey"].includes(during)) return ["The co-signer can't be reached", "It did not answer, so it is not known whether the passkeys have changed. Nothing is lost.", "Look at the list in a moment: it tells.", "passkeys"];
    return retryAfter && ["The co-signer is too busy", `It asks for a pause of ${inWords(retryAfter)}. Nothing is lost.`, "Wait that long, then try again.", "again"];
  },
  passkey_cancelled: ({ during }) => {
    if (during === "addPasskey") return ["No passkey was added", "A prompt was closed, or a device did not answer. Nothing has changed: what was made of the new passkey opens nothing.", "Try again when you have both devices at hand.", "again"];
    if (during === "removePasskey") return ["No passkey was removed", "The prompt was closed, or this device has not the passkey that opened this session. Nothing has changed.", "Try again, and answer your device's question.", "again"];
    return during === "restore" && ["No passkey opened the wallets", "The prompt was closed, or this device has no passkey of theirs. Nothing has changed.", "Try again, if need be with the phone or password manager that keeps the passkey.", "again"];
  },
  not_authorised: ({ during }) => during === "restore" && OPENS_NONE,
  session_expired: ({ ended }) => ended === "elsewhere" && ["This session was ended from elsewhere", "It was revoked, or the wallets were locked everywhere. Its shares are erased from this page.", "If that was you, unlock the wallets again to go on with what you asked.", "unlock"],
  wallet_not_found: ({ during }) => {
    if (during === "restore") return OPENS_NONE;
    return during === "unlock" && ["This browser has lost the wallets", "It has deleted what it stored. The co-signer keeps a copy that your passkey opens.", "Get them back with your passkey.", "restore"];
  },
  claim_expired: ({ during }) => during === "unlock" && ["The claim was taken back", "It was interrupted before anything was final: the wallets wait as before.", "Claim them again.", "arrive"],
};

/** What to say of a claim that was interrupted: a title, and what became of it. */
const OUTCOMES = {
  finished: ["Your claim is finished now", "It was interrupted after the old shares were retired: it is finished now, and the wallets are yours."],
  rolledBack: ["Your claim was taken back", "It was interrupted before anything was final: the wallets wait as before. Claim again."],
  nothing: ["Your claim was interrupted", "Nothing was final: the wallets wait as before. Claim again. If a passkey was made already, the next one takes its place."],
};

/** What ended a session: its time, another session, or what locked it. */
const ENDS = {
  expired: "The session came to its end.",
  elsewhere: "This session was ended from elsewhere: revoked, or locked everywhere.",
  asked: "Locked",
  idle: "Locked, since nobody used it for a while.",
  hidden: "Locked, since this page was hidden for a while.",
  left: "Locked, since this page was left.",
  everywhere: "Locked everywhere: no session of these wallets lasts on any device.",
};

/** What to say where a browser lacks something: a title, what it means, what to do. */
const LACKING = {
  passkeys: ["This browser can't use passkeys", "Your share is sealed to a passkey, so the wallets can neither be taken over nor unlocked here. They are safe, and wait.", "Open this page at https:// or http://localhost in a current Chrome, Edge, Firefox or Safari; not in the browser that is built into another app."],
  prf: ["This browser's passkeys can't lock a wallet", "It says that it lacks what seals your share to a passkey (PRF), so the wallets can neither be taken over nor unlocked here. They are safe, and wait.", "Update this browser, or open this page in a current Chrome, Edge, Firefox or Safari."],
};

/** How a claim was broken. */
const BREAKS = {
  before: ({ step, times }) => `At "${step}" the line was cut before the co-signer heard, as you asked. ${tries(times)} and gave up.`,
  after: ({ step, times }) =>
    `At "${step}" the line was cut after the co-signer had acted, as you asked. ${tries(times)}: ${times === 1 ? "the answer was" : "each answer was"} lost.`,
  dies: ({ step }) => `This tab died as "${step}" began, as you asked, and was opened again.`,
};

const BUTTONS = { again: "Try again", passkeys: "Look at the list", arrive: "Try again", unlock: "Unlock and go on", restore: "Get them back with your passkey", reload: "Reload", startOver: "Start over" };

/**
 * What to tell the person about an error.
 *
 * @param {{ code?: string, cause?: unknown, retryAfter?: number, during?: During, ended?: string }} error
 * @returns {{ title: string, text: string, next: string, code: string, action?: string, button?: string }}
 */
export function wordsFor(error) {
  const code = Object.hasOwn(WORDS, error?.code) ? error.code : "internal";
  const [title, text, next, action] = MORE[code]?.(error) || WORDS[code];
  return { title, text, next, code, action, button: BUTTONS[action] };
}

/**
 * What to tell the person about a claim that was interrupted.
 *
 * @param {"finished" | "rolledBack" | "nothing"} outcome
 * @param {import("./breakage.mjs").Broken} [broken] if the person did it
 * @returns {{ title: string, text: string, how: string }}
 */
export function wordsForInterruption(outcome, broken) {
  const [title, text] = OUTCOMES[outcome];
  const how = broken ? BREAKS[broken.how]({ step: stepOf(broken.phase), times: broken.times }) : "";
  return { title, text, how };
}

/**
 * What to tell the person of a session that is not open.
 *
 * @param {keyof typeof ENDS} [ended] what ended it, if there was one
 */
export const wordsForEnd = (ended = "asked") => ENDS[ended];

/**
 * What to tell the person of a browser that lacks something.
 *
 * @param {keyof typeof LACKING} lacking
 * @returns {{ title: string, text: string, next: string }}
 */
export function wordsForLacking(lacking) {
  const [title, text, next] = LACKING[lacking];
  return { title, text, next };
}

const stepOf = (phase) => STEPS.find(([name]) => name === phase)[1];

const tries = (times) => (times === 1 ? "This page asked once" : `This page asked ${times} times`);

/**
 * Does something, and marks an error of it with what it happened in.
 *
 * @template Result
 * @param {During} what
 * @param {Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function during(what, work) {
  try {
    return await work;
  } catch (error) {
    throw Object.assign(error, { during: what });
  }
}

/**
 * A length of time in words, rounded.
 *
 * @param {number} seconds
 */
export function howLong(seconds) {
  for (const [length, name] of [[86_400, "days"], [3_600, "hours"], [60, "minutes"]]) {
    if (seconds >= 2 * length) return `${Math.round(seconds / length)} ${name}`;
  }
  return inWords(seconds);
}

/**
 * A moment in words: the time alone, if it is today.
 *
 * @param {number} at Unix milliseconds
 */
export function moment(at) {
  const then = new Date(at);
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return then.toDateString() === new Date().toDateString() ? time : `${then.toLocaleDateString([], { day: "numeric", month: "short" })}, ${time}`;
}

function inWords(seconds) {
  if (seconds > 90) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}
