//! The store in one SQLite file: WAL, every commit synced, erased rows overwritten, one writer.

mod api_keys;
mod audit;
mod backup;
mod claims;
mod high_water;
mod meta;
mod pairings;
mod passkeys;
mod proof_keys;
mod queries;
mod row;
mod sessions;
mod wallets;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::Connection;

use self::{
    high_water::{Keeper, Owing},
    writer::Writer,
};
use super::{Result, StoreError, Watch, Write, high_water::HighWater};
use crate::Error;

/// Older libraries can corrupt the write-ahead log.
const OLDEST_LIBRARY: i32 = 3_051_003;
/// The `application_id` of a co-signer's file: «ckcs». Builds before the first release wrote none.
const APPLICATION: i64 = 0x636b_6373;
/// What each version adds to the one before: once released, a schema is never edited. `user_version` counts what a file has;
/// more was written by another release.
pub(super) const SCHEMAS: [&str; 13] = [
    include_str!("sqlite/schema.sql"),
    include_str!("sqlite/2-copies.sql"),
    include_str!("sqlite/3-high-water.sql"),
    include_str!("sqlite/4-secrets.sql"),
    include_str!("sqlite/5-sessions.sql"),
    include_str!("sqlite/6-rotations.sql"),
    include_str!("sqlite/7-proof-keys.sql"),
    include_str!("sqlite/8-passkeys.sql"),
    include_str!("sqlite/9-epoch-pairings.sql"),
    include_str!("sqlite/10-evidence.sql"),
    include_str!("sqlite/11-operation.sql"),
    include_str!("sqlite/12-limits.sql"),
    include_str!("sqlite/13-asserted.sql"),
];
/// Reading connections, all opened at start: later there may be no file handle left.
const READERS: usize = 8;
/// How long a connection waits for another process's change.
const BUSY: Duration = Duration::from_secs(5);

/// A store in one SQLite file.
pub struct Sqlite {
    writer: Writer,
    high_water: Arc<HighWater>,
    owing: Owing,
    readers: Mutex<Vec<Connection>>,
    /// Told when a reader is free again.
    freed: Condvar,
}

impl Sqlite {
    /// Opens the file and its high-water mark, or makes them, readable by this user only. What the mark says is heeded by
    /// [`Sqlite::heed_high_water`].
    ///
    /// # Errors
    /// [`Error::Database`] with a sentence that says what is wrong: an old SQLite, a folder that is not there, a file that is no
    /// database, is of another program or another version, or can't be written; a mark that is missing, or another database's.
    pub fn open(path: &Path, high_water: &Path) -> core::result::Result<Self, Error> {
        Self::open_watched(path, high_water, None)
    }

    /// As [`Sqlite::open`]; `watch` is told of every change.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_watched(path: &Path, high_water: &Path, watch: Option<Watch>) -> core::result::Result<Self, Error> {
        let wrong = |what: &str| Error::Database(format!("database {}: {what}", path.display()));
        if rusqlite::version_number() < OLDEST_LIBRARY {
            return Err(wrong(&format!(
                "SQLite {} can corrupt its log; 3.51.3 or later is needed",
                rusqlite::version()
            )));
        }
        restrict(path).map_err(|error| wrong(&format!("can't be opened for writing ({error})")))?;
        let connection = connect(path).map_err(|error| wrong(&format!("is not usable ({error})")))?;
        migrate(&connection).map_err(|error| wrong(&error))?;
        let high_water = Arc::new(high_water::open(&connection, high_water).map_err(Error::Database)?);
        let owing = Owing::default();
        let watch = watch.unwrap_or_else(|| Arc::new(|_, _| ()));
        let keeper = Keeper::new(high_water.clone(), owing.clone(), watch.clone());
        let writer =
            Writer::start(connection, keeper, watch).map_err(|error| wrong(&format!("no writer ({error})")))?;
        let readers: rusqlite::Result<_> = (0..READERS).map(|_| reader(path)).collect();
        Ok(Self {
            writer,
            high_water,
            owing,
            readers: Mutex::new(readers.map_err(|error| wrong(&format!("can't be read ({error})")))?),
            freed: Condvar::new(),
        })
    }

    /// Reads, beside the writer.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = loop {
            match readers.pop() {
                Some(connection) => break connection,
                None => readers = self.freed.wait(readers).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(readers);
        let outcome = query(&connection);
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        self.freed.notify_one();
        outcome
    }

    /// Changes, in a transaction that is synced before this returns; an error undoes all of it.
    fn write<T: Send + 'static>(
        &self,
        write: Write,
        change: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(write, change)
    }
}

/// Makes the file if it is not there, and takes it from everyone else.
fn restrict(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn migrate(connection: &Connection) -> core::result::Result<(), String> {
    let unusable = |error| format!("is not usable ({error})");
    let number = |query: &str| {
        connection
            .query_row(query, [], |row| row.get::<_, i64>(0))
            .map_err(unusable)
    };
    let version = number("PRAGMA user_version")?;
    let holds = (
        number("PRAGMA application_id")?,
        version,
        number("SELECT count(*) FROM sqlite_schema")?,
    );
    // Nothing of a file that is not a co-signer's is changed, not even its journal.
    if holds.0 != APPLICATION && holds != (0, 0, 0) {
        return Err(
            "holds something else, or was written by a build before the first release: name another file".to_owned(),
        );
    }
    let missing = usize::try_from(version).ok().and_then(|had| SCHEMAS.get(had..));
    let Some(missing) = missing else {
        return Err(format!(
            "was written by another release (schema {version}, this one reads {})",
            SCHEMAS.len()
        ));
    };
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(unusable)?;
    if mode != "wal" {
        return Err(format!(
            "can't keep a write-ahead log (mode {mode}): use a file on a local disk"
        ));
    }
    if missing.is_empty() {
        return Ok(());
    }
    connection
        .execute_batch(&format!(
            "BEGIN IMMEDIATE; {} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}; COMMIT;",
            missing.concat(),
            SCHEMAS.len()
        ))
        .map_err(|error| format!("can't be set up ({error})"))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error as E, ErrorCode as Code};
        match &error {
            E::SqliteFailure(failure, _) => match failure.code {
                Code::ConstraintViolation => Self::Conflict,
                Code::DatabaseCorrupt | Code::NotADatabase => Self::Damaged(error.to_string()),
                _ => Self::Unavailable(error.to_string()),
            },
            E::FromSqlConversionFailure(..) | E::IntegralValueOutOfRange(..) | E::InvalidColumnType(..) => {
                Self::Damaged("a column is not of its form".to_owned())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
