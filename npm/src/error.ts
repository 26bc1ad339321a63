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
  return withMore(error, { name: "ClaimkitError" as const, code, retryable: RETRYABLE.includes(code) });
}

/** The codes that the same call may get over by itself, as docs/errors.md has them. */
const RETRYABLE: ErrorCode[] = ["co_signer_unreachable", "rate_limited", "storage_unavailable"];

/** Defined, not assigned: hardened pages freeze the prototype of all errors, and what it has can't be assigned then. */
function withMore<More extends object>(error: Error, more: More): Error & More {
  for (const [name, value] of Object.entries(more)) Object.defineProperty(error, name, { value, writable: true, enumerable: true, configurable: true });
  return error as Error & More;
}

/** An error, as it crosses to another page or a worker. */
export interface Failed {
  message: string;
  code: ErrorCode;
  retryable: boolean;
  retryAfter?: number;
  refusal?: string;
}

export function failedOf(error: unknown): Failed {
  // What is not claimkit's, such as a DOMException, may have a code of another kind.
  if (!isClaimkitError(error)) return { message: error instanceof Error ? error.message : String(error), code: "internal", retryable: false };
  const { message, code, retryable, retryAfter, refusal } = error;
  return { message, code, retryable, ...(retryAfter && { retryAfter }), ...(refusal && { refusal }) };
}

/** The error that crossed. */
export function failureOf({ message, code, ...more }: Failed, cause?: unknown): ClaimkitError {
  const error = failure(code, message, cause);
  withMore(error, more);
  return error;
}
