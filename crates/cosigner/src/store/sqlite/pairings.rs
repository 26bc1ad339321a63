use mpc::{PairingId, WalletId};
use rusqlite::params;

use super::{
    Sqlite,
    row::{audit, audit_all, change, change_one, keep_answer, keep_secret, optional, owner, owner_columns, sealed},
};
use crate::store::{Event, PairingRecord, Pairings, Result, StoreError, StoredAnswer, Write};

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

    fn pairing(&self, id: PairingId) -> Result<Option<PairingRecord>> {
        self.read(|db| {
            let query = "SELECT owner_kind, owner, wrapped_key, sealed, burnt_at FROM pairings p
                         LEFT JOIN secrets s ON s.id = p.secret WHERE p.id = ?1";
            optional(db, query, [id.0], |row| {
                let burnt_at: Option<u64> = row.get("burnt_at")?;
                Ok(PairingRecord {
                    id,
                    owner: owner(row)?,
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
        "INSERT INTO pairings (id, owner_kind, owner, secret, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![pairing.id.0, kind, owner, keep_secret(db, secret)?, at],
    )?;
    audit(db, at, None, Event::PairingCreated)
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
