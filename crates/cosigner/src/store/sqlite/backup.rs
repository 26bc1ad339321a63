//! A copy of the database while it is used.

use std::path::Path;

use rusqlite::Connection;

use super::{APPLICATION, SCHEMAS, Sqlite, connect};
use crate::{Error, private_file};

impl Sqlite {
    /// Copies the database to a new file that only this user can read, and checks the copy.
    ///
    /// The copy is one state of the database: it is read in one transaction, which keeps no writer waiting.
    ///
    /// # Errors
    /// [`Error::Database`] if the file is there already, can't be written, or is no whole copy.
    pub fn backup(database: &Path, to: &Path) -> Result<(), Error> {
        let wrong = |what: String| Error::Database(format!("backup {}: {what}", to.display()));
        if !database.exists() {
            return Err(wrong(format!("there is no database {}", database.display())));
        }
        private_file::create_new(to)
            .map_err(|error| wrong(format!("can't be made ({error}): name a file that is not there yet")))?;
        let copied = copy(database, to);
        if copied.is_err() {
            // What is there is no backup: nobody is to find it and believe so.
            let _ = std::fs::remove_file(to);
        }
        copied.map_err(wrong)
    }
}

fn copy(database: &Path, to: &Path) -> Result<(), String> {
    let name = to.to_str().ok_or("its name is not UTF-8")?;
    let failed = |error: rusqlite::Error| format!("can't be written ({error})");
    let source = connect(database).map_err(failed)?;
    source.execute("VACUUM INTO ?1", [name]).map_err(failed)?;
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| format!("can't be synced ({error})"))?;
    verify(to)
}

/// Checks that a file is a whole database of a co-signer, of this release's schema.
fn verify(path: &Path) -> Result<(), String> {
    let failed = |error: rusqlite::Error| format!("can't be read back ({error})");
    let copy = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let text = |query: &str| copy.query_row(query, [], |row| row.get::<_, String>(0)).map_err(failed);
    let number = |query: &str| copy.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let schemas = i64::try_from(SCHEMAS.len()).unwrap_or(i64::MAX);
    if (number("PRAGMA application_id")?, number("PRAGMA user_version")?) != (APPLICATION, schemas) {
        return Err("is a copy of no database of this release".to_owned());
    }
    match text("PRAGMA integrity_check")?.as_str() {
        "ok" => Ok(()),
        _ => Err("the copy is damaged, so the database is: keep earlier copies".to_owned()),
    }
}
