/* tslint:disable */
/* eslint-disable */
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



/**
 * Wallets ready to be taken over: their prepared shares, in memory only.
 */
export class Claim {
    private constructor();
    free(): void;
    /**
     * Takes the wallets over, and opens them: makes a passkey and uses it once, which are two prompts, rotates both shares, and ends the
     * prepared ones. What an earlier claim of them left in this browser is ended first, and its passkey replaced. Whatever it ends with,
     * calling it again is right.
     *
     * # Errors
     * `already_claimed` if the wallets are claimed, by this browser too: look at `kit.wallets()`; `storage_unavailable` if this device is
     * full or keeps nothing, before a passkey is made; `claim_expired`, `not_authorised`, `passkey_unsupported`, `passkey_cancelled`,
     * `prf_unavailable`, `share_invalid`, `peer_misbehaved`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    finish(options: FinishOptions): Promise<FinishedClaim>;
    /**
     * Shows the proof ahead of the click, so that `finish` opens the passkey prompt directly, as Safari wants it. Changes nothing.
     */
    start(options: StartOptions): Promise<void>;
    /**
     * The first wallet's address.
     */
    readonly address: string;
    /**
     * The first wallet's epoch, before the claim.
     */
    readonly epoch: number;
    /**
     * The first wallet's scheme.
     */
    readonly scheme: Scheme;
    /**
     * What the first wallet is for.
     */
    readonly type: WalletType;
    /**
     * The first wallet's id: 16 bytes, base64url.
     */
    readonly walletId: string;
    /**
     * Every wallet of the claim.
     */
    readonly wallets: WalletInfo[];
}

/**
 * The client in one page: loads shares that were handed to it, and finds the wallets that this browser holds.
 */
export class Kit {
    private constructor();
    free(): void;
    /**
     * Makes a client. The package's `connect` calls it once the module runs; in a worker, with what stands for the page's window.
     */
    static connect(options: ConnectOptions, window?: object): Promise<Kit>;
    /**
     * Reads and checks what a back end handed over. Sends nothing, unless this browser was interrupted while it claimed one of the
     * wallets: then one request finishes that claim, or takes it back.
     *
     * # Errors
     * `share_invalid`, `version_unsupported`, `invalid_argument`; `already_claimed` if the interrupted claim was committed: the wallet
     * is in `kit.wallets()`; those of `resume`.
     */
    load(options: LoadOptions): Promise<Claim>;
    /**
     * Gets the wallets of a passkey back into a browser that has lost them, or never had them, and opens them, with one prompt.
     *
     * # Errors
     * `passkey_cancelled` without such a passkey, or where the person did not use it; `not_authorised` if no wallet was claimed with it;
     * `wallet_not_found` if it opens none of the expected ones;
     * `prf_unavailable` if it gives no PRF output, or another than before; `passkey_unsupported`, `storage_unavailable`,
     * `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    restore(options?: RestoreOptions): Promise<Session>;
    /**
     * Ends well every claim that this browser was interrupted in: finishes it, if the co-signer committed it, or takes it back, so that
     * the prepared share is good. Sends nothing if there is none. `load`, `finish` and `unlock` do so too, for their own wallets.
     *
     * # Errors
     * `co_signer_unreachable`, `rate_limited`, `peer_misbehaved`, `storage_unavailable`, `cancelled`: nothing is given up, call again.
     */
    resume(options?: ResumeOptions): Promise<Resumed>;
    /**
     * The wallets that this browser holds.
     */
    wallets(options?: CallOptions): Promise<Wallet[]>;
    /**
     * This page's hand-off key, for the back end to seal shares to: 32 bytes, base64url.
     */
    readonly publicKey: string;
}

/**
 * A wallet before its claim, with its prepared share in use.
 */
export class PreparedWallet {
    private constructor();
    free(): void;
    /**
     * The address of a COSMOS wallet on another chain that hashes keys as the Cosmos Hub does: RIPEMD-160 of SHA-256.
     *
     * # Errors
     * `invalid_argument` for another wallet, no prefix (1 to 51 lower-case letters and digits), or that of a chain with Ethereum's hash.
     */
    addressWithPrefix(options: AddressOptions): string;
    /**
     * A child of the wallet's key (BIP32, not hardened, the wallet's key being the account's), or without a path the key itself.
     *
     * # Errors
     * `invalid_argument` for a path of a SOLANA wallet, a prefix of another than COSMOS, a malformed one of either.
     */
    child(options: ChildOptions): ChildKey;
    /**
     * Gives the unclaimed wallet another claimant id; the new share replaces the old text.
     */
    updateClaimantId(options: ClaimantId & CallOptions): Promise<CreatedWallet>;
    /**
     * The address: of EVM with the checksum of EIP-55, of COSMOS with the prefix `cosmos`, of SOLANA in base58.
     */
    readonly address: string;
    /**
     * The epoch: 0 for a generated key, 1 for an imported one.
     */
    readonly epoch: number;
    /**
     * The public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
     */
    readonly publicKey: string;
    /**
     * The scheme.
     */
    readonly scheme: Scheme;
    /**
     * What the wallet is for.
     */
    readonly type: WalletType;
    /**
     * The wallet's id: 16 bytes, base64url.
     */
    readonly walletId: string;
}

/**
 * A back end, connected to its co-signer.
 */
export class Server {
    private constructor();
    free(): void;
    /**
     * Connects: asks the co-signer who it is, and takes a kept pairing into use. The package's `connectServer` calls it.
     */
    static connect(options: ConnectServerOptions, transport: Transport): Promise<Server>;
    /**
     * Makes a wallet of each type, in the order given. Where one fails, those made before it are given: fewer than were asked for.
     */
    createWalletPerType(options: CreateWalletPerTypeOptions): Promise<CreatedWallet[]>;
    /**
     * Makes a wallet for someone who has not arrived yet.
     */
    createWallet(options: CreateWalletOptions): Promise<CreatedWallet>;
    /**
     * This process's pairing, made if there is none, sealed under a key of the caller's.
     */
    exportPairing(options: ExportPairingOptions): Promise<string>;
    /**
     * The wallets of a claimant, oldest first.
     */
    getWallets(options: ClaimantOptions): Promise<WalletRecord[]>;
    /**
     * Whether there is a wallet for a claimant.
     */
    hasWallet(options: ClaimantOptions): Promise<boolean>;
    /**
     * Makes a wallet of a key that exists already. Whoever has that key still has it, and signs without the co-signer.
     */
    importWallet(options: ImportWalletOptions): Promise<CreatedWallet>;
    /**
     * Seals prepared shares of one claimant to one browser, and signs the ticket that lets it claim them.
     *
     * # Errors
     * `invalid_argument`, `share_invalid`, `version_unsupported`.
     */
    sealFor(options: SealForOptions): HandOff;
    /**
     * Checks a proof that `session.prove` gave: that the visitor who shows it holds the wallet. The co-signer's key set is fetched once,
     * and again after an hour or, at most once a minute, for a key that is not in it.
     *
     * That a nonce is good once is the back end's to see to: draw it for one visitor, and forget it with the first proof.
     *
     * # Errors
     * `invalid_argument` for what is no proof; `not_authorised` for one of another co-signer, audience, nonce or claimant, one that is not
     * signed by a key of the set, of the future, or over; `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    verifyProof(options: ServerVerifyProofOptions): Promise<ProofDetails>;
    /**
     * Takes a prepared share into use. Nothing is sent.
     *
     * # Errors
     * `invalid_argument`, `share_invalid`, `version_unsupported`.
     */
    withShare(share: string): PreparedWallet;
    /**
     * The co-signer's identity, to be pinned.
     *
     * # Errors
     * None that is expected.
     */
    readonly identity: CoSignerIdentity;
}

/**
 * Open shares, in memory only, and the co-signer's consent for a time.
 */
export class Session {
    private constructor();
    free(): void;
    /**
     * Ends every session that has a wallet of this one, this one with them, at once.
     *
     * # Errors
     * `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`: then nothing was ended, and it can be tried again.
     */
    lockEverywhere(options?: CallOptions): Promise<void>;
    /**
     * Erases the open shares, then tells the co-signer, as far as it can be told: never rejects.
     */
    lock(): Promise<void>;
    /**
     * The passkeys that open the wallets of this session, the oldest first.
     *
     * # Errors
     * `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    passkeys(options?: CallOptions): Promise<ListedPasskey[]>;
    /**
     * Moves the session's end, without a prompt; gives the new end, in Unix milliseconds by this device's clock.
     *
     * # Errors
     * `session_expired` where it is too late; `not_authorised` where it was refreshed as often as the co-signer's operator allows;
     * `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    refresh(options?: CallOptions): Promise<number>;
    /**
     * Changes both shares of every open wallet once more, with one prompt: those before are dead from then on, on every device. What an
     * earlier rotation left unfinished is ended first; if it was committed, it is this one.
     *
     * # Errors
     * `session_expired`, `passkey_cancelled`, `storage_unavailable`, `epoch_mismatch`, `peer_misbehaved`, `rate_limited`, `cancelled`: everything is as it was.
     * `co_signer_unreachable` may come when it is done already: call again, or sign, or unlock anew: each finishes what was begun.
     */
    rotate(options?: RotateOptions): Promise<Rotated>;
    /**
     * The sessions that have a wallet of this one, on whatever device, the one that was used last first.
     *
     * # Errors
     * `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
     */
    sessions(options?: CallOptions): Promise<ListedSession[]>;
    /**
     * Brings the session back to life with one passkey prompt, so that what found it over can go on. Of several calls at once one asks.
     *
     * # Errors
     * As `wallet.unlock`.
     */
    unlock(options?: CallOptions): Promise<void>;
    /**
     * The address of the wallet that was unlocked.
     */
    readonly address: string;
    /**
     * How far the co-signer's clock is ahead of this device's, in seconds; below 0 where it is behind.
     */
    readonly clockSkew: number;
    /**
     * When the session ends, in Unix milliseconds by this device's clock. A refresh moves it.
     */
    readonly expiresAt: number;
    /**
     * Whether the session can sign no more: locked, or past its time.
     */
    readonly locked: boolean;
    /**
     * Its public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
     */
    readonly publicKey: string;
    /**
     * How often the session may still be refreshed.
     */
    readonly refreshesLeft: number;
    /**
     * When the first of its wallets has to be rotated, in Unix milliseconds by this device's clock: from then on it signs nothing before
     * `session.rotate()`. Undefined where the co-signer's operator does not ask for that.
     */
    readonly rotateBy: number | undefined;
    /**
     * Its scheme.
     */
    readonly scheme: Scheme;
    /**
     * The id of this session, as it stands in the list: 16 bytes, base64url. No secret.
     */
    readonly sessionId: string;
    /**
     * What it is for.
     */
    readonly type: WalletType;
    /**
     * Its id: 16 bytes, base64url.
     */
    readonly walletId: string;
    /**
     * Every wallet that is open, the one that was unlocked first.
     */
    readonly wallets: WalletInfo[];
}

/**
 * A claimed wallet as this browser holds it: public data, and a share sealed to a passkey.
 */
export class Wallet {
    private constructor();
    free(): void;
    /**
     * The address of a COSMOS wallet on another chain that hashes keys as the Cosmos Hub does: RIPEMD-160 of SHA-256.
     *
     * # Errors
     * `invalid_argument` for another wallet, no prefix (1 to 51 lower-case letters and digits), or that of a chain with Ethereum's hash.
     */
    addressWithPrefix(options: AddressOptions): string;
    /**
     * A child of the wallet's key (BIP32, not hardened, the wallet's key being the account's), or without a path the key itself.
     *
     * # Errors
     * `invalid_argument` for a path of a SOLANA wallet, a prefix of another than COSMOS, a malformed one of either.
     */
    child(options: ChildOptions): ChildKey;
    /**
     * Ends every session of this wallet and of the other wallets of its passkey, on whatever device, with one prompt. Opens none.
     *
     * # Errors
     * `passkey_cancelled` and the others of a prompt: then nothing was ended; `wallet_not_found`, `co_signer_unreachable`,
     * `rate_limited`, `storage_unavailable`, `cancelled`.
     */
    lockEverywhere(options?: CallOptions): Promise<void>;
    /**
     * Begins an unlock already, so that `unlock` opens the prompt directly, within a few minutes: browsers want a prompt to be the act of a
     * click. Opens nothing; call it when the page shows the button.
     *
     * # Errors
     * As `unlock`, up to the prompt.
     */
    start(options?: CallOptions): Promise<void>;
    /**
     * Opens the wallet, and every other wallet of the same passkeys, with one prompt of any of them. A claim of it that was interrupted is ended first.
     * With `endOtherSessions` every other session of these wallets ends in the step that begins this one.
     *
     * # Errors
     * `claim_expired` if an interrupted claim was taken back: the prepared share is good; `wallet_not_found` if this browser holds the
     * wallet no more, `epoch_mismatch` if another epoch lives: `kit.restore` gets it; `passkey_cancelled`, `prf_unavailable`,
     * `not_authorised`, `co_signer_unreachable`, `rate_limited`, `storage_unavailable`, `cancelled`.
     */
    unlock(options?: UnlockOptions): Promise<Session>;
    /**
     * The address: of EVM with the checksum of EIP-55, of COSMOS with the prefix `cosmos`, of SOLANA in base58.
     */
    readonly address: string;
    /**
     * The co-signer that holds the other share: one at another address than the kit's does not open it.
     */
    readonly coSigner: CoSignerIdentity;
    /**
     * The epoch: how often the shares were rotated.
     */
    readonly epoch: number;
    /**
     * Whether the claim was interrupted before this browser heard its end: `kit.resume` or `unlock` finishes it, if the co-signer did.
     */
    readonly pending: boolean;
    /**
     * The public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
     */
    readonly publicKey: string;
    /**
     * The receipt of the claim, where this browser has it.
     */
    readonly receipt: string | undefined;
    /**
     * The scheme.
     */
    readonly scheme: Scheme;
    /**
     * What the wallet is for.
     */
    readonly type: WalletType;
    /**
     * The wallet's id: 16 bytes, base64url.
     */
    readonly walletId: string;
}

/**
 * Checks a proof of ownership with a key set that the caller has. Nothing is sent.
 *
 * # Errors
 * `invalid_argument` for what is no proof or no key set; `not_authorised` for a proof that does not hold here.
 */
export function verifyProof(options: VerifyProofOptions): ProofDetails;

/**
 * Checks a receipt: the co-signer's signature, the proofs of both new shares, and the wallet's signature by them. Nothing is sent.
 *
 * # Errors
 * `invalid_argument` for what is no receipt or does not hold; `version_unsupported`.
 */
export function verifyReceipt(options: VerifyReceiptOptions): ReceiptDetails;

/**
 * Checks a refusal, the evidence that a share is dead: the co-signer's signature, and, if its receipt is given, that the refusal is of
 * what that retired. Nothing is sent.
 *
 * # Errors
 * `invalid_argument` for what is no refusal, does not hold or does not go with the receipt; `version_unsupported`.
 */
export function verifyRefusal(options: VerifyRefusalOptions): RefusalDetails;

/** Starts the module. The package's `init` calls it. */
export default function start(options: { module_or_path: WasmModule }): Promise<unknown>;
