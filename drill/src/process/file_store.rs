//! A client's store in one file: written beside it, synced, renamed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use wallet::host::{Cancel, Change, Record, ShareStore, StoreError, Write};

use crate::memory::Memory;

/// Everything that a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    generation: u64,
    records: BTreeMap<String, (u64, Vec<u8>)>,
}

/// A store in a file.
pub(super) struct FileStore {
    file: PathBuf,
    /// Told of each step of a write before it is made.
    told: Box<dyn Fn(&str)>,
    /// Who holds which name, in this process: the drill runs one client at a time.
    names: Memory,
}

impl FileStore {
    /// The store of a file, which need not be there yet.
    pub(super) fn new(file: PathBuf, told: impl Fn(&str) + 'static) -> Self {
        Self {
            file,
            told: Box::new(told),
            names: Memory::new(),
        }
    }

    fn read(&self) -> Result<Content, StoreError> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| StoreError::Unavailable),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Content::default()),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    fn replace(&self, write: Write, content: &Content) -> std::io::Result<()> {
        let tell = |what: &str| (self.told)(&format!("{} {what}", write.as_str()));
        let bytes = serde_json::to_vec(content)?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let beside = self.file.with_extension("new");
        tell("before");
        let mut file = File::create(&beside)?;
        file.write_all(first)?;
        tell("torn");
        file.write_all(second)?;
        tell("unsynced");
        file.sync_all()?;
        tell("unnamed");
        fs::rename(&beside, &self.file)?;
        tell("renamed");
        if let Some(folder) = self.file.parent() {
            File::open(folder)?.sync_all()?;
        }
        tell("after");
        Ok(())
    }
}

impl ShareStore for FileStore {
    type Held = <Memory as ShareStore>::Held;

    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Self::Held, StoreError> {
        self.names.hold(name, cancel).await
    }

    async fn try_hold(&self, name: &str) -> Result<Option<Self::Held>, StoreError> {
        self.names.try_hold(name).await
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        let records = self.read()?.records.into_iter();
        let records = records.map(|(key, (generation, bytes))| Record { key, generation, bytes });
        Ok(records.collect())
    }

    async fn write(&self, write: Write, changes: &[Change]) -> Result<(), StoreError> {
        let mut content = self.read()?;
        for change in changes {
            let generation = content
                .records
                .get(&change.key)
                .map_or(0, |(generation, _)| *generation);
            if generation != change.replaces {
                return Err(StoreError::Changed);
            }
        }
        for change in changes {
            content.generation += 1;
            match &change.bytes {
                Some(bytes) => content
                    .records
                    .insert(change.key.clone(), (content.generation, bytes.clone())),
                None => content.records.remove(&change.key),
            };
        }
        self.replace(write, &content).map_err(|_| StoreError::Unavailable)?;
        match self.read()? == content {
            true => Ok(()),
            false => Err(StoreError::NotKept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_the_contract_of_every_store() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("store"), |_| ());
        assert_eq!(wallet::contract::share_store(&store).await, Ok(()));
    }
}
