use mpc::{PairingId, Scheme, WalletId};
use rusqlite::params;

use super::{
    Sqlite,
    row::{
        all, audit, audit_all, change, change_one, damaged, keep_answer, keep_secret, optional, owner, owner_columns,
        pairing_id, sealed,
    },
};
use crate::store::{Event, PairingOwner, PairingRecord, Pairings, Result, StoreError, StoredAnswer, Write};

impl Pairings for Sqlite {
    fn add_pairing(
        &self,
        pairing: PairingRecord,
        answer: StoredAnswer,
        renewed: Option<Vec<WalletId>>,
        at: u64,
    ) -> Result<()> {
        self.write(Write::AddPairing, move |db| {
            add_pairing(db, &pairing, at)?;
            if let Some(wallets) = &renewed {
                audit_all(db, at, wallets, Event::PairingRenewed)?;
            }
            keep_answer(db, &answer)
        })
    }

    fn commits(&self) -> Result<u64> {
        self.read(|db| {
            let query = "SELECT value FROM counters WHERE name = 'commits'";
            optional(db, query, [], |row| Ok(row.get(0)?))?.ok_or_else(|| damaged("count of commits"))
        })
    }

    fn pairing(&self, id: PairingId) -> Result<Option<PairingRecord>> {
        self.read(|db| {
            let query = "SELECT owner_kind, owner, commits, wrapped_key, sealed, burnt_at FROM pairings p
                         LEFT JOIN secrets s ON s.id = p.secret WHERE p.id = ?1";
            optional(db, query, [id.0], |row| {
                let burnt_at: Option<u64> = row.get("burnt_at")?;
                Ok(PairingRecord {
                    id,
                    owner: owner(row)?,
                    commits: row.get("commits")?,
                    sealed: if burnt_at.is_some() { None } else { Some(sealed(row)?) },
                })
            })
        })
    }

    fn burn_pairing(&self, id: PairingId, at: u64) -> Result<bool> {
        self.write(Write::BurnPairing, move |db| burn_pairing(db, id, at))
    }
}

pub(super) fn add_pairing(db: &rusqlite::Connection, pairing: &PairingRecord, at: u64) -> Result<()> {
    let (kind, owner) = owner_columns(&pairing.owner);
    let secret = pairing.sealed.as_ref().ok_or(StoreError::Conflict)?;
    change_one(
        db,
        "INSERT INTO pairings (id, owner_kind, owner, commits, secret, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![pairing.id.0, kind, owner, pairing.commits, keep_secret(db, secret)?, at],
    )?;
    audit(db, at, None, Event::PairingCreated)
}

/// Keeps the id of a pairing that was not made, as of one that was burnt.
pub(super) fn use_up(db: &rusqlite::Connection, id: PairingId, owner: &PairingOwner, at: u64) -> Result<()> {
    let (kind, owner) = owner_columns(owner);
    let query = "INSERT INTO pairings (id, owner_kind, owner, created_at, burnt_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (id) DO NOTHING";
    change(db, query, params![id.0, kind, owner, at]).map(drop)
}

pub(super) fn burn_pairing(db: &rusqlite::Connection, id: PairingId, at: u64) -> Result<bool> {
    let query = "UPDATE pairings SET burnt_at = ?2, secret = NULL WHERE id = ?1 AND burnt_at IS NULL";
    let burnt = change(db, query, params![id.0, at])? > 0;
    change(db, "DELETE FROM queries WHERE pairing = ?1", [id.0])?;
    if burnt {
        audit(db, at, None, Event::PairingBurnt)?;
    }
    Ok(burnt)
}

/// Counts a commit. Gives how many there are with it.
pub(super) fn count_commit(db: &rusqlite::Connection) -> Result<u64> {
    let query = "UPDATE counters SET value = value + 1 WHERE name = 'commits' RETURNING value";
    optional(db, query, [], |row| Ok(row.get(0)?))?.ok_or_else(|| damaged("count of commits"))
}

/// Burns the pairings of a wallet's passkeys that serve the live epoch of no wallet: nothing would sign with them any more. A wallet
/// whose scheme transfers nothing is served by none.
pub(super) fn burn_outlived(db: &rusqlite::Connection, wallet: WalletId, at: u64) -> Result<()> {
    let query = "SELECT id FROM pairings WHERE owner_kind = 'credential' AND burnt_at IS NULL
         AND owner IN (SELECT credential FROM passkeys WHERE wallet = ?1)
         AND NOT EXISTS (SELECT 1 FROM passkeys JOIN wallets ON wallets.id = passkeys.wallet
             WHERE passkeys.credential = pairings.owner AND wallets.scheme = ?2
             AND (wallets.paired_since <= pairings.commits OR wallets.epoch_pairing = pairings.id))";
    let params = params![wallet.0, Scheme::EcdsaSecp256k1 as u8];
    for pairing in all(db, query, params, |row| pairing_id(row, "id"))? {
        burn_pairing(db, pairing, at)?;
    }
    Ok(())
}
