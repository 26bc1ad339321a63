import { base64 } from "./wasm/base64.js";

/** The module's bytes, from JavaScript. */
export function bytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
