// Installs the packed tarball, as a consumer would, here and in the demo: a linked folder would hide faults.

import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tarball } from "./harness/tarball.mjs";

const file = tarball();

for (const folder of ["./", "../www/"].map((path) => fileURLToPath(new URL(path, import.meta.url)))) {
  const stamp = join(folder, "node_modules", ".claimkit-tarball");
  const isThere = existsSync(join(folder, "node_modules", "claimkit", "package.json"));
  if (isThere && existsSync(stamp) && statSync(stamp).mtimeMs > statSync(file).mtimeMs) continue;
  if (!existsSync(join(folder, "node_modules"))) npm(folder, ["ci"]);
  npm(folder, ["install", "--no-save", file]);
  writeFileSync(stamp, "");
}

function npm(folder, words) {
  const { status, stderr } = spawnSync("npm", words, { cwd: folder, encoding: "utf8" });
  if (status === 0) return;
  console.error(`npm ${words.join(" ")} failed in ${folder}:\n${stderr}`);
  process.exit(1);
}
