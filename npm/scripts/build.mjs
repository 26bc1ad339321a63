// Builds the package into dist/: what is generated from the Rust crate, tidied, and the TypeScript around it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");
const write = (path, text) => writeFileSync(here(path), text);

const START = `/** Starts the module. The package's \`init\` calls it. */
export default function start(options: { module_or_path: WasmModule }): Promise<unknown>;
`;

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
  return bare(guarded(lazy(text)));
}

/** The generated JavaScript, which makes its text coders as it is loaded, with coders that are made when they are needed: what lacks them, as Jest's jsdom, can import it. */
function lazy(text) {
  const [decoder, encoder] = [/^(?:let|const) cachedTextDecoder = (new TextDecoder\(.*\));\ncachedTextDecoder\.decode\(\);$/m, /^(?:let|const) cachedTextEncoder = new TextEncoder\(\);$/m];
  if (!decoder.test(text) || !encoder.test(text)) throw new Error("the bindings make their text coders in another way");
  return text
    .replace(decoder, "let textDecoder;\nlet cachedTextDecoder = { decode: (bytes) => (textDecoder ??= $1).decode(bytes) };")
    .replace(encoder, "let textEncoder;\nconst cachedTextEncoder = { encodeInto: (text, bytes) => (textEncoder ??= new TextEncoder()).encodeInto(text, bytes), encode: (text) => (textEncoder ??= new TextEncoder()).encode(text) };");
}

/**
 * The generated classes with pointers that no copy of an object has, or has longer than the object: a cell holds each, which `free` empties and
 * which is collected last. They say what they are, so that frameworks that wrap what looks plain leave them alone. And views of memory are
 * compared with what they are views of: hardened environments say of every buffer that it is not detached.
 */
function guarded(text) {
  let classes = 0;
  const held = text.replace(
    /^( *)obj\.__wbg_ptr = ptr;\n *(\w+)Finalization\.register\(obj, obj\.__wbg_ptr, obj\);/gm,
    (_, indent, name) => `${indent}hold(obj, ptr, ${name}Finalization);`,
  );
  const named = held.replace(/^export class (\w+) \{\n/gm, (line, name) => {
    classes += 1;
    return `${line}    get __wbg_ptr() {\n        throw unusable();\n    }\n    get [Symbol.toStringTag]() {\n        return "${name}";\n    }\n`;
  });
  const detached = /(\w+)\.buffer\.detached === true \|\| \(\1\.buffer\.detached === undefined && \1\.buffer !== wasm\.memory\.buffer\)/g;
  const compared = named.replace(detached, "$1.buffer !== wasm.memory.buffer");
  if (classes === 0 || held === text || /obj\.__wbg_ptr|\.detached/.test(compared)) throw new Error("the bindings are not of the expected form");
  return `import { hold, unusable } from "../pointer.js";\n${compared}`;
}

/** JavaScript without what a page never needs: comments that have lines of their own. */
function bare(text) {
  return text.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, "").replace(/^[ \t]*\/\/.*\n/gm, "");
}

/**
 * The generated types without what only newer TypeScript libraries know, and with the module's start as src/module.ts calls it alone: what is
 * generated names the DOM library, and the module's inside, which each compiler names anew.
 */
function declarations(text) {
  const start = /^export type InitInput = .*/ms;
  if (!start.test(text)) throw new Error("the generated types are not of the expected form");
  const kept = text.replace(/^[ \t]*\[Symbol\.dispose\]\(\): void;\n/gm, "").replace(start, START);
  const ofTheDom = kept.match(/\b(Symbol\.dispose|RequestInfo|BufferSource|InitInput|InitOutput)\b/);
  if (ofTheDom) throw new Error(`the generated types name ${ofTheDom[1]}`);
  return kept;
}
