//! The database's end of the high-water mark: what is owed to it is paid before anyone is told, and at start it is heeded.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use mpc::WalletId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Sqlite,
    api_keys::revoke_api_key,
    claims::end_claim,
    pairings::burn_pairing,
    row::{all, audit, change, damaged, optional, pairing_id, wallet_id},
};
use crate::{
    Error,
    store::{
        Event, Heeded, Moment, Result, StoreError, Watch, Write,
        high_water::{HighWater, Kind, Level},
    },
};

const ID: &str = "SELECT value FROM meta WHERE name = 'high_water_id'";
const MADE: &str = "SELECT 1 FROM meta WHERE name = 'high_water_made'";
const OWED: &str = "SELECT kind, name, number, copy FROM owed";

/// Whether something is committed that the mark does not know of yet: nobody may be told of it.
pub(super) type Owing = Arc<RwLock<bool>>;

/// Commits, and keeps the mark abreast.
pub(super) struct Keeper {
    high_water: Arc<HighWater>,
    owing: Owing,
    watch: Watch,
}

/// Opens the mark of the database that a connection writes to, which from then on notes what is owed.
pub(super) fn open(connection: &Connection, path: &Path) -> core::result::Result<HighWater, String> {
    let unusable = |error| format!("high-water mark {}: can't be looked up ({error})", path.display());
    let id = connection.query_row(ID, [], |row| row.get(0)).map_err(unusable)?;
    let made = connection
        .query_row(MADE, [], |_| Ok(()))
        .optional()
        .map_err(unusable)?;
    connection
        .execute_batch(include_str!("high_water.sql"))
        .map_err(unusable)?;
    HighWater::open(path, id, made.is_some())
}

impl Keeper {
    pub(super) fn new(high_water: Arc<HighWater>, owing: Owing, watch: Watch) -> Self {
        Self {
            high_water,
            owing,
            watch,
        }
    }

    /// Commits, and pays what the change owes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it is not committed, or is and can't be told.
    pub(super) fn commit(&self, db: &Connection) -> Result<()> {
        let commit = || Ok(db.execute_batch("COMMIT")?);
        if optional(db, OWED, [], |_| Ok(()))?.is_none() {
            return commit();
        }
        let mut owing = self.owing.write().unwrap_or_else(PoisonError::into_inner);
        commit()?;
        *owing = true;
        self.pay(db)?;
        *owing = false;
        Ok(())
    }

    /// Pays what is owed still.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the mark can't be written.
    pub(super) fn catch_up(&self, db: &Connection) -> Result<()> {
        let mut owing = self.owing.write().unwrap_or_else(PoisonError::into_inner);
        if *owing {
            self.pay(db)?;
            *owing = false;
        }
        Ok(())
    }

    fn pay(&self, db: &Connection) -> Result<()> {
        let levels = all(db, OWED, [], |row| {
            let kind: String = row.get("kind")?;
            Ok(Level {
                kind: Kind::parse(&kind).ok_or_else(|| damaged("kind of a level"))?,
                name: row.get("name")?,
                number: row.get("number")?,
                copy: row.get("copy")?,
            })
        })?;
        let watch = |moment| (self.watch)(Write::HighWater, moment);
        watch(Moment::Before);
        self.high_water
            .append(&levels, || watch(Moment::Within))
            .map_err(StoreError::Unavailable)?;
        watch(Moment::After);
        change(db, "DELETE FROM owed", []).map(drop)
    }
}

impl Sqlite {
    /// Compares the database with its mark. What the mark lacks is added to it; what the database lost is done to it again, or told:
    /// pairings are burnt, API keys revoked, failed checks after `since` counted, and claims ended.
    ///
    /// # Errors
    /// [`Error::Database`] for a mark that is damaged; [`Error::Store`].
    pub fn heed_high_water(&self, since: u64, at: u64) -> core::result::Result<Heeded, Error> {
        // Read first: whatever it has, the database has had since before.
        let levels = self.high_water.read().map_err(Error::Database)?;
        Ok(self.write(Write::HeedHighWater, move |db| heed(db, &levels, since, at))?)
    }

    /// Forgets that a database was used with a mark: at its next start it gets a new one, made of what it holds.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn accept_without_high_water(path: &Path) -> core::result::Result<(), Error> {
        let wrong = |error| Error::Database(format!("database {}: is not usable ({error})", path.display()));
        let connection = super::connect(path).map_err(wrong)?;
        // Sessions that were revoked since may have come back with it.
        let forget = "DELETE FROM meta WHERE name = 'high_water_made'; DELETE FROM sessions;";
        connection.execute_batch(forget).map_err(wrong)
    }
}

fn heed(db: &Connection, levels: &[Level], since: u64, at: u64) -> Result<Heeded> {
    for level in levels {
        let values = params![level.kind.as_str(), level.name, level.number, level.copy];
        change(db, "INSERT OR IGNORE INTO levels VALUES (?1, ?2, ?3, ?4)", values)?;
    }
    let heeded = Heeded {
        wallets: all(
            db,
            "SELECT name FROM levels LEFT JOIN wallets ON id = name WHERE kind = 'epoch'
             GROUP BY name HAVING max(number) > coalesce(max(epoch), -1)
             UNION SELECT name FROM levels LEFT JOIN wallets ON id = name WHERE kind = 'passkeys'
             GROUP BY name HAVING max(number) > coalesce(max(passkeys_revision), -1)",
            [],
            |row| wallet_id(row, "name"),
        )?,
        pairings: burn_again(db, at)?,
        api_keys: revoke_again(db, at)?,
        failed_checks: count_again(db, since)?,
        claims: end_again(db, at)?,
    };
    let newly = note(db, &heeded.wallets, at)?;
    if newly + heeded.pairings + heeded.api_keys + heeded.claims > 0 {
        // A session that was locked since has come back, too.
        change(db, "DELETE FROM sessions", [])?;
    }
    let lacking = "INSERT INTO owed SELECT * FROM reached EXCEPT SELECT kind, name, number, copy FROM levels";
    change(db, lacking, [])?;
    change(db, "DELETE FROM levels", [])?;
    change(db, "INSERT OR IGNORE INTO meta VALUES ('high_water_made', x'01')", [])?;
    Ok(heeded)
}

fn burn_again(db: &Connection, at: u64) -> Result<usize> {
    let query = "SELECT id FROM levels JOIN pairings ON id = name WHERE kind = 'burnt' AND burnt_at IS NULL";
    let pairings = all(db, query, [], |row| pairing_id(row, "id"))?;
    for pairing in &pairings {
        burn_pairing(db, *pairing, at)?;
    }
    Ok(pairings.len())
}

fn revoke_again(db: &Connection, at: u64) -> Result<usize> {
    let query = "SELECT id FROM levels JOIN api_keys ON id = levels.name WHERE kind = 'revoked' AND revoked_at IS NULL";
    let keys = all(db, query, [], |row| Ok(row.get(0)?))?;
    for key in &keys {
        revoke_api_key(db, *key, at)?;
    }
    Ok(keys.len())
}

fn end_again(db: &Connection, at: u64) -> Result<usize> {
    let query = "SELECT id FROM levels JOIN claims ON id = name WHERE kind = 'ended' AND phase <> 'committed'";
    let claims = all(db, query, [], |row| Ok(row.get("id")?))?;
    for claim in &claims {
        end_claim(db, *claim, at)?;
    }
    Ok(claims.len())
}

fn count_again(db: &Connection, since: u64) -> Result<usize> {
    let failed = "INSERT INTO failed_checks (suspect_kind, suspect, at) SELECT kind, name, number FROM
         (SELECT * FROM levels WHERE kind IN ('api_key', 'credential', 'wallet') AND number > ?1
          EXCEPT SELECT * FROM reached)";
    change(db, failed, [since])
}

/// Says of each wallet in the audit log that it is of an older copy, unless that is the last that was said of it. Says of how many.
fn note(db: &Connection, wallets: &[WalletId], at: u64) -> Result<usize> {
    let last = "SELECT event FROM audit WHERE wallet = ?1 ORDER BY seq DESC LIMIT 1";
    let mut newly = 0;
    for wallet in wallets {
        let said: Option<String> = optional(db, last, [wallet.0], |row| Ok(row.get(0)?))?;
        if said.as_deref() != Some(Event::Restored.as_str()) {
            audit(db, at, Some(*wallet), Event::Restored)?;
            newly += 1;
        }
    }
    Ok(newly)
}
