import { connectBy, verifyBy, verifyRefusalBy, type Connect } from "./client.js";
import { start, type InitOptions } from "./module.js";
import type {
  ReceiptDetails,
  RefusalDetails,
  VerifyReceiptOptions,
  VerifyRefusalOptions,
} from "./wasm/claimkit.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

// Bundlers look for these very forms: they copy the file, build the worker, and put their addresses here.
const source = () => new URL("./wasm/claimkit_bg.wasm", import.meta.url);
const worker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/**
 * Loads the module. `connect`, `verifyReceipt` and `verifyRefusal` do it by themselves; all callers share one promise, and a start
 * that failed can be tried again.
 *
 * @throws `internal`, with a sentence that says what to do
 */
export const init = (options?: InitOptions): Promise<void> => start(options, source);

/**
 * Makes a client in this page; with `worker`, one whose module and shares are in a worker, out of the page's reach.
 *
 * @example
 * import { connect } from "claimkit";
 *
 * const kit = await connect({ cosigner: "https://cosigner.example.com" });
 * const wallets = await kit.wallets();
 *
 * @throws `invalid_argument`; `internal` if the module or the worker can't be loaded
 */
export const connect: Connect = /* @__PURE__ */ connectBy(source, worker);

/**
 * Checks a receipt offline: the co-signer's signature, the proofs of both new shares, and the wallet's signature by them.
 *
 * @example
 * import { verifyReceipt } from "claimkit";
 *
 * const { publicKey, epoch } = await verifyReceipt({ receipt });
 * const { address } = await verifyReceipt({ receipt, type: "SOLANA" }); // a receipt does not say what its wallet is for
 *
 * @throws `invalid_argument` for what is no receipt, does not hold or is of another scheme than the type; `version_unsupported`
 */
export const verifyReceipt = (options: VerifyReceiptOptions & InitOptions): Promise<ReceiptDetails> =>
  verifyBy(source, options);

/**
 * Checks a refusal offline, the evidence that a share is dead: the co-signer's signature, and, if it is given, against the receipt of
 * the claim that retired the share.
 *
 * @example
 * import { isClaimkitError, verifyRefusal } from "claimkit";
 *
 * if (isClaimkitError(error) && error.refusal) {
 *   const { epoch, refusedAt } = await verifyRefusal({ refusal: error.refusal, receipt });
 * }
 *
 * @throws `invalid_argument` for what is no refusal, does not hold or does not go with the receipt; `version_unsupported`
 */
export const verifyRefusal = (options: VerifyRefusalOptions & InitOptions): Promise<RefusalDetails> =>
  verifyRefusalBy(source, options);
