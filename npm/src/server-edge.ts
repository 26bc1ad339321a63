import type * as entry from "./server.js";
import { failure } from "./error.js";

export { isClaimkitError } from "./error.js";
export type * from "./server-types.js";

// For edge runtimes that tell their bundler of no way to a .wasm file.
const refuse = () =>
  Promise.reject(failure("internal", 'claimkit/server does not run in this edge runtime: run this route on Node (in Next: export const runtime = "nodejs").'));

export const connectServer: typeof entry.connectServer = refuse;
export const verifyReceipt: typeof entry.verifyReceipt = refuse;
export const verifyRefusal: typeof entry.verifyRefusal = refuse;
export const verifyProof: typeof entry.verifyProof = refuse;
