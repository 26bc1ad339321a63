//! A store in memory, with faults.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use futures_util::lock::{Mutex, OwnedMutexGuard};
use wallet::host::{Cancel, Change, Record, ShareStore, StoreError, Write};

/// How the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    Never,
    List,
    /// Writes nothing, and says so.
    Write,
    /// Writes nothing for want of room, and says so.
    Full,
    /// Writes nothing, and says nothing.
    WriteSilently,
    /// Writes something else, and says nothing.
    WriteDamaged,
}

const WRITES: [Failing; 4] = [
    Failing::Write,
    Failing::Full,
    Failing::WriteSilently,
    Failing::WriteDamaged,
];

pub struct Memory {
    records: RefCell<BTreeMap<String, (u64, Vec<u8>)>>,
    generation: Cell<u64>,
    held: RefCell<BTreeMap<String, Arc<Mutex<()>>>>,
    failing: Cell<Failing>,
    /// How many calls of the failing kind go well before.
    after: Cell<usize>,
    /// Every record that was ever written.
    pub seen: RefCell<Vec<Vec<u8>>>,
    /// What each write was for.
    pub writes: RefCell<Vec<Write>>,
}

impl Memory {
    pub fn new() -> Self {
        Self {
            records: RefCell::default(),
            generation: Cell::default(),
            held: RefCell::default(),
            failing: Cell::new(Failing::Never),
            after: Cell::default(),
            seen: RefCell::default(),
            writes: RefCell::default(),
        }
    }

    pub fn fail(&self, failing: Failing, after: usize) {
        self.failing.set(failing);
        self.after.set(after);
    }

    pub fn records(&self) -> Vec<Record> {
        let records = self.records.borrow();
        records
            .iter()
            .map(|(key, (generation, bytes))| Record {
                key: key.clone(),
                generation: *generation,
                bytes: bytes.clone(),
            })
            .collect()
    }

    /// The records that hold something sealed: all but the user handles that claims under way have kept.
    pub fn sealed(&self) -> Vec<Record> {
        let is_sealed = |record: &Record| !record.key.starts_with("handle/");
        self.records().into_iter().filter(is_sealed).collect()
    }

    pub fn change(&self, prefix: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut records = self.records.borrow_mut();
        records
            .iter_mut()
            .filter(|(key, _)| key.starts_with(prefix))
            .for_each(|(_, (_, bytes))| change(bytes));
    }

    /// Forgets the records whose keys start so, as a browser that deletes storage.
    pub fn forget(&self, prefix: &str) {
        self.records.borrow_mut().retain(|key, _| !key.starts_with(prefix));
    }

    pub fn set(&self, records: Vec<Record>) {
        let records = records
            .into_iter()
            .map(|record| (record.key, (record.generation, record.bytes)));
        self.records.replace(records.collect());
    }

    fn fails(&self, kind: &[Failing]) -> Option<Failing> {
        let failing = self.failing.get();
        if !kind.contains(&failing) {
            return None;
        }
        match self.after.get() {
            0 => Some(failing),
            left => {
                self.after.set(left - 1);
                None
            }
        }
    }

    fn apply(&self, change: &Change, damage: u8) {
        let mut records = self.records.borrow_mut();
        let Some(bytes) = &change.bytes else {
            records.remove(&change.key);
            return;
        };
        self.seen.borrow_mut().push(bytes.clone());
        self.generation.set(self.generation.get() + 1);
        let mut bytes = bytes.clone();
        if let Some(last) = bytes.last_mut() {
            *last ^= damage;
        }
        records.insert(change.key.clone(), (self.generation.get(), bytes));
    }
}

impl ShareStore for Memory {
    type Held = OwnedMutexGuard<()>;

    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Self::Held, StoreError> {
        let lock = self.held.borrow_mut().entry(name.to_owned()).or_default().clone();
        loop {
            if cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            match lock.try_lock_owned() {
                Some(held) => return Ok(held),
                None => tokio::task::yield_now().await,
            }
        }
    }

    async fn try_hold(&self, name: &str) -> Result<Option<Self::Held>, StoreError> {
        let lock = self.held.borrow_mut().entry(name.to_owned()).or_default().clone();
        Ok(lock.try_lock_owned())
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        match self.fails(&[Failing::List]) {
            Some(_) => Err(StoreError::Unavailable),
            None => Ok(self.records()),
        }
    }

    async fn write(&self, write: Write, changes: &[Change]) -> Result<(), StoreError> {
        let generation = |key: &str| self.records.borrow().get(key).map_or(0, |(generation, _)| *generation);
        if changes.iter().any(|change| generation(&change.key) != change.replaces) {
            return Err(StoreError::Changed);
        }
        self.writes.borrow_mut().push(write);
        let damage = match self.fails(&WRITES) {
            Some(Failing::Full) => return Err(StoreError::Full),
            Some(Failing::WriteSilently) => return Ok(()),
            Some(Failing::WriteDamaged) => 1,
            Some(Failing::Write | Failing::Never | Failing::List) => return Err(StoreError::Unavailable),
            None => 0,
        };
        changes.iter().for_each(|change| self.apply(change, damage));
        Ok(())
    }
}
