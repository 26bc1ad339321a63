import { failure } from "./error.js";
import type { AboutPage } from "./objects.js";
import type { Answer } from "./port.js";

// A page's passkeys, for its worker: workers have none. The passkey's output is given away, and stays in no copy here.

type Statics = Record<string, (...given: unknown[]) => unknown>;

/** What the module asks the interface: a worker is answered nothing else. */
const STATICS = ["getClientCapabilities", "isConditionalMediationAvailable", "signalUnknownCredential"];

const interfaceObject = () => (typeof PublicKeyCredential === "function" ? (PublicKeyCredential as unknown as Statics) : undefined);

/** What the module asks a window. */
export function aboutPage(): AboutPage {
  const { isSecureContext, origin, location, document } = globalThis;
  const { hostname } = location;
  const statics = interfaceObject();
  const capabilities = statics && STATICS.filter((name) => typeof statics[name] === "function");
  return { isSecureContext, hostname, origin, ancestorOrigins: ancestorOrigins(), forbidden: forbidden(), hidden: document.hidden, capabilities };
}

/** The origins of the pages around this one, as far as it matters: Firefox has no list of them. */
function ancestorOrigins(): string[] {
  if (location.ancestorOrigins) return [...location.ancestorOrigins];
  return [parent, top].flatMap((outer) => {
    try {
      return outer?.window ? [outer.origin] : [];
    } catch {
      return ["null"];
    }
  });
}

interface Policy {
  features(): string[];
  allowsFeature(name: string): boolean;
}

/** What the page's Permissions Policy forbids, of what its browser knows. */
function forbidden(): string[] {
  const { permissionsPolicy, featurePolicy } = document as { permissionsPolicy?: Policy; featurePolicy?: Policy };
  const policy = permissionsPolicy ?? featurePolicy;
  return policy?.features().filter((name) => name.startsWith("publickey-credentials-") && !policy.allowsFeature(name)) ?? [];
}

/** Asks the person for a passkey. */
export async function askForPasskey(call: string, [options]: unknown[]): Promise<Answer> {
  if (call !== "create" && call !== "get") throw failure("invalid_argument", "a page is not asked for this by its worker");
  const { publicKey, mediation, signal } = options as CredentialRequestOptions & CredentialCreationOptions;
  const asked = { publicKey, ...(mediation && { mediation }), ...(signal && { signal }) };
  const credential = (await navigator.credentials[call](asked as CredentialCreationOptions)) as PublicKeyCredential | null;
  if (!credential) return { result: null };
  const response = (credential.response ?? {}) as unknown as Record<string, unknown>;
  const parts = ["attestationObject", "clientDataJSON", "authenticatorData", "signature"].map((name) => [name, bytesOf(response[name])]);
  const rawId = bytesOf(credential.rawId) ?? bytesOf(credential.id);
  // Read last: nothing that fails may leave the output here.
  const { enabled, results } = credential.getClientExtensionResults?.().prf ?? {};
  const output = given(results?.first);
  const result = { rawId, response: Object.fromEntries(parts), prf: { enabled: enabled === true, results: output && { first: output.value } } };
  return output ? { result, transfer: [output.buffer] } : { result };
}

/** The longest that is read, in bytes: attestation objects are the longest of what a passkey gives. */
const LIMIT = 64 * 1024;

const brand = (value: unknown) => Object.prototype.toString.call(value).slice("[object ".length, -1);

/** Bytes as browsers and password managers give them, copied: buffers and views of whatever realm, arrays of numbers, base64url text. */
function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  const fits = (length: number) => length > 0 && length <= LIMIT;
  if (ArrayBuffer.isView(value)) return fits(value.byteLength) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice() : undefined;
  const kind = brand(value);
  if (kind === "ArrayBuffer" || kind === "SharedArrayBuffer") {
    const buffer = value as ArrayBuffer;
    return fits(buffer.byteLength) ? new Uint8Array(buffer).slice() : undefined;
  }
  if (Array.isArray(value)) {
    const isByte = (number: unknown) => Number.isInteger(number) && Number(number) >= 0 && Number(number) <= 255;
    return fits(value.length) && value.every(isByte) ? Uint8Array.from(value as number[]) : undefined;
  }
  if (typeof value !== "string" || !fits(value.length) || !/^[\w-]+=*$/.test(value)) return undefined;
  try {
    const text = atob(value.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** A passkey's output, and what is given away with it: the buffer that it stands in, or where that can't be, a copy in the place of what is erased. */
function given(output: unknown): { value: unknown; buffer: ArrayBuffer } | undefined {
  const buffer = ArrayBuffer.isView(output) ? output.buffer : output;
  // A detached one has no length, and can't be given away: it is no output.
  if (brand(buffer) === "ArrayBuffer" && (buffer as ArrayBuffer).byteLength > 0) return { value: output, buffer: buffer as ArrayBuffer };
  const copy = bytesOf(output);
  erase(output);
  return copy && { value: copy, buffer: copy.buffer };
}

/** Erases what can be: no text, and nothing that is frozen. */
function erase(output: unknown) {
  if (ArrayBuffer.isView(output)) new Uint8Array(output.buffer, output.byteOffset, output.byteLength).fill(0);
  else if (brand(output) === "SharedArrayBuffer") new Uint8Array(output as SharedArrayBuffer).fill(0);
  else if (Array.isArray(output) && !Object.isFrozen(output)) output.fill(0);
}

/** Asks the browser what its passkeys can do, or tells it what became of one. */
export async function askInterface(call: string, given: unknown[]): Promise<Answer> {
  const statics = interfaceObject();
  if (!statics || !aboutPage().capabilities?.includes(call)) throw failure("invalid_argument", "a page is not asked for this by its worker");
  return { result: await statics[call]?.(...given) };
}
