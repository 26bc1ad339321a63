// What the back end is told by its environment.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Reads the settings.
 *
 * `PORT`, `COSIGNER_URL`, `COSIGNER_IDENTITY_FILE`, `COSIGNER_API_KEY_FILE`, `SHARE_KEY_FILE` and `DATABASE_FILE` are all required. The file of the
 * share key is made where there is none; it must not lie in the database's folder. `LISTEN_FD` is the number of an inherited
 * socket that listens on `PORT`, if there is one.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @throws {Error} one sentence that names the variable and what it should hold
 */
export function readSettings(environment) {
  const required = (name, meaning) => {
    const value = environment[name];
    if (!value) throw new Error(`${name} is not set: it should hold ${meaning}.`);
    return value;
  };
  const port = Number(required("PORT", "the port to listen on"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error("PORT should be a number from 1 to 65535.");

  // The port may be listened on already, by whoever started this program: nobody else can take it meanwhile.
  const listening = environment.LISTEN_FD === undefined ? undefined : Number(environment.LISTEN_FD);
  if (listening !== undefined && !(Number.isInteger(listening) && listening >= 0)) throw new Error("LISTEN_FD should be the number of an inherited socket.");

  const cosigner = required("COSIGNER_URL", "the co-signer's address, such as http://localhost:8401");
  if (!URL.canParse(cosigner)) throw new Error("COSIGNER_URL should be an address such as http://localhost:8401.");

  const databaseFile = resolve(required("DATABASE_FILE", "the path of the database"));
  const shareKeyFile = resolve(required("SHARE_KEY_FILE", "the path of the key that encrypts the shares"));
  if (dirname(shareKeyFile) === dirname(databaseFile)) {
    throw new Error("SHARE_KEY_FILE lies beside DATABASE_FILE: whoever copies the one would have the other. Move it.");
  }
  return {
    port,
    listening,
    origin: `http://localhost:${port}`,
    cosigner: new URL(cosigner).origin,
    identity: readIdentity(required("COSIGNER_IDENTITY_FILE", "the path of the co-signer's identity")),
    apiKey: readApiKey(required("COSIGNER_API_KEY_FILE", "the path of the co-signer's API key")),
    databaseFile,
    shareKey: readShareKey(shareKeyFile),
  };
}

/** The keys that the co-signer is known by: back end and page talk to no other. */
function readIdentity(file) {
  const advice = "save what `claimkit-cosigner identity --json` prints";
  if (!existsSync(file)) throw new Error(`COSIGNER_IDENTITY_FILE names no file: ${advice}.`);
  try {
    const { channelKey, receiptKey } = JSON.parse(readFileSync(file, "utf8"));
    if (typeof channelKey === "string" && typeof receiptKey === "string") return { channelKey, receiptKey };
  } catch {
    // Told below.
  }
  throw new Error(`COSIGNER_IDENTITY_FILE holds no identity: ${advice}.`);
}

function readApiKey(file) {
  if (!existsSync(file)) throw new Error("COSIGNER_API_KEY_FILE names no file: make a key with `claimkit-cosigner keys create`.");
  return readFileSync(file, "utf8").trim();
}

function readShareKey(file) {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64url");
  if (key.length !== 32) throw new Error("SHARE_KEY_FILE should hold 32 bytes as base64url.");
  return key;
}
