// What the back end answers when it can't do as asked.

/** The package's codes for what the page sent; the others speak of the co-signer, or of this back end. */
const CALLERS_FAULT = ["invalid_argument", "version_unsupported"];

/** A refusal: an HTTP status, a code to branch on and a sentence. Its text reaches the page, so it names no secret. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {"already_claimed" | "bad_request" | "signed_out" | "wrong_origin" | "not_found" | "no_such_person" | "no_wallet" | "nonce_used" | "proof_refused" | "too_large" | "too_many"} code
   * @param {string} message
   * @param {number} [retryAfter] after how many seconds the same may be asked again
   */
  constructor(status, code, message, retryAfter) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * The status and body for whatever was thrown: a refusal, an error of the package with a code of its list, or a fault.
 *
 * @param {unknown} error
 * @returns {{ status: number, body: { code: string, message: string } }}
 */
export function describe(error) {
  if (error instanceof Refusal) return { status: error.status, body: { code: error.code, message: error.message } };
  if (error instanceof Error && error.name === "ClaimkitError") {
    const status = CALLERS_FAULT.includes(error.code) ? 400 : 502;
    return { status, body: { code: error.code, message: error.message } };
  }
  console.error("A fault of the demo's back end:", error);
  return { status: 500, body: { code: "internal", message: "The demo's back end met a fault of its own." } };
}
