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
