import type * as entry from "./index.js";
import { bytes } from "./bytes.js";
import { connectBy, verifyBy, verifyRefusalBy, type ConnectWithoutOwn } from "./client.js";
import { start } from "./module.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

// For bundlers that lose the .wasm file.
const source = bytes;

export const init: typeof entry.init = (options) => start(options, source);
export const connect: ConnectWithoutOwn = /* @__PURE__ */ connectBy(source);
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(source, options);
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(source, options);
