// The back end's database: people, their sessions, the shares prepared for them, and the receipts.

import Database from "libsql";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS people (
    email      TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS prepared_shares (
    wallet_id  TEXT PRIMARY KEY,
    email      TEXT NOT NULL REFERENCES people (email),
    type       TEXT NOT NULL,
    address    TEXT NOT NULL,
    public_key TEXT NOT NULL,
    nonce      BLOB NOT NULL,
    sealed     BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS prepared_shares_of_a_person ON prepared_shares (email);
  CREATE TABLE IF NOT EXISTS receipts (
    wallet_id TEXT NOT NULL REFERENCES prepared_shares (wallet_id),
    epoch     INTEGER NOT NULL,
    receipt   TEXT NOT NULL,
    PRIMARY KEY (wallet_id, epoch)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY,
    email      TEXT NOT NULL REFERENCES people (email),
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS nonces (
    token_hash TEXT PRIMARY KEY REFERENCES sessions (token_hash) ON DELETE CASCADE,
    nonce      TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
`;

/**
 * Opens the database, and makes it where there is none.
 *
 * @param {string} file
 */
export function openDatabase(file) {
  const database = new Database(file);
  for (const setting of ["journal_mode = DELETE", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"]) {
    database.pragma(setting);
  }
  database.exec(SCHEMA);
  return database;
}
