export type {
  AddPasskeyOptions,
  AddressOptions,
  CallOptions,
  ChildKey,
  ChildOptions,
  Claim,
  ClaimantId,
  ClaimkitError,
  ClaimProgress,
  ClaimProof,
  ConnectOptions,
  CoSignerIdentity,
  DigestSignOptions,
  EcdsaSignature,
  EddsaSignature,
  ErrorCode,
  ExportKeyOptions,
  FinishedClaim,
  FinishOptions,
  Kit,
  ListedPasskey,
  ListedSession,
  LoadOptions,
  MessageSignOptions,
  PasskeyPrompt,
  ProveOptions,
  ReceiptDetails,
  RefusalDetails,
  RemovePasskeyOptions,
  RenamePasskeyOptions,
  RestoreOptions,
  Resumed,
  ResumeOptions,
  RevokeOptions,
  Rotated,
  RotateOptions,
  Scheme,
  Session,
  SessionEvents,
  SessionOptions,
  SessionSignOptions,
  SignatureResult,
  SignOptions,
  StartOptions,
  UnlockOptions,
  Unsettled,
  VerifyReceiptOptions,
  VerifyRefusalOptions,
  Wallet,
  WalletInfo,
  WalletType,
  WasmSource,
  WhichWallet,
} from "./wasm/claimkit.js";
export type { InitOptions } from "./module.js";

import type {
  AddressOptions,
  CallOptions,
  ChildKey,
  ChildOptions,
  Claim,
  ConnectOptions,
  FinishedClaim,
  FinishOptions,
  Kit,
  LoadOptions,
  Wallet,
} from "./wasm/claimkit.js";

/** Asks for a kit whose module and shares are in a worker. */
export interface WorkerConnectOptions extends ConnectOptions {
  /** `true` for the package's own, or a worker of yours that imports `claimkit/worker` at its top: where Trusted Types forbid making one. */
  worker: true | PageWorker;
}

/** A `Worker`, where TypeScript's libraries know one: a back end's do not. */
export type PageWorker = typeof globalThis extends { Worker: { prototype: infer T } } ? T : never;

/** As `Kit`, in a worker; its sessions are `Session`s. */
export interface WorkerKit extends Omit<Kit, "load" | "wallets"> {
  load(options: LoadOptions): Promise<WorkerClaim>;
  wallets(options?: CallOptions): Promise<WorkerWallet[]>;
}

/** As `Claim`, in a worker. */
export interface WorkerClaim extends Omit<Claim, "finish"> {
  finish(options: FinishOptions): Promise<WorkerFinishedClaim>;
}

/** As `FinishedClaim`, in a worker. */
export interface WorkerFinishedClaim extends Omit<FinishedClaim, "wallet" | "wallets"> {
  wallet: WorkerWallet;
  wallets: WorkerWallet[];
}

/** As `Wallet`, in a worker: what is computed there is a promise here. */
export interface WorkerWallet extends Omit<Wallet, "child" | "addressWithPrefix"> {
  child(options: ChildOptions): Promise<ChildKey>;
  addressWithPrefix(options: AddressOptions): Promise<string>;
}
