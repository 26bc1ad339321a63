//! The browser's storage: IndexedDB for records, Web Locks for names.

mod connection;
mod locks;

use std::rc::Rc;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wallet::host::{Cancel, Change, Record, ShareStore, StoreError, Write};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, IdbObjectStore, IdbTransaction};

use self::{
    connection::{Connection, answered, ended},
    locks::Held,
};
use super::{Cause, property};
use crate::signal::Stop;

const DATABASE: &str = "claimkit";
const RECORDS: &str = "records";
/// Where the last generation stands that was given away: no record's key, for those have a slash.
const COUNTER: &str = "generation";
/// The generation of what earlier builds wrote: its bytes alone.
const FIRST: u64 = 1;
/// How long a name that another page holds is waited for, in milliseconds: a suspended page keeps its own for as long as it likes.
const HOLDING: u32 = 180_000;
/// How long a name that was let go may seem to be held, in milliseconds: nobody is told when a lock, or a page that had it, is gone.
const LETTING_GO: u32 = 200;

/// The page's IndexedDB, opened anew for each call: a connection that is kept can be closed under one's feet.
pub struct Database {
    pub(super) cause: Rc<Cause>,
}

impl ShareStore for Database {
    type Held = Held;

    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Held, StoreError> {
        let stop = Stop::new(cancel, Some(HOLDING)).ok_or(StoreError::Unavailable)?;
        let held = Held::request(&lock(name), &stop.signal).await;
        held.map_err(|said| match (cancel.is_cancelled(), stop.signal.aborted()) {
            (true, _) => StoreError::Cancelled,
            (false, true) => StoreError::Busy,
            (false, false) => self.failed(said),
        })
    }

    async fn try_hold(&self, name: &str) -> Result<Option<Held>, StoreError> {
        let stop = Stop::new(&Cancel::default(), Some(LETTING_GO)).ok_or(StoreError::Unavailable)?;
        match Held::request(&lock(name), &stop.signal).await {
            Ok(held) => Ok(Some(held)),
            Err(_) if stop.signal.aborted() => Ok(None),
            Err(said) => Err(self.failed(said)),
        }
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        let read = match read().await {
            Err(said) if is_passing(&said) => read().await,
            read => read,
        };
        read.map_err(|said| self.failed(said))
    }

    async fn write(&self, _: Write, changes: &[Change]) -> Result<(), StoreError> {
        let written = exchange(changes).await.map_err(|said| self.failed(said))?;
        let generation = written.ok_or(StoreError::Changed)?;
        let kept = self.list().await?;
        match changes.iter().all(|change| is_kept(change, generation, &kept)) {
            true => Ok(()),
            false => Err(StoreError::NotKept),
        }
    }
}

impl Database {
    fn failed(&self, said: JsValue) -> StoreError {
        let name = said.dyn_ref::<DomException>().map(DomException::name);
        self.cause.keep(said);
        match name.as_deref() {
            Some("QuotaExceededError") => StoreError::Full,
            Some("VersionError") => StoreError::Newer,
            Some(_) | None => StoreError::Unavailable,
        }
    }
}

/// A name as Web Locks know it: of the whole origin.
fn lock(name: &str) -> String {
    format!("{DATABASE}/{name}")
}

/// Reads every record in one transaction.
async fn read() -> Result<Vec<Record>, JsValue> {
    let database = Connection::open().await?;
    let transaction = database.reading()?;
    let store = transaction.object_store(RECORDS)?;
    let (keys, values) = (store.get_all_keys()?, store.get_all()?);
    ended(&transaction).await?;
    let (keys, values): (Array, Array) = (keys.result()?.dyn_into()?, values.result()?.dyn_into()?);
    let record = |(key, value): (JsValue, JsValue)| {
        Some(Record {
            key: key.as_string()?,
            generation: generation(&value),
            bytes: bytes(&value)?.to_vec(),
        })
    };
    Ok(keys.iter().zip(values.iter()).filter_map(record).collect())
}

/// Makes every change in one transaction that is on the disk when it ends, and gives the generation that the records are of; nothing
/// is changed, nor given, where one of them was of another than its change replaces.
async fn exchange(changes: &[Change]) -> Result<Option<u64>, JsValue> {
    let (_database, transaction) = match begin().await {
        // Nothing has been asked for yet: of a change that was, nobody could know whether it was made.
        Err(said) if is_passing(&said) => begin().await,
        begun => begun,
    }?;
    let store = transaction.object_store(RECORDS)?;
    let end = ended(&transaction);
    let compared = compare_and_set(&store, changes).await;
    if !matches!(compared, Ok(Some(_))) {
        // It has ended by itself where a request of it failed.
        transaction.abort().ok();
    }
    // Awaited in either case: a rejection that nobody hears of is reported as the page's fault.
    let ended = end.await;
    match compared? {
        None => Ok(None),
        written => ended.map(|()| written),
    }
}

async fn begin() -> Result<(Connection, IdbTransaction), JsValue> {
    let database = Connection::open().await?;
    let transaction = database.changing()?;
    Ok((database, transaction))
}

/// Whether a failure passes by itself: browsers lose their connection to the database at times, Safari after each return to a page.
fn is_passing(said: &JsValue) -> bool {
    let name = said.dyn_ref::<DomException>().map(DomException::name);
    matches!(
        name.as_deref(),
        Some("UnknownError" | "InvalidStateError" | "AbortError")
    )
}

/// Inside the transaction, which ends when anything but its own requests is waited for.
async fn compare_and_set(store: &IdbObjectStore, changes: &[Change]) -> Result<Option<u64>, JsValue> {
    let found = changes.iter().map(|change| store.get(&change.key.as_str().into()));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    // Answers come in the order of the requests: with the last one, all are there.
    let last = answered(&store.get(&COUNTER.into())?).await?;
    for (change, found) in changes.iter().zip(found) {
        if generation(&found.result()?) != change.replaces {
            return Ok(None);
        }
    }
    let next = last.as_f64().map_or(FIRST, |last| last as u64) + 1;
    for change in changes {
        let key = change.key.as_str().into();
        match &change.bytes {
            Some(bytes) => store.put_with_key(&value(next, bytes)?, &key)?,
            None => store.delete(&key)?,
        };
    }
    store.put_with_key(&(next as f64).into(), &COUNTER.into())?;
    Ok(Some(next))
}

/// Whether a change stands as it was made: bytes that somebody wrote since had to find them there.
fn is_kept(change: &Change, generation: u64, kept: &[Record]) -> bool {
    match (kept.iter().find(|record| record.key == change.key), &change.bytes) {
        (Some(record), _) if record.generation > generation => true,
        (Some(record), Some(bytes)) => record.bytes == *bytes,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A record's value: what [`generation`] and [`bytes`] read.
fn value(generation: u64, bytes: &[u8]) -> Result<JsValue, JsValue> {
    let value = Object::new();
    Reflect::set(&value, &"generation".into(), &(generation as f64).into())?;
    Reflect::set(&value, &"bytes".into(), &Uint8Array::from(bytes))?;
    Ok(value.into())
}

/// The generation of a record's value; 0 where there is no record.
fn generation(value: &JsValue) -> u64 {
    match value.is_instance_of::<Uint8Array>() {
        true => FIRST,
        false => property(value, "generation")
            .as_f64()
            .map_or(0, |generation| generation as u64),
    }
}

/// The bytes of a record's value; nothing of the counter's.
fn bytes(value: &JsValue) -> Option<Uint8Array> {
    let alone = value.dyn_ref::<Uint8Array>().cloned();
    alone.or_else(|| property(value, "bytes").dyn_into().ok())
}
