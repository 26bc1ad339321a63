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
  const { isSecureContext, location, document } = globalThis;
  const statics = interfaceObject();
  const capabilities = statics && STATICS.filter((name) => typeof statics[name] === "function");
  return { isSecureContext, hostname: location.hostname, hidden: document.hidden, capabilities };
}

/** Asks the person for a passkey. */
export async function askForPasskey(call: string, [options]: unknown[]): Promise<Answer> {
  if (call !== "create" && call !== "get") throw failure("invalid_argument", "a page is not asked for this by its worker");
  const { publicKey, mediation, signal } = options as CredentialRequestOptions & CredentialCreationOptions;
  const asked = { publicKey, ...(mediation && { mediation }), ...(signal && { signal }) };
  const credential = (await navigator.credentials[call](asked as CredentialCreationOptions)) as PublicKeyCredential | null;
  if (!credential) return { result: null };
  const { rawId, response } = credential;
  const { attestationObject, clientDataJSON, authenticatorData, signature } = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  // Read last: nothing that fails may leave the output here.
  const { enabled, results } = credential.getClientExtensionResults().prf ?? {};
  const output = results?.first;
  const result = { rawId, response: { attestationObject, clientDataJSON, authenticatorData, signature }, prf: { enabled, results: output && { first: output } } };
  return output ? { result, transfer: [ArrayBuffer.isView(output) ? output.buffer : output] as Transferable[] } : { result };
}

/** Asks the browser what its passkeys can do, or tells it what became of one. */
export async function askInterface(call: string, given: unknown[]): Promise<Answer> {
  const statics = interfaceObject();
  if (!statics || !aboutPage().capabilities?.includes(call)) throw failure("invalid_argument", "a page is not asked for this by its worker");
  return { result: await statics[call]?.(...given) };
}
