import type * as entry from "./index.js";
import { verifyBy, verifyRefusalBy } from "./client.js";
import { beside } from "./file.js";
import { start } from "./module.js";
import { fetchTransport } from "./transport.js";
import { Server, type ConnectServerOptions } from "./wasm/claimkit.js";

export { isClaimkitError } from "./error.js";
export type {
  AddressOptions,
  CallOptions,
  ChildKey,
  ChildOptions,
  ClaimantId,
  ClaimantOptions,
  ClaimkitError,
  ConnectServerOptions,
  CoSignerIdentity,
  CreatedWallet,
  CreateWalletOptions,
  CreateWalletPerTypeOptions,
  DigestSignOptions,
  EcdsaSignature,
  EddsaSignature,
  ErrorCode,
  ExportPairingOptions,
  HandOff,
  ImportWalletOptions,
  MessageSignOptions,
  PreparedWallet,
  ReceiptDetails,
  RefusalDetails,
  Scheme,
  SealForOptions,
  Server,
  SignatureResult,
  SignOptions,
  VerifyReceiptOptions,
  VerifyRefusalOptions,
  WalletInfo,
  WalletRecord,
  WalletType,
} from "./wasm/claimkit.js";

/**
 * Connects a back end to its co-signer.
 *
 * @example
 * import { connectServer } from "claimkit/server";
 *
 * const server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey });
 * const { wallet, share } = await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
 *
 * @throws `invalid_argument`; `co_signer_unreachable`; `peer_misbehaved` if it is not the co-signer of `identity`
 */
export async function connectServer(options: ConnectServerOptions): Promise<Server> {
  await start(undefined, beside);
  return Server.connect(options, fetchTransport(options?.timeout));
}

/** As in `claimkit`: checks a receipt offline. */
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(beside, options);

/** As in `claimkit`: checks a refusal offline. */
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(beside, options);
