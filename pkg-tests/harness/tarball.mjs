// The packed package.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The tarball's path: `CLAIMKIT_TARBALL`, or where `cargo xtask build` leaves it.
 *
 * @throws {Error} if it is not there
 */
export function tarball() {
  const file = resolve(process.env.CLAIMKIT_TARBALL ?? fileURLToPath(new URL("../../target/npm/claimkit.tgz", import.meta.url)));
  if (!existsSync(file)) throw new Error("There is no packed package: run `cargo xtask build` first, or set CLAIMKIT_TARBALL.");
  return file;
}
