//! The high-water mark: a file apart from the database that says how far the database once had come, and forgets nothing of that. An older
//! copy of the database is known by it (docs/decisions/0011). Levels are added at its end; where many of them are outdone by later ones, a
//! server that starts writes the file anew.
//!
//! ```text
//! header  magic 8 · version 2 · the database's id 16 · zero 22          · check 16
//! level   kind 1 · name 32 · number 8 · copy 4 · zero 3                 · check 16
//! ```
//!
//! Numbers are little-endian. A check is half of a tagged SHA-256 of the database's id, the record's place and its 48 bytes: a record
//! is good in its place and in no other.

mod anew;
mod level;
#[cfg(test)]
mod tests;

use std::{
    fs::{File, OpenOptions},
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use borsh::{BorshDeserialize, BorshSerialize};

use self::level::Body;
pub use self::level::Heeded;
pub(super) use self::level::{Kind, Level, Levels};

const MAGIC: [u8; 8] = *b"ck-mark\n";
const VERSION: u16 = 1;
const CHECK: &str = "claimkit/cosigner/high-water/v1";
/// A record without its check, and with it, in bytes.
const BODY: usize = 48;
const RECORD: usize = 64;
/// Records that are written at once, and synced before any other: as many may be torn.
const AT_ONCE: usize = 64;

#[derive(BorshSerialize, BorshDeserialize)]
struct Header {
    magic: [u8; 8],
    version: u16,
    database: [u8; 16],
    zero: [u8; 22],
}

/// The file, open.
pub(super) struct HighWater {
    path: PathBuf,
    /// Another, where one that was written anew has taken the path.
    file: Mutex<File>,
    database: [u8; 16],
}

/// What a method gives, or a sentence that says what is wrong.
type Result<T> = core::result::Result<T, String>;

impl HighWater {
    /// Opens a database's file. `made`: whether the database was used with one before; else it is made, readable by this user only.
    pub(super) fn open(path: &Path, database: [u8; 16], made: bool) -> Result<Self> {
        let wrong = |what: &str| format!("high-water mark {}: {what}", path.display());
        let file = options().create(!made).open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound if made => wrong(
                "is not there, and this database was used with one: bring it back; if it is lost for good, accept the database as \
                 it is with `claimkit-cosigner mark accept`",
            ),
            _ => wrong(&format!("can't be opened for writing ({error})")),
        })?;
        let high_water = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            database,
        };
        high_water
            .alone(|file| high_water.begin(file, made))
            .map_err(|error| wrong(&format!("can't be used ({error})")))??;
        Ok(high_water)
    }

    /// Writes the header of a new file, and checks that of any.
    fn begin(&self, mut file: &File, made: bool) -> std::io::Result<Result<()>> {
        if !made && file.metadata()?.len() < RECORD as u64 {
            file.set_len(0)?;
            file.write_all(&self.header())?;
            file.sync_all()?;
            sync_folder(&self.path)?;
        }
        file.seek(SeekFrom::Start(0))?;
        let mut record = Vec::new();
        file.take(RECORD as u64).read_to_end(&mut record)?;
        Ok(self.check_header(&record))
    }

    fn header(&self) -> Vec<u8> {
        let header = Header {
            magic: MAGIC,
            version: VERSION,
            database: self.database,
            zero: [0; 22],
        };
        checked(&self.database, 0, &header)
    }

    fn check_header(&self, record: &[u8]) -> Result<()> {
        let header = body_of::<Header>(record).filter(|header| header.magic == MAGIC);
        let Some(header) = header else {
            return Err(self.wrong("is damaged, or something else"));
        };
        if header.version != VERSION {
            return Err(self.wrong(&format!(
                "was written by another release (version {}, this one reads {VERSION})",
                header.version
            )));
        }
        if record != checked(&header.database, 0, &header) {
            return Err(self.wrong("is damaged, or something else"));
        }
        if header.database != self.database {
            return Err(self.wrong(
                "belongs to another database: name this database's own; if that is lost for good, accept the database as it is with \
                 `claimkit-cosigner mark accept`",
            ));
        }
        Ok(())
    }

    /// What the file says. What an append left half done is cut off: nobody was told of it.
    pub(super) fn read(&self) -> Result<Levels> {
        let mut levels = Levels::default();
        self.each(|level| levels.add(level))?;
        Ok(levels)
    }

    /// Gives every level, oldest first.
    fn each(&self, take: impl FnMut(Level)) -> Result<()> {
        self.alone(|file| self.each_alone(file, take))
            .map_err(|error| self.wrong(&format!("can't be read ({error})")))?
    }

    fn each_alone(&self, mut file: &File, mut take: impl FnMut(Level)) -> std::io::Result<Result<()>> {
        file.seek(SeekFrom::Start(RECORD as u64))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let (mut good, mut bad, mut is_torn, mut is_unknown) = (0_u64, 0, false, false);
        let mut record = Vec::with_capacity(RECORD);
        loop {
            record.clear();
            reader.by_ref().take(RECORD as u64).read_to_end(&mut record)?;
            match record.len() {
                0 => break,
                RECORD => {}
                _ => {
                    is_torn = true;
                    break;
                }
            }
            match self.body(good + bad as u64 + 1, &record) {
                Some(body) if bad == 0 => {
                    good += 1;
                    match Level::read(&body) {
                        Some(level) => take(level),
                        None => is_unknown = true,
                    }
                }
                None if bad < AT_ONCE => bad += 1,
                Some(_) | None => {
                    return Ok(Err(self.wrong(
                        "is damaged: bring a whole one back; if it is lost for good, accept the database as it is with \
                         `claimkit-cosigner mark accept`",
                    )));
                }
            }
        }
        if bad > 0 || is_torn {
            file.set_len(RECORD as u64 * (good + 1))?;
            file.sync_all()?;
        }
        Ok(match is_unknown {
            true => Err(self.wrong("was written by another release: it has levels that this one does not know")),
            false => Ok(()),
        })
    }

    /// What a record says, if it is good and in its place.
    fn body(&self, place: u64, record: &[u8]) -> Option<Body> {
        body_of::<Body>(record).filter(|body| *record == *checked(&self.database, place, body))
    }

    /// Adds levels, and returns when they are on the disk. `written`: called when they are written and not yet synced.
    ///
    /// # Errors
    /// Whatever the disk says: then none is added, or some.
    pub(super) fn append(&self, levels: &[Level], written: impl Fn()) -> Result<()> {
        self.alone(|file| {
            levels
                .chunks(AT_ONCE)
                .try_for_each(|levels| self.append_alone(file, levels, &written))
        })
        .map_err(|error| self.wrong(&format!("can't be written ({error})")))
    }

    fn append_alone(&self, mut file: &File, levels: &[Level], written: &dyn Fn()) -> std::io::Result<()> {
        let length = file.metadata()?.len();
        let place = length / RECORD as u64;
        let end = place * RECORD as u64;
        if end < length {
            file.set_len(end)?;
        }
        let records: Vec<u8> = (place..)
            .zip(levels)
            .flat_map(|(place, level)| checked(&self.database, place, &level.body()))
            .collect();
        let done = file.write_all(&records).and_then(|()| {
            written();
            file.sync_data()
        });
        if done.is_err() {
            // What is there by half would be cut off later; whatever follows it would not be read.
            let _ = file.set_len(end);
        }
        done
    }

    /// Does something while no other process does anything with the file.
    fn alone<T>(&self, act: impl FnOnce(&File) -> std::io::Result<T>) -> std::io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        // Another process may have written it anew: what is added to the one that was is lost.
        while !is_at(&file, &self.path)? {
            let there = options().open(&self.path)?;
            there.lock()?;
            *file = there;
        }
        let done = act(&file);
        file.unlock()?;
        done
    }

    fn wrong(&self, what: &str) -> String {
        format!("high-water mark {}: {what}", self.path.display())
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether a file that is open is the one that a path leads to, or the path leads to none: then no other took its place.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let there = match std::fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let open = file.metadata()?;
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> std::io::Result<bool> {
    Ok(true)
}

fn body_of<T: BorshDeserialize>(record: &[u8]) -> Option<T> {
    let (body, _) = record.split_at_checked(BODY)?;
    T::try_from_slice(body).ok()
}

/// A record, with its check.
fn checked(database: &[u8; 16], place: u64, body: &impl BorshSerialize) -> Vec<u8> {
    // Writing to memory can't fail.
    let body = borsh::to_vec(body).unwrap_or_default();
    let hash = mpc::tags::hash(CHECK, &[database, &place.to_le_bytes(), &body]);
    body.into_iter().chain(hash.into_iter().take(RECORD - BODY)).collect()
}
