//! The co-signer's files: what a kill leaves of them, whole or torn.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::TempDir;

use crate::random::Random;

/// Where the databases of a run lie: in memory, where the machine has a file system there.
pub(super) fn folder() -> TempDir {
    const IN_MEMORY: &str = "/dev/shm";
    match Path::new(IN_MEMORY).is_dir() {
        true => tempfile::tempdir_in(IN_MEMORY).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

/// The co-signer's files, and how often it was started.
pub(super) struct Files {
    pub(super) folder: TempDir,
    /// Which copy is the database now.
    pub(super) copy: AtomicU64,
    /// Where the log ended before the transaction that is under way, and the high-water mark before it grew.
    pub(super) log_began: AtomicU64,
    pub(super) mark_began: AtomicU64,
    pub(super) random: Mutex<Random>,
}

impl Files {
    pub(super) fn database(&self, copy: u64) -> PathBuf {
        self.folder.path().join(copy.to_string()).join("cosigner.db")
    }

    pub(super) fn length(&self, copy: u64, suffix: &str) -> u64 {
        fs::metadata(with_suffix(&self.database(copy), suffix)).map_or(0, |file| file.len())
    }

    /// What a kill leaves: the files as they are at this instant, but for one that is torn.
    pub(super) fn fall(&self, torn: Option<Torn>) {
        let copy = self.copy.load(Ordering::SeqCst);
        let (from, to) = (self.database(copy), self.database(copy + 1));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        for file in fs::read_dir(from.parent().unwrap()).unwrap() {
            let file = file.unwrap().path();
            // What is in memory dies with the process, a lock too.
            if !name(&file).ends_with("-shm") && !name(&file).ends_with(".lock") {
                fs::copy(&file, to.with_file_name(name(&file))).unwrap();
            }
        }
        match torn {
            Some(Torn::Log) => {
                self.tear(&with_suffix(&to, LOG), &self.log_began);
                // The mark grows only once the log is on the disk.
                cut(&with_suffix(&to, MARK), self.mark_began.load(Ordering::SeqCst));
            }
            Some(Torn::Mark) => self.tear(&with_suffix(&to, MARK), &self.mark_began),
            None => {}
        }
        self.copy.store(copy + 1, Ordering::SeqCst);
    }

    /// Cuts a file inside what was added to it last.
    fn tear(&self, file: &Path, began: &AtomicU64) {
        let (began, length) = (
            began.load(Ordering::SeqCst),
            fs::metadata(file).map_or(0, |file| file.len()),
        );
        if length > began {
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
            cut(file, began + random.below(length - began));
        }
    }
}

fn cut(file: &Path, length: u64) {
    let file = fs::OpenOptions::new().write(true).open(file).unwrap();
    file.set_len(length).unwrap();
}

/// Which file is torn.
#[derive(Clone, Copy)]
pub(super) enum Torn {
    Log,
    Mark,
}

/// What the names of the two have behind the database's.
pub(super) const LOG: &str = "-wal";
pub(super) const MARK: &str = ".mark";

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
