use mpc::{Epoch, PairingId, WalletId};
use rusqlite::{Connection, Row, params};

use super::{
    Sqlite,
    claims::end_claim,
    passkeys::{LISTED, listed},
    row::{
        all, audit, audit_by, change, change_one, damaged, epoch, keep_answer, keep_secret, optional, point, sealed,
        wallet_id, wallet_type,
    },
};
use crate::store::{
    ClaimantUpdate, EpochPairings, Event, Export, NewWallet, Origin, Result, ShareRecord, ShareState, StoreError,
    WalletPlace, WalletRecord, Wallets, Write,
};

/// The start of a query that [`read`] reads the rows of.
fn select(rest: &str) -> String {
    let columns = "id, type, scheme, public_key, imported, claimant, epoch, paired_since, epoch_pairing, created_at,
         exported_at, frozen_at";
    format!("SELECT {columns}, {LISTED} FROM wallets {rest}")
}

impl Wallets for Sqlite {
    fn create_wallet(&self, new: NewWallet) -> Result<()> {
        self.write(Write::CreateWallet, move |db| {
            let wallet = &new.wallet;
            refuse_more(db, &wallet.claimant, new.most)?;
            change_one(
                db,
                "INSERT INTO wallets (id, type, scheme, public_key, imported, claimant, epoch, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    wallet.id.0,
                    wallet.wallet_type.as_str(),
                    wallet.scheme() as u8,
                    wallet.public_key.to_bytes(),
                    wallet.is_imported(),
                    wallet.claimant,
                    wallet.epoch.0,
                    wallet.created_at
                ],
            )?;
            change_one(
                db,
                "INSERT INTO shares (wallet, epoch, state, secret) VALUES (?1, ?2, 'active', ?3)",
                params![wallet.id.0, wallet.epoch.0, keep_secret(db, &new.share)?],
            )?;
            keep_answer(db, &new.answer)?;
            let event = match wallet.origin {
                Origin::Generated => Event::WalletCreated,
                Origin::Imported => Event::WalletImported,
            };
            audit_by(db, wallet.created_at, Some(wallet.id), event, new.key)
        })
    }

    fn wallet(&self, id: WalletId) -> Result<Option<WalletRecord>> {
        self.read(|db| optional(db, &select("WHERE id = ?1"), [id.0], read))
    }

    fn wallets_with(&self, credential: &[u8]) -> Result<Vec<WalletRecord>> {
        let query = select("WHERE id IN (SELECT wallet FROM passkeys WHERE credential = ?1) ORDER BY id");
        self.read(|db| all(db, &query, [credential], read))
    }

    fn retired_at(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<u64>> {
        let query = "SELECT committed_at FROM retired_epochs WHERE wallet = ?1 AND epoch = ?2";
        self.read(|db| optional(db, query, params![wallet.0, epoch.0], |row| Ok(row.get(0)?)))
    }

    fn copy(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<Vec<u8>>> {
        let query = "SELECT s.sealed FROM copies c JOIN wallets w ON w.id = c.wallet AND w.epoch = c.epoch
                     JOIN secrets s ON s.id = c.secret WHERE c.wallet = ?1 AND c.epoch = ?2";
        self.read(|db| optional(db, query, params![wallet.0, epoch.0], |row| Ok(row.get(0)?)))
    }

    fn wallets_of(&self, claimant: &[u8; 32], after: Option<WalletPlace>, limit: u32) -> Result<Vec<WalletRecord>> {
        // Before every wallet: none has an id of no bytes.
        let (at, id) = after.map_or((0, Vec::new()), |(at, id)| (at, id.0.to_vec()));
        let query = select("WHERE claimant = ?1 AND (created_at, id) > (?2, ?3) ORDER BY created_at, id LIMIT ?4");
        self.read(|db| all(db, &query, params![claimant, at, id, limit], read))
    }

    fn count_wallets_of(&self, claimant: &[u8; 32]) -> Result<u64> {
        self.read(|db| count(db, claimant))
    }

    fn update_claimant(&self, update: ClaimantUpdate) -> Result<()> {
        self.write(Write::UpdateClaimant, move |db| {
            refuse_more(db, &update.to, update.most)?;
            change_one(
                db,
                "UPDATE wallets SET claimant = ?3
                 WHERE id = ?1 AND claimant = ?2 AND credential IS NULL AND frozen_at IS NULL",
                params![update.wallet.0, update.from, update.to],
            )?;
            audit_by(db, update.at, Some(update.wallet), Event::ClaimantUpdated, update.key)
        })
    }

    fn freeze_wallet(&self, id: WalletId, frozen: bool, at: u64) -> Result<()> {
        self.write(Write::FreezeWallet, move |db| {
            // What was frozen stays so since then.
            let query = "UPDATE wallets SET frozen_at = CASE WHEN ?2 THEN coalesce(frozen_at, ?3) END WHERE id = ?1";
            change_one(db, query, params![id.0, frozen, at])?;
            let event = match frozen {
                true => Event::WalletFrozen,
                false => Event::WalletThawed,
            };
            audit(db, at, Some(id), event)
        })
    }

    fn delete_wallet(&self, id: WalletId, at: u64) -> Result<()> {
        self.write(Write::DeleteWallet, move |db| {
            let unclaimed = "SELECT 1 FROM wallets WHERE id = ?1 AND claimed_at IS NULL";
            optional(db, unclaimed, [id.0], |_| Ok(()))?.ok_or(StoreError::Conflict)?;
            let pending = "SELECT claim FROM shares WHERE wallet = ?1 AND state = 'pending' AND claim IS NOT NULL";
            for claim in all(db, pending, [id.0], |row| Ok(row.get(0)?))? {
                end_claim(db, claim, at)?;
            }
            for query in [
                "DELETE FROM shares WHERE wallet = ?1",
                "DELETE FROM copies WHERE wallet = ?1",
                "DELETE FROM retired_epochs WHERE wallet = ?1",
                "DELETE FROM session_wallets WHERE wallet = ?1",
            ] {
                change(db, query, [id.0])?;
            }
            change_one(db, "DELETE FROM wallets WHERE id = ?1", [id.0])?;
            audit(db, at, Some(id), Event::WalletDeleted)
        })
    }

    fn record_export(&self, export: Export) -> Result<()> {
        self.write(Write::RecordExport, move |db| {
            change_one(
                db,
                "UPDATE wallets SET exported_at = coalesce(exported_at, ?5)
                 WHERE id = ?1 AND epoch = ?2 AND frozen_at IS NULL
                 AND EXISTS (SELECT 1 FROM passkeys WHERE wallet = ?1 AND credential = ?3)
                 AND EXISTS (SELECT 1 FROM sessions WHERE key = ?4 AND credential = ?3 AND expires_at > ?5)",
                params![
                    export.wallet.0,
                    export.epoch.0,
                    export.credential,
                    export.session.0,
                    export.at
                ],
            )?;
            change_one(
                db,
                "UPDATE credentials SET sign_count = max(sign_count, ?2) WHERE id = ?1",
                params![export.credential, export.sign_count],
            )?;
            audit(db, export.at, Some(export.wallet), Event::Exported)
        })
    }

    fn share(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<ShareRecord>> {
        self.read(|db| {
            let query = "SELECT state, claim, wrapped_key, sealed FROM shares JOIN secrets ON id = secret
                         WHERE wallet = ?1 AND epoch = ?2";
            optional(db, query, params![wallet.0, epoch.0], |row| {
                let state: String = row.get("state")?;
                Ok(ShareRecord {
                    state: match state.as_str() {
                        "active" => ShareState::Active,
                        "pending" => ShareState::Pending,
                        "retired" => ShareState::Retired,
                        _ => return Err(damaged("share state")),
                    },
                    claim: row.get("claim")?,
                    sealed: sealed(row)?,
                })
            })
        })
    }

    fn has_retired(&self, wallet: WalletId) -> Result<bool> {
        let query = "SELECT 1 FROM shares WHERE wallet = ?1 AND state = 'retired'";
        Ok(self.read(|db| optional(db, query, [wallet.0], |_| Ok(())))?.is_some())
    }

    fn erase_retired(&self, wallets: Vec<WalletId>, at: u64) -> Result<()> {
        self.write(Write::EraseRetired, move |db| {
            for wallet in wallets {
                if change(
                    db,
                    "DELETE FROM shares WHERE wallet = ?1 AND state = 'retired'",
                    [wallet.0],
                )? > 0
                {
                    audit(db, at, Some(wallet), Event::RetiredErased)?;
                }
            }
            Ok(())
        })
    }
}

/// Conflicts where a claimant has as many wallets as they may have.
fn refuse_more(db: &Connection, claimant: &[u8; 32], most: u32) -> Result<()> {
    match count(db, claimant)? < u64::from(most) {
        true => Ok(()),
        false => Err(StoreError::Conflict),
    }
}

fn count(db: &Connection, claimant: &[u8; 32]) -> Result<u64> {
    let query = "SELECT count(*) FROM wallets WHERE claimant = ?1";
    Ok(optional(db, query, [claimant], |row| Ok(row.get(0)?))?.unwrap_or(0))
}

fn read(row: &Row<'_>) -> Result<WalletRecord> {
    Ok(WalletRecord {
        id: wallet_id(row, "id")?,
        wallet_type: wallet_type(row)?,
        public_key: point(row, "public_key")?,
        origin: match row.get("imported")? {
            true => Origin::Imported,
            false => Origin::Generated,
        },
        claimant: row.get("claimant")?,
        epoch: epoch(row, "epoch")?,
        pairings: EpochPairings {
            since: row.get("paired_since")?,
            own: row.get::<_, Option<[u8; 16]>>("epoch_pairing")?.map(PairingId),
        },
        created_at: row.get("created_at")?,
        passkeys: listed(row)?,
        exported_at: row.get("exported_at")?,
        frozen_at: row.get("frozen_at")?,
    })
}
