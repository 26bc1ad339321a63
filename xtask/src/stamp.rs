//! A small file that says what a folder was made from, so that it is not made again.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

/// The file.
pub(crate) struct Stamp {
    path: PathBuf,
}

impl Stamp {
    /// The stamp at `path`, which need not exist.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Whether it says just this.
    pub(crate) fn says(&self, text: &str) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == text)
    }

    /// Makes it say this.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn set(&self, text: &str) -> Result<()> {
        fs::write(&self.path, text).with_context(|| format!("can't write {}", self.path.display()))
    }
}
