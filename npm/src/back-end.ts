import { start, type Source } from "./module.js";
import { fetchTransport } from "./transport.js";
import { Server, type ConnectServerOptions } from "./wasm/claimkit.js";

/** Connects a back end, with the module from `source`. */
export async function connectServerBy(source: Source, options: ConnectServerOptions): Promise<Server> {
  await start(undefined, source);
  return Server.connect(options, fetchTransport(options?.timeout));
}
