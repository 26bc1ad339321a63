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
    /** What the browser said, or the reason of the `AbortSignal` that ended the call. */
    cause?: unknown;
}

/** What a wallet signs with. */
export type Scheme = "ecdsa-secp256k1";

/** Whom a wallet is made for: exactly one of these. */
export type ClaimantId =
| { email: string }
| { /** E.164: a plus sign and 7 to 15 digits. */ phone: string }
| { telegramUserId: string }
| { farcasterUsername: string }
| { xUsername: string }
| { discordUsername: string }
| { /** An identifier of your own. */ customId: string };

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

/** The compiled module, or where it is. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

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
    /** With the checksum of EIP-55. */
    address: string;
    scheme: Scheme;
    /** 33 bytes, compressed, as `0x` and hexadecimal digits. */
    publicKey: string;
    /** How often the shares were rotated: 0 before the claim. */
    epoch: number;
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

export interface FinishOptions extends CallOptions {
    proof: ClaimProof;
    /** The passkey to be made: `name` is what the authenticator shows, something the person will know. */
    passkey: { name: string };
    /** Told of each step. An exception of its own does not end the claim. */
    onProgress?: ((progress: ClaimProgress) => void) | undefined;
}

/** How far a claim has come. */
export interface ClaimProgress {
    phase: "start" | "passkey" | "refresh" | "prepare" | "seal" | "confirm" | "commit" | "promote";
    /** How many steps of the phase are done. */
    step: number;
    /** How many there are. */
    of: number;
}

export interface FinishedClaim {
    /** The first wallet. */
    wallet: Wallet;
    /** Every wallet, in the ticket's order. */
    wallets: Wallet[];
    /** The first wallet's receipt: one line of text, to be kept. */
    receipt: string;
    /** Every receipt, in the same order. */
    receipts: string[];
}

export interface SignOptions extends CallOptions {
    /** 32 bytes: the hash of what is signed. */
    digest: Uint8Array;
}

export interface SessionSignOptions extends SignOptions {
    /** Which of the open wallets signs; the one that was unlocked, if left out. */
    walletId?: string | undefined;
}

/** An ECDSA signature, low-s. */
export interface SignatureResult {
    /** 32 bytes, big-endian. */
    r: Uint8Array;
    /** 32 bytes, big-endian, at most half the group's order. */
    s: Uint8Array;
    yParity: 0 | 1;
    /** 65 bytes: r ‖ s ‖ 27 + yParity. */
    bytes: Uint8Array;
}

export interface VerifyReceiptOptions {
    receipt: string;
    /** Refuses the receipt of any other co-signer. */
    identity?: CoSignerIdentity | undefined;
}

/** A receipt whose two signatures hold. */
export interface ReceiptDetails extends WalletInfo {
    /** The passkey's id, base64url. */
    credentialId: string;
    /** The co-signer's receipt key: 32 bytes, base64url. */
    coSigner: string;
    /** Unix milliseconds. */
    committedAt: number;
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
    type: "EVM";
}

export interface CreatedWallet {
    wallet: WalletInfo;
    /** The prepared share: a secret, one line of text. Keep it encrypted. */
    share: string;
}

/** A wallet as the co-signer knows it. */
export interface WalletRecord extends WalletInfo {
    claimed: boolean;
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
    retryAfter?: number | undefined;
}



/**
 * Wallets ready to be taken over: their prepared shares, in memory only.
 */
export class Claim {
    private constructor();
    free(): void;
    /**
     * Takes the wallets over: makes a passkey, rotates both shares, and ends the prepared ones.
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
     * Makes a client. The package's `connect` calls it once the module runs.
     */
    static connect(options: ConnectOptions): Promise<Kit>;
    /**
     * Reads and checks what a back end handed over. Nothing is sent, nothing is stored.
     */
    load(options: LoadOptions): Promise<Claim>;
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
     * Signs a 32-byte digest, before the claim.
     */
    sign(options: SignOptions): Promise<SignatureResult>;
    /**
     * Gives the unclaimed wallet another claimant id; the new share replaces the old text.
     */
    updateClaimantId(options: ClaimantId & CallOptions): Promise<CreatedWallet>;
    /**
     * The address, with the checksum of EIP-55.
     */
    readonly address: string;
    /**
     * The epoch: 0 for a prepared share.
     */
    readonly epoch: number;
    /**
     * The public key: 33 bytes, compressed, as `0x` and hexadecimal digits.
     */
    readonly publicKey: string;
    /**
     * The scheme.
     */
    readonly scheme: Scheme;
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
     * Seals prepared shares of one claimant to one browser, and signs the ticket that lets it claim them.
     *
     * # Errors
     * `invalid_argument`, `share_invalid`, `version_unsupported`.
     */
    sealFor(options: SealForOptions): HandOff;
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
     * Erases the open shares, then tells the co-signer, as far as it can be told: never rejects.
     */
    lock(): Promise<void>;
    /**
     * Signs a 32-byte digest.
     */
    sign(options: SessionSignOptions): Promise<SignatureResult>;
    /**
     * The address of the wallet that was unlocked.
     */
    readonly address: string;
    /**
     * When the session ends, in Unix milliseconds.
     */
    readonly expiresAt: number;
    /**
     * Whether the session can sign no more: locked, or past its time.
     */
    readonly locked: boolean;
    /**
     * Its public key: 33 bytes, compressed, as `0x` and hexadecimal digits.
     */
    readonly publicKey: string;
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
     * Opens the wallet, and every other wallet of the same passkey, with one prompt.
     */
    unlock(options?: CallOptions): Promise<Session>;
    /**
     * The address, with the checksum of EIP-55.
     */
    readonly address: string;
    /**
     * The epoch: how often the shares were rotated.
     */
    readonly epoch: number;
    /**
     * Whether the claim was interrupted before this browser heard its end: `unlock` finishes it, if the co-signer did.
     */
    readonly pending: boolean;
    /**
     * The public key: 33 bytes, compressed, as `0x` and hexadecimal digits.
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
     * The wallet's id: 16 bytes, base64url.
     */
    readonly walletId: string;
}

/**
 * Checks a receipt: the co-signer's signature, and the wallet's own, made by both new shares. Nothing is sent.
 *
 * # Errors
 * `invalid_argument` for what is no receipt or does not hold; `version_unsupported`.
 */
export function verifyReceipt(options: VerifyReceiptOptions): ReceiptDetails;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
