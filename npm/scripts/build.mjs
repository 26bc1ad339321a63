// Builds the package into dist/: what is generated from the Rust crate, tidied, and the TypeScript around it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");
const write = (path, text) => writeFileSync(here(path), text);

rmSync(here("dist"), { recursive: true, force: true });
mkdirSync(here("dist/wasm"), { recursive: true });

for (const licence of readdirSync(here("..")).filter((name) => name.startsWith("LICENSE"))) {
  copyFileSync(here(`../${licence}`), here(licence));
}
copyFileSync(here("wasm/claimkit_bg.wasm"), here("dist/wasm/claimkit_bg.wasm"));
write("dist/wasm/claimkit.js", script(read("wasm/claimkit.js")));
write("dist/wasm/claimkit.d.ts", declarations(read("wasm/claimkit.d.ts")));
write("dist/wasm/base64.js", `export const base64 = "${readFileSync(here("wasm/claimkit_bg.wasm"), "base64")}";\n`);
write("dist/wasm/base64.d.ts", "export declare const base64: string;\n");
execFileSync(process.execPath, [here("node_modules/typescript/bin/tsc"), "-p", here("tsconfig.json")], { stdio: "inherit" });
for (const name of readdirSync(here("dist")).filter((name) => name.endsWith(".js"))) write(`dist/${name}`, bare(read(`dist/${name}`)));

/** The generated JavaScript, which must leave the module's address to src/index.ts. */
function script(text) {
  if (text.includes("claimkit_bg.wasm")) throw new Error("the bindings name the module's address: that is src/index.ts's to say");
  return bare(text);
}

/** JavaScript without what a page never needs: comments that have lines of their own. */
function bare(text) {
  return text.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, "").replace(/^[ \t]*\/\/.*\n/gm, "");
}

/** The generated types without what only newer TypeScript libraries know, and without the module's inside, which each compiler names anew. */
function declarations(text) {
  const inside = /^(export interface InitOutput \{\n).*?^\}/ms;
  const kept = text.replace(/^[ \t]*\[Symbol\.dispose\]\(\): void;\n/gm, "").replace(inside, "$1    readonly memory: WebAssembly.Memory;\n}");
  if (!inside.test(text) || kept.includes("Symbol.dispose")) throw new Error("the generated types are not of the expected form");
  return kept;
}
