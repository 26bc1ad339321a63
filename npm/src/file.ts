import { readFile } from "node:fs/promises";

/** The module's bytes: from the file beside the JavaScript, or, where a server's bundler has lost it, from JavaScript. */
export async function beside(): Promise<BufferSource> {
  try {
    return new Uint8Array(await readFile(new URL("./wasm/claimkit_bg.wasm", import.meta.url)));
  } catch {
    const { bytes } = await import("./bytes.js");
    return bytes();
  }
}
