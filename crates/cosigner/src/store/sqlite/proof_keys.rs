use rusqlite::{Connection, Row, params};

use super::{
    Sqlite,
    row::{all, audit, change_one, keep_secret, optional, sealed},
};
use crate::store::{Event, NewProofKey, ProofKeyRecord, ProofKeys, Result, SealedSecret, StoreError, Write};

impl ProofKeys for Sqlite {
    fn proof_keys(&self) -> Result<Vec<ProofKeyRecord>> {
        self.read(|db| {
            let query = "SELECT public_key, created_at, retired_at FROM proof_keys ORDER BY number DESC";
            all(db, query, [], record)
        })
    }

    fn signing_proof_key(&self) -> Result<Option<(ProofKeyRecord, SealedSecret)>> {
        self.read(|db| {
            let query = "SELECT public_key, created_at, retired_at, wrapped_key, sealed
                FROM proof_keys JOIN secrets ON secrets.id = secret WHERE retired_at IS NULL";
            optional(db, query, [], |row| Ok((record(row)?, sealed(row)?)))
        })
    }

    fn rotate_proof_key(&self, new: NewProofKey) -> Result<()> {
        self.write(Write::RotateProofKey, move |db| {
            if signing(db)? != new.replaces {
                return Err(StoreError::Conflict);
            }
            if new.replaces.is_some() {
                change_one(
                    db,
                    "UPDATE proof_keys SET retired_at = ?1, secret = NULL WHERE retired_at IS NULL",
                    [new.at],
                )?;
            }
            let secret = keep_secret(db, &new.sealed)?;
            change_one(
                db,
                "INSERT INTO proof_keys (public_key, secret, created_at) VALUES (?1, ?2, ?3)",
                params![new.public_key, secret, new.at],
            )?;
            audit(db, new.at, None, Event::ProofKeyRotated)
        })
    }
}

fn signing(db: &Connection) -> Result<Option<[u8; 32]>> {
    let query = "SELECT public_key FROM proof_keys WHERE retired_at IS NULL";
    optional(db, query, [], |row| Ok(row.get("public_key")?))
}

fn record(row: &Row<'_>) -> Result<ProofKeyRecord> {
    Ok(ProofKeyRecord {
        public_key: row.get("public_key")?,
        created_at: row.get("created_at")?,
        retired_at: row.get("retired_at")?,
    })
}
