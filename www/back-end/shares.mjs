// Prepared shares at rest: AES-256-GCM under a key that is kept in another place than the database.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The shares that the app prepared. Each is bound to its wallet and its person: a row moved to another doesn't open. */
export class SharesAtRest {
  #database;
  #key;

  /**
   * @param {import("libsql").Database} database
   * @param {Buffer} key 32 bytes
   */
  constructor(database, key) {
    this.#database = database;
    this.#key = key;
  }

  /**
   * Encrypts and keeps a share.
   *
   * @param {string} email
   * @param {import("claimkit/server").CreatedWallet} created
   */
  keep(email, { wallet, share }) {
    const { walletId, type, address, publicKey } = wallet;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(walletId, email));
    const sealed = Buffer.concat([cipher.update(share, "utf8"), cipher.final(), cipher.getAuthTag()]);
    this.#database
      .prepare("INSERT INTO prepared_shares (wallet_id, email, type, address, public_key, nonce, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(walletId, email, type, address, publicKey, nonce, sealed);
  }

  /**
   * What is known of a person's wallets without opening their shares, in the order they were made.
   *
   * @param {string} email
   * @returns {{ walletId: string, type: import("claimkit").WalletType, address: string, publicKey: string }[]}
   */
  list(email) {
    return this.#database
      .prepare("SELECT wallet_id AS walletId, type, address, public_key AS publicKey FROM prepared_shares WHERE email = ? ORDER BY rowid")
      .all(email);
  }

  /**
   * Keeps the receipt of a claim or a rotation.
   *
   * @param {string} walletId
   * @param {number} epoch the epoch that began
   * @param {string} receipt
   */
  keepReceipt(walletId, epoch, receipt) {
    this.#database.prepare("INSERT OR IGNORE INTO receipts (wallet_id, epoch, receipt) VALUES (?, ?, ?)").run(walletId, epoch, receipt);
  }

  /**
   * The receipts of a wallet: the claim's, and those of each rotation after it.
   *
   * @param {string} walletId
   * @returns {string[]}
   */
  receipts(walletId) {
    return this.#database
      .prepare("SELECT receipt FROM receipts WHERE wallet_id = ? ORDER BY epoch")
      .all(walletId)
      .map(({ receipt }) => receipt);
  }

  /**
   * Decrypts a person's shares, in the order they were made.
   *
   * @param {string} email
   * @returns {{ walletId: string, share: string }[]}
   * @throws {Error} if a row was altered, or the key is another one
   */
  open(email) {
    return this.#database
      .prepare("SELECT wallet_id AS walletId, nonce, sealed FROM prepared_shares WHERE email = ? ORDER BY rowid")
      .all(email)
      .map(({ walletId, nonce, sealed }) => {
        const bytes = Buffer.from(sealed);
        const decipher = createDecipheriv(ALGORITHM, this.#key, Buffer.from(nonce), { authTagLength: TAG_BYTES });
        decipher.setAAD(boundTo(walletId, email));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const share = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
        return { walletId, share };
      });
  }
}

function boundTo(walletId, email) {
  return Buffer.from(JSON.stringify(["claimkit-demo/share/v1", walletId, email]));
}
