import type * as entry from "./index.js";
import { failure } from "./error.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

// For edge runtimes, which have neither passkeys nor a way to a .wasm file.
const refuse = () =>
  Promise.reject(failure("passkey_unsupported", 'claimkit needs a browser: call it in the page alone. On a server import "claimkit/server", in a route that runs on Node.'));

export const init: typeof entry.init = refuse;
export const connect: typeof entry.connect = refuse;
export const verifyReceipt: typeof entry.verifyReceipt = refuse;
export const verifyRefusal: typeof entry.verifyRefusal = refuse;
