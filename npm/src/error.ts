import type { ClaimkitError, ErrorCode } from "./wasm/claimkit.js";

/**
 * Tells claimkit's errors from others, so that `error.code` can be branched on.
 *
 * @example
 * import { isClaimkitError } from "claimkit";
 *
 * try {
 *   await wallet.unlock();
 * } catch (error) {
 *   if (isClaimkitError(error) && error.code === "passkey_cancelled") return;
 *   throw error;
 * }
 */
export function isClaimkitError(value: unknown): value is ClaimkitError {
  return value instanceof Error && value.name === "ClaimkitError";
}

/** An error from before the module runs, of the same shape as those from inside it. */
export function failure(code: ErrorCode, message: string, cause?: unknown): ClaimkitError {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { name: "ClaimkitError" as const, code, retryable: false });
}
