// HPKE (RFC 9180) as claimkit's one-way messages use it, written from docs/protocol.md and the RFC: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
// AES-256-GCM, base mode.

import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";

const VERSION = 1;
const BASE = 0;
const ONE_WAY = "claimkit/channel/one-way/v1";
const KEM_SUITE = Buffer.from([...Buffer.from("KEM"), 0, 0x20]);
const SUITE = Buffer.from([...Buffer.from("HPKE"), 0, 0x20, 0, 1, 0, 2]);
const NOTHING = Buffer.alloc(0);

/** A key pair from a seed (RFC 9180 §7.1.3). */
export function keyPair(seed) {
  const secret = expand(KEM_SUITE, extract(KEM_SUITE, NOTHING, "dkp_prk", seed), "sk", NOTHING);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" });
  return { key, secret, publicKey: raw(createPublicKey(key)) };
}

/** Opens a one-way message under a label. */
export function open({ key, publicKey }, label, message) {
  if (message[0] !== VERSION || message[1] !== BASE) throw new Error("not a one-way message");
  const encapsulated = message.subarray(2, 34);
  const peer = createPublicKey({ key: Buffer.concat([SPKI, encapsulated]), format: "der", type: "spki" });
  const context = Buffer.concat([encapsulated, publicKey]);
  const shared = expand(KEM_SUITE, extract(KEM_SUITE, NOTHING, "eae_prk", diffieHellman({ privateKey: key, publicKey: peer })), "shared_secret", context);
  const info = tagged(ONE_WAY, Buffer.from([VERSION, BASE]), Buffer.from(label), publicKey);
  const schedule = Buffer.concat([Buffer.from([BASE]), extract(SUITE, NOTHING, "psk_id_hash", NOTHING), extract(SUITE, NOTHING, "info_hash", info)]);
  const secret = extract(SUITE, shared, "secret", NOTHING);
  const nonce = expand(SUITE, secret, "base_nonce", schedule, 12);
  const decipher = createDecipheriv("aes-256-gcm", expand(SUITE, secret, "key", schedule), nonce);
  decipher.setAAD(message.subarray(0, 34));
  decipher.setAuthTag(message.subarray(-16));
  return Buffer.concat([decipher.update(message.subarray(34, -16)), decipher.final()]);
}

/** SHA-256 over a tag and inputs, each preceded by its length in 8 bytes. */
export function tagged(tag, ...inputs) {
  const hash = createHash("sha256");
  for (const part of [Buffer.from(tag), ...inputs]) {
    const length = Buffer.alloc(8);
    length.writeUInt32LE(part.length);
    hash.update(length).update(part);
  }
  return hash.digest();
}

const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI = Buffer.from("302a300506032b656e032100", "hex");
const raw = (publicKey) => publicKey.export({ format: "der", type: "spki" }).subarray(-32);

const hmac = (key, bytes) => createHmac("sha256", key).update(bytes).digest();

/** LabeledExtract (§4). */
const extract = (suite, salt, label, bytes) => hmac(salt.length ? salt : Buffer.alloc(32), Buffer.concat([Buffer.from("HPKE-v1"), suite, Buffer.from(label), bytes]));

/** LabeledExpand (§4), of at most one block. */
function expand(suite, key, label, info, length = 32) {
  const labeled = Buffer.concat([Buffer.from([0, length]), Buffer.from("HPKE-v1"), suite, Buffer.from(label), info]);
  return hmac(key, Buffer.concat([labeled, Buffer.from([1])])).subarray(0, length);
}
