import { isClaimkitError } from "./error.js";
import type { AboutPage } from "./objects.js";
import type { Port } from "./port.js";

type Credential = { prf: unknown } | null;

/** What stands for the page's window in its worker: it asks the page for its passkeys, and tells whether the page is hidden or left. */
export class PageWindow extends EventTarget {
  readonly isSecureContext: boolean;
  readonly origin: string;
  readonly location: Pick<AboutPage, "hostname" | "ancestorOrigins">;
  readonly document: EventTarget & { hidden: boolean };
  readonly navigator: { credentials: Record<"create" | "get", (options: object) => Promise<object | null>> };
  readonly PublicKeyCredential: object | undefined;

  constructor(port: () => Port, { isSecureContext, hostname, origin, ancestorOrigins, forbidden, hidden, capabilities }: AboutPage) {
    super();
    this.isSecureContext = isSecureContext;
    this.origin = origin;
    this.location = { hostname, ancestorOrigins };
    const featurePolicy = { features: () => forbidden, allowsFeature: (name: string) => !forbidden.includes(name) };
    this.document = Object.assign(new EventTarget(), { hidden, featurePolicy });
    const prompt = (call: string) => async (options: object) => credential(await asked(port().ask("credentials", call, [options])));
    this.navigator = { credentials: { create: prompt("create"), get: prompt("get") } };
    const method = (name: string) => [name, (...given: unknown[]) => asked(port().ask("PublicKeyCredential", name, given))];
    this.PublicKeyCredential = capabilities && Object.assign(class {}, Object.fromEntries(capabilities.map(method)));
  }

  /** The page was hidden, or shown again. */
  turn(hidden: boolean) {
    this.document.hidden = hidden;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  /** The page is being left; `persisted` if it may come back. */
  leave({ persisted }: { persisted: boolean }) {
    this.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
  }
}

/** What the page's browser said, as it said it. */
async function asked(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    throw isClaimkitError(error) ? (error.cause ?? error) : error;
  }
}

function credential(told: unknown): object | null {
  const credential = told as Credential;
  return credential && { ...credential, getClientExtensionResults: () => ({ prf: credential.prf }) };
}
