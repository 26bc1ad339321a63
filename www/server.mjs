// The demo's back end: prepares wallets, keeps their shares encrypted, and hands each to the person it was made for.

import { createServer } from "node:http";
import { connectServer } from "claimkit/server";
import { openDatabase } from "./back-end/database.mjs";
import { readFiles } from "./back-end/files.mjs";
import { Limits } from "./back-end/limits.mjs";
import { Preparation } from "./back-end/preparation.mjs";
import { router } from "./back-end/router.mjs";
import { routes } from "./back-end/routes.mjs";
import { readSettings } from "./back-end/settings.mjs";
import { SharesAtRest } from "./back-end/shares.mjs";

/** How long a request may take to arrive, in milliseconds. */
const REQUEST_TIME = 10_000;

async function main() {
  const settings = readSettings(process.env);
  const database = openDatabase(settings.databaseFile);
  const server = await connectServer({ cosigner: settings.cosigner, identity: settings.identity, apiKey: settings.apiKey });
  const shares = new SharesAtRest(database, settings.shareKey);
  const preparation = new Preparation(database, shares, server);
  await preparation.prepareFirstPeople();

  const http = createServer(
    { requestTimeout: REQUEST_TIME, headersTimeout: REQUEST_TIME },
    router({ settings, limits: new Limits(), routes: routes({ settings, database, shares, server, preparation }), files: readFiles() }),
  );
  const where = settings.listening === undefined ? { port: settings.port, host: "localhost" } : { fd: settings.listening };
  http.listen(where, () => console.log(`The demo is at ${settings.origin}`));

  const stop = () => {
    http.close(() => database.close());
    http.closeIdleConnections();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error) => {
  const code = error.code ? ` (${error.code})` : "";
  console.error(`The demo's back end can't start: ${error.message}${code}`);
  process.exitCode = 1;
});
