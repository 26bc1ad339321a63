//! Going on without the high-water mark that a database was used with.

use std::path::PathBuf;

use crate::{Config, Error, State, serve::hold, store::Sqlite};

/// Takes the database as it is, and gives it a new high-water mark, made of what it holds. A mark that is there is kept beside, as
/// `<mark>.old`: its path is returned.
///
/// # Errors
/// [`Error::Database`] if a server runs, or an old mark is in the way; [`Error`] as [`State::open`].
///
/// # Security
/// What the old mark said is given up: an epoch that was committed, a pairing that was burnt, an API key that was revoked after this copy
/// of the database was made counts as if it had never been.
pub fn accept(config: Config) -> Result<Option<PathBuf>, Error> {
    config.check()?;
    let path = config.high_water_path();
    let wrong = |what: &str| Error::Database(format!("high-water mark {}: {what}", path.display()));
    let _alone = hold(&config.database)?;
    let mut old = path.clone().into_os_string();
    old.push(".old");
    let old = PathBuf::from(old);
    let is_there = |path: &PathBuf| {
        path.try_exists()
            .map_err(|error| wrong(&format!("can't be looked up ({error})")))
    };
    let kept = is_there(&path)?;
    if kept && is_there(&old)? {
        return Err(wrong(&format!("{} is in the way: move it elsewhere", old.display())));
    }
    Sqlite::accept_without_high_water(&config.database)?;
    if kept {
        std::fs::rename(&path, &old).map_err(|error| wrong(&format!("can't be moved ({error})")))?;
    }
    State::open(config)?;
    Ok(kept.then_some(old))
}
