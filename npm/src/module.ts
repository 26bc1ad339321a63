import bind, { type WasmModule, type WasmSource } from "./wasm/claimkit.js";
import { failure, isClaimkitError } from "./error.js";

/** What `init` takes. */
export interface InitOptions {
  /** Where the module is, if not where the package keeps it. */
  wasm?: WasmSource | Promise<WasmSource> | undefined;
}

/** Where an entry finds the module. */
export type Source = () => WasmSource | Promise<WasmSource>;

/** Every wasm module begins with these bytes: `\0asm`. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

const ADVICE =
  'Some bundlers lose the .wasm file: Vite up to 7 in development (set optimizeDeps: { exclude: ["claimkit"] }), esbuild, rollup, Bun, Angular. ' +
  'Import "claimkit/inline" instead, or pass the address of "claimkit/claimkit.wasm" as `wasm`. README, Set-ups.';

// One for every entry and caller: a second instance would pull the memory from under the first one's objects.
let started: Promise<void> | undefined;

/** Starts the module once, from `wasm` or what `fallback` gives; a start that failed can be tried again. */
export function start(options: InitOptions | undefined, fallback: Source): Promise<void> {
  started ??= run(options, fallback).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

/** The module, compiled and not run. */
export async function load(options: InitOptions | undefined, fallback: Source): Promise<WasmModule> {
  // Its own alone: what something else put on every object is no module that this page asked for.
  const given = options && Object.hasOwn(options, "wasm") ? options.wasm : undefined;
  const module = await compiled(await (given ?? found(fallback)));
  // The bindings would keep an instance of it, and take every later start for done.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "verifyReceipt")) {
    throw failure("internal", "What was loaded as claimkit's module is another one.");
  }
  return module;
}

async function run(options: InitOptions | undefined, fallback: Source): Promise<void> {
  const module = await load(options, fallback);
  try {
    await bind({ module_or_path: module });
  } catch (cause) {
    throw failure("internal", "claimkit's module does not run here: is it of the same release as its JavaScript?", cause);
  }
}

/** What the package keeps: where a bundler's output has no address of its own (esbuild's iife), there is none to be made. */
async function found(fallback: Source): Promise<WasmSource> {
  try {
    return await fallback();
  } catch (cause) {
    if (isClaimkitError(cause)) throw cause;
    throw failure("internal", `claimkit's module could not be found. ${ADVICE}`, cause);
  }
}

async function compiled(source: WasmSource): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined") {
    throw failure("internal", "claimkit needs WebAssembly, which is missing here.");
  }
  if (source instanceof WebAssembly.Module) return source;
  const bytes = isBytes(source) ? source : await fetched(source as Address);
  const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
  if (MAGIC.some((byte, index) => view[index] !== byte)) {
    throw failure("internal", `What was loaded as claimkit's module is no WebAssembly. ${ADVICE}`);
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw failure("internal", `claimkit's module could not be compiled: ${whyNot()}`, cause);
  }
}

/** Why an engine compiles no module, as far as it can be told: what it throws is the same for a policy and for damage. */
function whyNot(): string {
  if (typeof document !== "undefined" || typeof indexedDB !== "undefined") {
    return "a Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src (in an extension: content_security_policy.extension_pages).";
  }
  return "the file is damaged, or this runtime compiles nothing while it runs, as Cloudflare Workers and edge runtimes: bundle for the `workerd` condition, or run on Node.";
}

// Named, since TypeScript takes every object for a `WebAssembly.Module`: that interface is empty.
type Address = string | URL | Request | Response;

async function fetched(source: Address): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = source instanceof Response ? source : await fetch(source);
    if (response.ok) return await response.arrayBuffer();
  } catch (cause) {
    throw failure("internal", `claimkit's module could not be loaded: a Content-Security-Policy must allow its address in connect-src. ${ADVICE}`, cause);
  }
  throw failure("internal", `claimkit's module could not be loaded: status ${response.status}. ${ADVICE}`);
}

function isBytes(source: unknown): source is BufferSource {
  return ArrayBuffer.isView(source) || source instanceof ArrayBuffer;
}
