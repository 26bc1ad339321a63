import type * as entry from "./index.js";
import { failure } from "./error.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

const refuse = () =>
  Promise.reject(failure("passkey_unsupported", "claimkit needs WebAssembly, which React Native's engine does not have."));

export const init: typeof entry.init = refuse;
export const connect: typeof entry.connect = refuse;
export const verifyReceipt: typeof entry.verifyReceipt = refuse;
export const verifyRefusal: typeof entry.verifyRefusal = refuse;
