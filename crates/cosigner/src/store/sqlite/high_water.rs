//! The database's end of the high-water mark: what is owed to it is paid before anyone is told, and at start it is heeded.

mod difference;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rusqlite::{Connection, OptionalExtension};

use self::difference::Difference;
use super::{
    Sqlite,
    row::{all, change, damaged, optional},
};
use crate::{
    Error,
    store::{
        Heeded, Moment, Result, StoreError, Watch, Write,
        high_water::{HighWater, Kind, Level},
    },
};

const ID: &str = "SELECT value FROM meta WHERE name = 'high_water_id'";
const MADE: &str = "SELECT 1 FROM meta WHERE name = 'high_water_made'";
const OWED: &str = "SELECT kind, name, number, copy FROM owed";
/// More levels than this are not added at the mark's end, where each 64 are synced, but written with it anew.
const MANY: usize = 1_024;

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
    /// Whether the database was used with a mark.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn has_mark(&self) -> core::result::Result<bool, Error> {
        Ok(self.read(|db| Ok(optional(db, MADE, [], |_| Ok(()))?.is_some()))?)
    }

    /// Compares the database with its mark, in a read transaction that is in nobody's way. What the mark lacks is added to it; what the
    /// database lost is done to it again, or told: pairings are burnt, API keys revoked, failed checks after `since` counted, and claims
    /// ended. Where there is nothing of that, nothing is written.
    ///
    /// # Errors
    /// [`Error::Database`] for a mark that is damaged; [`Error::Store`].
    pub fn heed_high_water(&self, since: u64, at: u64) -> core::result::Result<Heeded, Error> {
        // Read first: whatever it has, the database has had since before.
        let levels = self.high_water.read().map_err(Error::Database)?;
        let (outdone, count) = (levels.outdone(), levels.count());
        let difference = self.read(|db| {
            db.execute_batch("BEGIN")?;
            let difference = Difference::find(db, levels, since);
            db.execute_batch("COMMIT")?;
            difference
        })?;
        self.tell_mark(&difference.lacking, outdone > count / 2 + MANY)?;
        if !difference.is_to_be_written() {
            return Ok(difference.heeded());
        }
        Ok(self.write(Write::HeedHighWater, move |db| difference.write(db, at))?)
    }

    /// Adds what the mark lacks: at its end, or by writing it anew where that is much, or much of it is outdone.
    fn tell_mark(&self, lacking: &[Level], is_outdone: bool) -> core::result::Result<(), Error> {
        if is_outdone || lacking.len() > MANY {
            match self.high_water.write_anew(lacking) {
                Ok(()) => return Ok(()),
                // It may be a file that nothing can take the place of, such as one that is mounted.
                Err(said) => tracing::warn!("{said}"),
            }
        }
        self.high_water.append(lacking, || ()).map_err(Error::Database)
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
