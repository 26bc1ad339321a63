import {
  Kit,
  verifyReceipt as verify,
  verifyProof,
  verifyRefusal,
  type ConnectOptions,
  type ProofDetails,
  type ReceiptDetails,
  type RefusalDetails,
  type VerifyProofOptions,
  type VerifyReceiptOptions,
  type VerifyRefusalOptions,
} from "./wasm/claimkit.js";
import { failure } from "./error.js";
import { nameOf } from "./facade.js";
import { load, start, type InitOptions, type Source } from "./module.js";
import { shareSessions } from "./tabs.js";
import type { PageWorker, WorkerConnectOptions, WorkerKit } from "./types.js";

/** Makes a client: in this page, or in a worker of it. */
export interface Connect {
  (options: WorkerConnectOptions): Promise<WorkerKit>;
  (options: ConnectOptions & { worker?: false | undefined }): Promise<Kit>;
  (options: ConnectOptions & { worker?: boolean | PageWorker | undefined }): Promise<Kit | WorkerKit>;
}

/** The same where the package can make no worker of its own: the caller gives one. */
export interface ConnectWithoutOwn {
  (options: WorkerConnectOptions & { worker: PageWorker }): Promise<WorkerKit>;
  (options: ConnectOptions & { worker?: false | undefined }): Promise<Kit>;
  (options: ConnectOptions & { worker?: false | PageWorker | undefined }): Promise<Kit | WorkerKit>;
}

const NO_BROWSER = 'connect: claimkit needs a browser, with its passkeys and its storage: on a server import "claimkit/server", and call this in the page alone';

const NO_PART = "connect: what serves `worker` could not be loaded. In a service worker leave `worker` out; in a page load it again";

/** What connects: with the module from `source`, in a worker that `make` makes where one is asked for. */
export const connectBy = (source: Source, make?: () => PageWorker): Connect =>
  (async (options: ConnectOptions & Partial<WorkerConnectOptions>) => {
    if (typeof document === "undefined" && typeof indexedDB === "undefined") throw failure("passkey_unsupported", NO_BROWSER);
    if (options && Object.hasOwn(options, "worker") && options.worker) {
      const { worker, wasm: _, ...asked } = options;
      // Heard from now on: a worker of the caller's may be failing already.
      const broken = worker === true ? undefined : new Promise<Event>((resolve) => worker.addEventListener?.("error", resolve, { once: true }));
      // Not loaded by pages that have no worker; service workers can't import so late, and a network may be down.
      const { connectIn } = await import("./hosted.js").catch((cause: unknown) => {
        throw failure("internal", NO_PART, cause);
      });
      return connectIn({ worker, make, broken, options: asked, module: await load(options, source) });
    }
    await start(options, source);
    shareSessions();
    return only(options, await Kit.connect(options));
  }) as Connect;

/** The kits of this page: one for each co-signer, so that a hand-off that was sealed to one opens in every part of the page. */
const kits = new Map<string, Kit>();

/** The page's kit for these options; `made` is freed where there was one. */
function only(options: ConnectOptions, made: Kit): Kit {
  const name = nameOf(options);
  const known = kits.get(name);
  if (known && isUsable(known)) {
    made.free();
    return known;
  }
  kits.set(name, made);
  return made;
}

function isUsable(kit: Kit): boolean {
  try {
    return kit.publicKey !== "";
  } catch {
    return false;
  }
}

export async function verifyBy(source: Source, options: VerifyReceiptOptions & InitOptions): Promise<ReceiptDetails> {
  await start(options, source);
  return verify(options);
}

export async function verifyRefusalBy(source: Source, options: VerifyRefusalOptions & InitOptions): Promise<RefusalDetails> {
  await start(options, source);
  return verifyRefusal(options);
}

export async function verifyProofBy(source: Source, options: VerifyProofOptions & InitOptions): Promise<ProofDetails> {
  await start(options, source);
  return verifyProof(options);
}
