// A certificate that nobody vouches for, made with openssl when a test needs it.

import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";

/**
 * Makes a key and a certificate of it, good for a day.
 *
 * @param {string[]} hosts
 * @returns {{ key: string, cert: string, hash: string }} key and certificate in PEM; `hash`: SHA-256 of the public key, as base64, by which
 *   Chromium is told to accept it
 */
export function makeCertificate(hosts) {
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=claimkit-tests -keyout - -out -".split(" ");
  const made = execFileSync("openssl", [...words, "-addext", `subjectAltName=${names}`], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [key, cert] = ["PRIVATE KEY", "CERTIFICATE"].map((what) => made.match(new RegExp(`-----BEGIN ${what}-----[^]*-----END ${what}-----\n`))[0]);
  const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  return { key, cert, hash: createHash("sha256").update(spki).digest("base64") };
}
