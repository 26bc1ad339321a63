// Builds the folder that it runs in: `node parcel.mjs`, with what comes of it in `out`.

import { fileURLToPath } from "node:url";
import { Parcel } from "@parcel/core";

const bundler = new Parcel({
  entries: "index.html",
  defaultConfig: fileURLToPath(import.meta.resolve("@parcel/config-default")),
  mode: "production",
  shouldDisableCache: true,
  defaultTargetOptions: { distDir: "out", shouldOptimize: false, sourceMaps: false },
});
await bundler.run().catch((error) => {
  console.error(error.diagnostics?.map(({ message }) => message).join("\n") ?? error);
  process.exitCode = 1;
});
// Its workers would stay.
process.exit();
