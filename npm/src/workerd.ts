import type * as entry from "./index.js";
import module from "./wasm/claimkit_bg.wasm";
import { connectBy, verifyBy, verifyRefusalBy } from "./client.js";
import { start } from "./module.js";

export { isClaimkitError } from "./error.js";
export type * from "./types.js";

// For Workers, which may not compile bytes: their bundler makes a module of the file.
const source = () => module;

export const init: typeof entry.init = (options) => start(options, source);
export const connect: typeof entry.connect = /* @__PURE__ */ connectBy(source);
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(source, options);
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(source, options);
