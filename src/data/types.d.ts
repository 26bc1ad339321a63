/** The closed list of error codes (docs/errors.md). */
export type ErrorCode =
  | "invalid_argument"
  | "share_invalid"
  | "already_claimed"
  | "claim_expired"
  | "session_expired"
  | "not_authorised"
  | "wallet_not_found"
  | "wallet_frozen"
  | "passkey_unsupported"
  | "passkey_cancelled"
  | "prf_unavailable"
  | "epoch_mismatch"
  | "peer_misbehaved"
  | "pairing_burnt"
  | "co_signer_unreachable"
  | "rate_limited"
  | "storage_unavailable"
  | "version_unsupported"
  | "cancelled"
  | "internal";

/** What every rejection is. */
export interface ClaimkitError extends Error {
  name: "ClaimkitError";
  /** What to branch on. */
  code: ErrorCode;
  /** Whether the same call may succeed as it stands, later. */
  retryable: boolean;
  /** Seconds to wait before that, where the co-signer said so. */
  retryAfter?: number;
  /** Where a retired epoch was used: the co-signer's signed refusal, one line of text, to be kept; `verifyRefusal` checks it. */
  refusal?: string;
  /** What the browser said, or the reason of the `AbortSignal` that ended the call. */
  cause?: unknown;
}

/** What a wallet signs with; it follows from the type. */
export type Scheme = "ecdsa-secp256k1" | "eddsa-ed25519";

/** What a wallet is for: EVM and COSMOS sign by ECDSA over secp256k1, SOLANA by Ed25519. */
export type WalletType = "EVM" | "COSMOS" | "SOLANA";

/** Whom a wallet is made for: exactly one of these. */
export type ClaimantId =
  | { email: string }
  | { /** E.164: a plus sign and 7 to 15 digits. */ phone: string }
  | { /** The user's number, in decimal digits. */ telegramUserId: string }
  | { farcasterUsername: string }
  | { xUsername: string }
  | { discordUsername: string }
  | { /** An identifier of your own, in Unicode's composed form (NFC): compared as it is. */ customId: string };

/** Who a co-signer is: two public keys, 32 bytes each, base64url. */
export interface CoSignerIdentity {
  channelKey: string;
  receiptKey: string;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: it rejects with `cancelled`, its cause the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** How a session is to be. */
export interface SessionOptions extends CallOptions {
  /** What this device is called in the list of sessions: 1 to 64 characters. Left out: what the browser says of itself, such as "Chrome on Linux". */
  device?: string | undefined;
  /** How long before the end `expiring` is told, in seconds: 60 if left out. */
  warnBefore?: number | undefined;
  /** How long after the last call the session locks by itself, in seconds; as long as the co-signer lets a session go unused, if left out. */
  idleLock?: number | undefined;
  /** How long after its page was hidden the session locks by itself, in seconds: 300 if left out. */
  hiddenLock?: number | undefined;
}

/** How a wallet is unlocked. */
export interface UnlockOptions extends SessionOptions {
  /**
   * Asks the person in this page, whatever other pages have open: that a session of another page is unlocked is that page's word. False if
   * left out.
   */
  here?: boolean | undefined;
  /**
   * Ends every other session of the wallets that are opened, on whatever device and in other pages, in the step that begins this one: for a person
   * whose device was stolen, or who does not know a session of the list. Asks the person in this page, as `here` does. False if left out.
   */
  endOtherSessions?: boolean | undefined;
}

/** How wallets are got back. */
export interface RestoreOptions extends SessionOptions {
  /**
   * Shows no prompt: waits until the person chooses a passkey in a field of the page with `autocomplete="webauthn"`, where the browser offers
   * that (`passkey_unsupported` where it does not). A browser has one such request at a time: abort its `signal` before another prompt, and wait
   * until it has rejected.
   */
  autofill?: boolean | undefined;
  /**
   * The wallets that are expected, by public key (`0x…`) or by id, as your back end knows them: no other is opened or kept, and the first
   * of them that the passkey opens is the session's. Without it, which wallets there are is the co-signer's word; with an id, which key it
   * stands for still is.
   */
  expected?: string[] | undefined;
}

/** A passkey that opens wallets of the session. Times are Unix milliseconds by this device's clock. */
export interface ListedPasskey {
  /** The credential's id, base64url. */
  passkeyId: string;
  /** What its person calls it. */
  name: string;
  createdAt: number;
  /** When it opened a session last. */
  usedAt: number;
  /** Whether it opened this session: another one has to remove it. */
  current: boolean;
  /** The session's wallets that it opens. */
  walletIds: string[];
}

/** What a passkey is asked for after another prompt: the PRF output of the one that was just made, or the approval of the session's own. */
export type PasskeyPrompt = "output" | "approve";

export interface AddPasskeyOptions extends CallOptions {
  /** What the authenticator and the list show for it, such as "Ada's phone": at least one character, of which the first 64 bytes are kept. */
  name: string;
  /** Asked before each prompt but the first, so that each can be the act of a click of its own; whatever it throws ends the call. */
  beforePrompt?: ((prompt: PasskeyPrompt) => void | Promise<void>) | undefined;
}

export interface RenamePasskeyOptions extends CallOptions {
  passkeyId: string;
  /** 1 to 64 bytes. */
  name: string;
}

export interface RemovePasskeyOptions extends CallOptions {
  passkeyId: string;
}

/** A session that lasts, of whatever device. Times are Unix milliseconds by this device's clock. */
export interface ListedSession {
  /** 16 bytes, base64url: no secret. */
  sessionId: string;
  /** What its device called itself. */
  device: string;
  beganAt: number;
  /** When it was used last, to the minute. */
  usedAt: number;
  expiresAt: number;
  /** Whether it is the one that asks. */
  current: boolean;
  /** Those of its wallets that the session that asks has, too. */
  walletIds: string[];
}

/** Which sessions are ended: one, or all but the one that asks. */
export type RevokeOptions = CallOptions &
  ({ sessionId: string; others?: undefined } | { others: true; sessionId?: undefined });

/** What happens to a session by itself, or by another's doing. */
export interface SessionEvents {
  /** Its end is near: `session.refresh()` moves it. */
  expiring: CustomEvent<{ reason: undefined }>;
  /** It came to its end, or was revoked: its shares are erased. `session.unlock()` brings it back. */
  expired: CustomEvent<{ reason: undefined }>;
  /** It was locked: its shares are erased. */
  locked: CustomEvent<{ reason: "asked" | "everywhere" | "idle" | "hidden" | "left" }>;
}

/** The compiled module, or where it is. */
export type WasmSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule;

/** A `WebAssembly.Module`, where TypeScript's libraries know one: a back end's may not. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : object;

export interface ConnectOptions extends CallOptions {
  /** The co-signer's address: https, or http on this very machine. */
  cosigner: string;
  /** Refuses shares that were prepared with any other co-signer. */
  identity?: CoSignerIdentity | undefined;
  /** Where the module is, if not beside the JavaScript. */
  wasm?: WasmSource | Promise<WasmSource> | undefined;
}

/** What is public of a wallet. */
export interface WalletInfo {
  /** 16 bytes, base64url. */
  walletId: string;
  type: WalletType;
  /** EVM: `0x` and 40 hexadecimal digits, with the checksum of EIP-55. COSMOS: bech32 with the prefix `cosmos`. SOLANA: base58 of the key. */
  address: string;
  scheme: Scheme;
  /** `0x` and hexadecimal digits: of secp256k1 the 33 bytes of the compressed key (SEC1), of Ed25519 its 32 bytes (RFC 8032). */
  publicKey: string;
  /** How often the shares were rotated: before the claim 0, of an imported key 1. */
  epoch: number;
}

export interface ChildOptions {
  /** BIP32 indices from the wallet's key down: at most 10, each below 2³¹ (not hardened). None is the wallet's key itself. */
  path?: number[] | undefined;
  /** COSMOS: the prefix of another chain that hashes keys as the Cosmos Hub does, 1 to 51 lower-case letters and digits. */
  prefix?: string | undefined;
}

/** A child of a wallet's key: `sign` with the same path signs under it. */
export interface ChildKey {
  /** The 33 bytes of the compressed key as `0x` and hexadecimal digits; of a SOLANA wallet itself its 32. */
  publicKey: string;
  address: string;
}

export interface AddressOptions {
  /** The prefix of a chain that hashes keys as the Cosmos Hub does, such as `osmo`: 1 to 51 lower-case letters and digits. */
  prefix: string;
}

/** What was handed over: one text, or prepared shares in clear. */
export type LoadOptions = CallOptions &
  ({ share: string; shares?: undefined } | { shares: string[]; share?: undefined });

/** How a browser shows that it may claim: the back end's ticket. */
export interface ClaimProof {
  ticket: string;
}

export interface StartOptions extends CallOptions {
  proof: ClaimProof;
}

/** What finishing a claim takes, and how the session that it ends in is to be. */
export interface FinishOptions extends SessionOptions {
  proof: ClaimProof;
  /**
   * The passkey to be made: `name` is what the authenticator shows, something the person will know: at least one character, of which the first 64
   * bytes are kept.
   */
  passkey: { name: string };
  /** Asked before the second prompt, so that it can be the act of a click of its own; whatever it throws ends the call. */
  beforePrompt?: ((prompt: PasskeyPrompt) => void | Promise<void>) | undefined;
  /** Whether to refuse, with `not_authorised` and before anything changes, wallets whose key was imported. False if left out. */
  refuseImported?: boolean | undefined;
  /** Told of each step. An exception of its own does not end the claim. */
  onProgress?: ((progress: ClaimProgress) => void) | undefined;
}

/** How far a claim has come. */
export interface ClaimProgress {
  /** `resume`: an earlier claim that was interrupted is finished or taken back; left out where there is none. */
  phase: "resume" | "start" | "passkey" | "refresh" | "prepare" | "seal" | "confirm" | "commit" | "promote";
  /** How many steps of the phase are done. */
  step: number;
  /** How many there are. */
  of: number;
}

export interface ResumeOptions extends CallOptions {
  /** Told of the phase `resume`: how many wallets are settled, of how many. */
  onProgress?: ((progress: ClaimProgress) => void) | undefined;
}

/** What became of the claims that this browser was interrupted in. */
export interface Resumed {
  /** Wallets whose claim was committed: they are this browser's, and unlock. */
  finished: WalletInfo[];
  /** Wallets whose claim was not committed, and never will be: their prepared shares are good. */
  rolledBack: WalletInfo[];
  /** Wallets that another page is working on right now: they were left alone. */
  busy: WalletInfo[];
  /** Wallets whose claim is as it was, and why: nothing is given up. Where nothing else was settled and trying again may help, `resume` rejects. */
  failed: Unsettled[];
}

/** A claim that could not be ended. */
export interface Unsettled {
  wallet: WalletInfo;
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

export interface RotateOptions extends CallOptions {
  /** Told of each step, as of a claim. */
  onProgress?: ((progress: ClaimProgress) => void) | undefined;
}

/** What a rotation came to. */
export interface Rotated {
  /** The wallets as they are now: their epochs have grown by one. */
  wallets: WalletInfo[];
  /** Their receipts, in the same order: each says which epoch was retired. */
  receipts: string[];
}

export interface FinishedClaim {
  /** The first wallet. */
  wallet: Wallet;
  /** Every wallet, in the ticket's order. */
  wallets: Wallet[];
  /** All of them, open. */
  session: Session;
  /** The first wallet's receipt: one line of text, to be kept. */
  receipt: string;
  /** Every receipt, in the same order. */
  receipts: string[];
}

/** What an EVM or COSMOS wallet signs. */
export interface DigestSignOptions extends CallOptions {
  /** 32 bytes: the hash of what is signed. */
  digest: Uint8Array;
  /** Signs under the child at this path, as `child` gives it; under the wallet's key, if left out. */
  path?: number[] | undefined;
  message?: undefined;
}

/** What a SOLANA wallet signs. */
export interface MessageSignOptions extends CallOptions {
  /** At most 8,192 bytes: the message itself, which Ed25519 hashes. */
  message: Uint8Array;
  digest?: undefined;
  path?: undefined;
}

export type SignOptions = DigestSignOptions | MessageSignOptions;

export interface WhichWallet {
  /** Which of the open wallets is meant; the one that was unlocked, if left out. */
  walletId?: string | undefined;
}

export type SessionSignOptions = SignOptions & WhichWallet;

/** An ECDSA signature, low-s. */
export interface EcdsaSignature {
  scheme: "ecdsa-secp256k1";
  /** 32 bytes, big-endian. */
  r: Uint8Array;
  /** 32 bytes, big-endian, at most half the group's order. */
  s: Uint8Array;
  yParity: 0 | 1;
  /** 65 bytes: r ‖ s ‖ 27 + yParity. */
  bytes: Uint8Array;
}

/** An Ed25519 signature. */
export interface EddsaSignature {
  scheme: "eddsa-ed25519";
  /** 64 bytes: R ‖ S (RFC 8032). */
  bytes: Uint8Array;
}

export type SignatureResult = EcdsaSignature | EddsaSignature;

export interface ExportKeyOptions extends CallOptions, WhichWallet {}

export interface ProveOptions extends CallOptions, WhichWallet {
  /** Whom the proof is for, as it knows itself: 1 to 256 printable ASCII characters, without blank, quotation mark and backslash. */
  audience: string;
  /** What the back end drew for this visitor: 1 to 128 such characters. */
  nonce: string;
}

export interface PreparedWallet {
  /** Signs a digest before the claim: for EVM and COSMOS wallets. */
  sign(options: DigestSignOptions): Promise<EcdsaSignature>;
  /** Signs a message before the claim: for SOLANA wallets. */
  sign(options: MessageSignOptions): Promise<EddsaSignature>;
  /** Signs what the wallet's scheme signs; anything else is refused with `invalid_argument` before anything is sent. */
  sign(options: SignOptions): Promise<SignatureResult>;
}

export interface Session {
  /** Signs a digest: for EVM and COSMOS wallets. */
  sign(options: DigestSignOptions & WhichWallet): Promise<EcdsaSignature>;
  /** Signs a message: for SOLANA wallets. */
  sign(options: MessageSignOptions & WhichWallet): Promise<EddsaSignature>;
  /** Signs what the wallet's scheme signs; anything else is refused with `invalid_argument` before anything is sent. */
  sign(options: SessionSignOptions): Promise<SignatureResult>;
  /**
   * Gives the whole private key of an open wallet, after one more passkey prompt, where the co-signer's operator allows it: by
   * default it is refused with `not_authorised`.
   *
   * 32 bytes. EVM and COSMOS: the scalar, big-endian, as usual wallets import it. SOLANA: the scalar, little-endian. It is no seed,
   * and no seed of it is known, so usual Solana wallets can't import it; `server.importWallet` takes it, with `form: "scalar"`.
   *
   * Whoever has these bytes signs alone, for ever: no co-signer, no lock and no rotation stops them. Show them to the person only;
   * neither store nor send them; fill the array with zeros at once. If they may have been seen, move what the wallet holds.
   */
  exportKey(options?: ExportKeyOptions): Promise<Uint8Array>;
  /**
   * Has the co-signer say to `audience` that this session holds a wallet, at its live epoch: a JSON Web Token that is good for five
   * minutes and answers `nonce`. Show it to that back end, which checks it with `server.verifyProof`. No prompt.
   *
   * Whoever has it can show it: the nonce must be one that the back end drew for this visitor alone.
   *
   * @throws `invalid_argument`, `session_expired`, `wallet_not_found`, `co_signer_unreachable`, `rate_limited`, `cancelled`
   */
  prove(options: ProveOptions): Promise<string>;
  /**
   * Ends the session of `sessionId`, or with `others: true` all but this one, at once: its next request is refused. One that is over
   * already is no error.
   *
   * @throws `invalid_argument`, `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`
   */
  revoke(options: RevokeOptions): Promise<void>;
  /**
   * Makes a further passkey that opens every wallet of this session, on this device or another, and gives its id: one prompt makes it, one uses
   * it, and one of the passkey that opened the session approves it.
   *
   * @throws `passkey_unsupported` where the chosen device has a passkey of these wallets already; `passkey_cancelled`, `prf_unavailable`,
   * `invalid_argument` (a ninth passkey), `session_expired`, `epoch_mismatch`, `rate_limited`, `cancelled`: nothing is changed.
   * `co_signer_unreachable`: `session.passkeys()` tells whether it was added.
   */
  addPasskey(options: AddPasskeyOptions): Promise<string>;
  /** Gives a passkey another name in the list. */
  renamePasskey(options: RenamePasskeyOptions): Promise<void>;
  /**
   * Removes a passkey, with one prompt of the one that opened this session: it opens these wallets no more, and its sessions end at once. Offer
   * `session.rotate()` afterwards: it makes worthless what the removed device has kept.
   *
   * @throws `invalid_argument` for the session's own passkey, the last one, or a strange one; `passkey_cancelled`, `session_expired`,
   * `epoch_mismatch`, `rate_limited`, `cancelled`: nothing is changed. `co_signer_unreachable`: `session.passkeys()` tells.
   */
  removePasskey(options: RemovePasskeyOptions): Promise<void>;
  /** Hears what happens to the session, as an `EventTarget` does; `signal` ends it. */
  addEventListener<K extends keyof SessionEvents>(
    type: K,
    listener: (event: SessionEvents[K]) => void,
    options?: { signal?: AbortSignal; once?: boolean },
  ): void;
  /** Hears it no more. */
  removeEventListener<K extends keyof SessionEvents>(type: K, listener: (event: SessionEvents[K]) => void): void;
}

export interface VerifyReceiptOptions {
  receipt: string;
  /** What the wallet is for, which a receipt does not say: the details then have an address. One of another scheme is refused. */
  type?: WalletType | undefined;
  /** Refuses the receipt of any other co-signer. */
  identity?: CoSignerIdentity | undefined;
}

/** A receipt that holds: both signatures, and the proofs of both new shares. */
export interface ReceiptDetails {
  /** 16 bytes, base64url. */
  walletId: string;
  /** As it was asked with. */
  type?: WalletType;
  /** Where a `type` was given. */
  address?: string;
  scheme: Scheme;
  /** As of a `WalletInfo`. */
  publicKey: string;
  /** The epoch that began. */
  epoch: number;
  /** The passkey's id, base64url. */
  credentialId: string;
  /** The co-signer's receipt key: 32 bytes, base64url. */
  coSigner: string;
  /** Whether the key was imported: somebody had it before, and may have it still, whatever epoch was retired. */
  imported: boolean;
  /** Unix milliseconds. */
  committedAt: number;
}

export interface VerifyRefusalOptions {
  /** The `refusal` of an error. */
  refusal: string;
  /** The receipt of the claim that retired the epoch: one that does not go with the refusal is refused. */
  receipt?: string | undefined;
  /** Refuses what any other co-signer signed. */
  identity?: CoSignerIdentity | undefined;
}

/** A refusal whose signature holds: the co-signer was asked with a retired epoch, and said no. */
export interface RefusalDetails {
  /** 16 bytes, base64url. */
  walletId: string;
  /** As of a `WalletInfo`. */
  publicKey: string;
  /** The retired epoch that was used. */
  epoch: number;
  /** The co-signer's receipt key: 32 bytes, base64url. */
  coSigner: string;
  /** When the co-signer committed to the epoch after it: Unix milliseconds, as of the receipt. */
  committedAt: number;
  /** When it refused: Unix milliseconds. */
  refusedAt: number;
}

/** What a proof of ownership must say. */
export interface ExpectedProof {
  /** What `session.prove` gave. */
  proof: string;
  /** Whom it must be for: yourself. */
  audience: string;
  /** What it must answer: what you drew for this visitor, and take once. */
  nonce: string;
  /** Whom the wallet must have been made for, if you know: anybody, if left out. */
  claimantId?: ClaimantId | undefined;
  /** Seconds that your clock and the co-signer's may be apart, at most 300: 60 if left out. */
  clockTolerance?: number | undefined;
}

export interface ServerVerifyProofOptions extends ExpectedProof, CallOptions {}

export interface VerifyProofOptions extends ExpectedProof {
  /** The co-signer's key set, from `/.well-known/jwks.json`: parsed, or as text. Fetch it anew once a day: its certificates last a week. */
  jwks: object | string;
  /** The co-signer whose keys are taken, and no other's. */
  identity: CoSignerIdentity;
}

/** A proof of ownership that holds: the wallet as it was when the proof was made. */
export interface ProofDetails extends WalletInfo {
  /** A hash of the id of whom the wallet was made for: 32 bytes, base64url, the same in every proof and receipt. */
  claimant: string;
  /** Unix milliseconds. */
  issuedAt: number;
  /** Unix milliseconds. */
  expiresAt: number;
}

export interface ConnectServerOptions extends CallOptions {
  /** The co-signer's address: https, or http on this very machine. */
  cosigner: string;
  /** The secret API key. */
  apiKey: string;
  /** Refuses any other co-signer. */
  identity?: CoSignerIdentity | undefined;
  /** A pairing that `exportPairing` gave, and its 32-byte key. */
  pairing?: { sealed: string; key: Uint8Array } | undefined;
  /** Milliseconds that one request may take: 30,000 if left out. */
  timeout?: number | undefined;
}

export interface ClaimantOptions extends CallOptions {
  claimantId: ClaimantId;
}

export interface CreateWalletOptions extends ClaimantOptions {
  type: WalletType;
}

export interface CreateWalletPerTypeOptions extends ClaimantOptions {
  /** At least one, none twice. */
  types: WalletType[];
}

export interface ImportWalletOptions extends CreateWalletOptions {
  /**
   * EVM and COSMOS: the 32 bytes of the key, big-endian. SOLANA: the 32-byte seed, or the 64 bytes that Solana's tools export,
   * whose second half must be the public key of the first. Fill the array with zeros after the call: the package erases its own copy.
   */
  privateKey: Uint8Array;
  /** What the bytes are. SOLANA: a seed, unless it says `scalar`: 32 bytes as `session.exportKey` gives them. Others: always `scalar`. */
  form?: "seed" | "scalar" | undefined;
  /** EVM and COSMOS: the key's BIP32 chain code, 32 bytes, for the same children; random if left out. */
  chainCode?: Uint8Array | undefined;
}

export interface CreatedWallet {
  wallet: WalletInfo;
  /** The prepared share: a secret, one line of text. Keep it encrypted. */
  share: string;
}

/** A wallet as the co-signer knows it. */
export interface WalletRecord extends WalletInfo {
  claimed: boolean;
  /** Whether its key was imported: somebody had it before, and may have it still. */
  imported: boolean;
  /** Unix milliseconds. */
  createdAt: number;
}

export type SealForOptions = {
  /** The browser's `kit.publicKey`. */
  to: string;
  /** Seconds that the ticket is good for: 600 if left out. */
  expiresIn?: number | undefined;
} & ({ share: string; shares?: undefined } | { shares: string[]; share?: undefined });

/** What goes to the browser: readable by that one only. */
export interface HandOff {
  share: string;
  ticket: string;
}

export interface ExportPairingOptions extends CallOptions {
  /** 32 random bytes. */
  key: Uint8Array;
}

/** What sends one request of a server and gives its whole answer. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportAnswer>;
}

export interface TransportRequest {
  url: string;
  /** `GET` where there is none. */
  body?: Uint8Array | undefined;
  contentType: string;
  authorization?: string | undefined;
  /** The longest answer to be read, in bytes. */
  answerLimit: number;
  signal: AbortSignal;
}

export interface TransportAnswer {
  status: number;
  body: Uint8Array;
  /** The header, as it came. */
  retryAfter?: string | undefined;
}
