import type * as entry from "./server.js";
import module from "./wasm/claimkit_bg.wasm";
import { connectServerBy } from "./back-end.js";
import { verifyBy, verifyProofBy, verifyRefusalBy } from "./client.js";

export { isClaimkitError } from "./error.js";
export type * from "./server-types.js";

// For Cloudflare Workers, which have no files and compile nothing while they run: their bundler makes a module of the file.
const source = () => module;

export const connectServer: typeof entry.connectServer = (options) => connectServerBy(source, options);
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(source, options);
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(source, options);
export const verifyProof: typeof entry.verifyProof = (options) => verifyProofBy(source, options);
