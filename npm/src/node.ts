import type * as entry from "./index.js";
import { beside } from "./file.js";
import { connectBy, verifyBy, verifyRefusalBy } from "./client.js";
import { start } from "./module.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

// For Node, and what a bundler makes for it.
const source = beside;

export const init: typeof entry.init = (options) => start(options, source);
export const connect: typeof entry.connect = /* @__PURE__ */ connectBy(source);
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(source, options);
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(source, options);
