//! A store in memory, with faults.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use futures_util::lock::{Mutex, OwnedMutexGuard};
use wallet::host::{Cancel, Record, ShareStore, StoreError};

/// How the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    Never,
    List,
    /// Puts nothing, and says so.
    Put,
    /// Puts nothing, and says nothing.
    PutSilently,
    /// Puts something else, and says nothing.
    PutDamaged,
    Delete,
}

pub(crate) struct Memory {
    records: RefCell<BTreeMap<String, Vec<u8>>>,
    held: RefCell<BTreeMap<String, Arc<Mutex<()>>>>,
    failing: Cell<Failing>,
    /// How many calls of the failing kind go well before.
    after: Cell<usize>,
    /// Every record that was ever put.
    pub(crate) seen: RefCell<Vec<Vec<u8>>>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            records: RefCell::default(),
            held: RefCell::default(),
            failing: Cell::new(Failing::Never),
            after: Cell::default(),
            seen: RefCell::default(),
        }
    }

    pub(crate) fn fail(&self, failing: Failing, after: usize) {
        self.failing.set(failing);
        self.after.set(after);
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let records = self.records.borrow();
        records
            .iter()
            .map(|(key, bytes)| Record {
                key: key.clone(),
                bytes: bytes.clone(),
            })
            .collect()
    }

    pub(crate) fn change(&self, prefix: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut records = self.records.borrow_mut();
        records
            .iter_mut()
            .filter(|(key, _)| key.starts_with(prefix))
            .for_each(|(_, bytes)| change(bytes));
    }

    pub(crate) fn set(&self, records: Vec<Record>) {
        self.records
            .replace(records.into_iter().map(|record| (record.key, record.bytes)).collect());
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

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        match self.fails(&[Failing::List]) {
            Some(_) => Err(StoreError::Unavailable),
            None => Ok(self.records()),
        }
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        match self.fails(&[Failing::Put, Failing::PutSilently, Failing::PutDamaged]) {
            Some(Failing::Put) => return Err(StoreError::Unavailable),
            Some(Failing::PutSilently) => return Ok(()),
            Some(Failing::PutDamaged) => {
                for record in records {
                    let mut bytes = record.bytes.clone();
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    self.records.borrow_mut().insert(record.key.clone(), bytes);
                }
                return Ok(());
            }
            Some(Failing::Never | Failing::List | Failing::Delete) | None => {}
        }
        for record in records {
            self.seen.borrow_mut().push(record.bytes.clone());
            self.records
                .borrow_mut()
                .insert(record.key.clone(), record.bytes.clone());
        }
        Ok(())
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        if self.fails(&[Failing::Delete]).is_some() {
            return Err(StoreError::Unavailable);
        }
        for key in keys {
            self.records.borrow_mut().remove(key);
        }
        Ok(())
    }
}
