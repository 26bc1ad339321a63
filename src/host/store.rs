//! The browser's storage: IndexedDB for records, Web Locks for names.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wallet::host::{Cancel, Record, ShareStore, StoreError};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbTransaction};

use super::{Cause, global};
use crate::signal::Stop;

const DATABASE: &str = "claimkit";
const VERSION: u32 = 1;
const RECORDS: &str = "records";

/// The page's IndexedDB, opened anew for each call: a connection that is kept can be closed under one's feet.
pub struct Database {
    pub(super) cause: Rc<Cause>,
}

impl ShareStore for Database {
    type Held = Held;

    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Held, StoreError> {
        let stop = Stop::new(cancel, None).ok_or(StoreError::Unavailable)?;
        Held::request(&format!("{DATABASE}/{name}"), &stop)
            .await
            .map_err(|said| match cancel.is_cancelled() {
                true => StoreError::Cancelled,
                false => self.unavailable(said),
            })
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        self.read().await.map_err(|said| self.unavailable(said))
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        let put = |store: &IdbObjectStore| {
            records.iter().try_for_each(|record| {
                store
                    .put_with_key(&Uint8Array::from(record.bytes.as_slice()), &record.key.as_str().into())
                    .map(drop)
            })
        };
        let written = self.write(put).await;
        written.map_err(|said| self.unavailable(said))?;
        let kept = self.list().await?;
        match records.iter().all(|record| kept.contains(record)) {
            true => Ok(()),
            false => Err(StoreError::NotKept),
        }
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let delete = |store: &IdbObjectStore| {
            keys.iter()
                .try_for_each(|key| store.delete(&key.as_str().into()).map(drop))
        };
        self.write(delete).await.map_err(|said| self.unavailable(said))
    }
}

impl Database {
    fn unavailable(&self, said: JsValue) -> StoreError {
        self.cause.keep(said);
        StoreError::Unavailable
    }

    /// Reads every record in one transaction.
    async fn read(&self) -> Result<Vec<Record>, JsValue> {
        let database = Connection::open().await?;
        let transaction = database.0.transaction_with_str(RECORDS)?;
        let store = transaction.object_store(RECORDS)?;
        let (keys, values) = (store.get_all_keys()?, store.get_all()?);
        finished(&transaction).await.map_err(|_| said(&transaction))?;
        let (keys, values): (Array, Array) = (keys.result()?.dyn_into()?, values.result()?.dyn_into()?);
        let record = |(key, value): (JsValue, JsValue)| {
            Some(Record {
                key: key.as_string()?,
                bytes: value.dyn_into::<Uint8Array>().ok()?.to_vec(),
            })
        };
        Ok(keys.iter().zip(values.iter()).filter_map(record).collect())
    }

    /// Changes records in one transaction that is on the disk when it ends. `change` must not wait for anything.
    async fn write(&self, change: impl FnOnce(&IdbObjectStore) -> Result<(), JsValue>) -> Result<(), JsValue> {
        let database = Connection::open().await?;
        let durability = Object::new();
        Reflect::set(&durability, &"durability".into(), &"strict".into())?;
        let typed: &DurableDatabase = database.0.unchecked_ref();
        let transaction = typed.transaction(RECORDS, "readwrite", &durability)?;
        let end = finished(&transaction);
        let changed = change(&transaction.object_store(RECORDS)?);
        if changed.is_err() {
            transaction.abort()?;
        }
        // Awaited in either case: a rejection that nobody hears of is reported as the page's fault.
        let ended = end.await.map(drop).map_err(|_| said(&transaction));
        changed.and(ended)
    }
}

/// An open database; closed when dropped.
struct Connection(IdbDatabase);

impl Connection {
    async fn open() -> Result<Self, JsValue> {
        let factory: IdbFactory = global("indexedDB").dyn_into()?;
        let request = factory.open_with_u32(DATABASE, VERSION)?;
        let upgraded = request.clone();
        let upgrade = Closure::once(move || upgrade(&upgraded));
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let opened = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onerror(Some(&reject));
            request.set_onblocked(Some(&reject));
        });
        if opened.await.is_err() {
            // Another page's older database kept this one waiting: should it open after all, let go of it.
            let late = request.clone();
            request.set_onsuccess(Some(
                Closure::once_into_js(move || drop(Self::of(&late))).unchecked_ref(),
            ));
            return Err(request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from));
        }
        Self::of(&request)
    }

    fn of(request: &IdbOpenDbRequest) -> Result<Self, JsValue> {
        Ok(Self(request.result()?.dyn_into()?))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Makes the one object store. Where that fails there is none, and the first transaction says so.
fn upgrade(request: &IdbOpenDbRequest) {
    if let Some(database) = request
        .result()
        .ok()
        .and_then(|result| result.dyn_into::<IdbDatabase>().ok())
    {
        database.create_object_store(RECORDS).ok();
    }
}

/// A promise of a transaction's end: resolved once it is on the disk.
fn finished(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
        transaction.set_onerror(Some(&reject));
    })
}

/// Why a transaction failed.
fn said(transaction: &IdbTransaction) -> JsValue {
    transaction.error().map_or(JsValue::UNDEFINED, JsValue::from)
}

/// A held name; let go when dropped.
pub struct Held {
    release: Function,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Held {
    async fn request(name: &str, stop: &Stop) -> Result<Self, JsValue> {
        let (granted, grant) = resolvable();
        let (until, release) = resolvable();
        let granting = Closure::new(move || {
            // The call can't fail: it is a promise's own resolver.
            grant.call0(&JsValue::UNDEFINED).ok();
            until.clone()
        });
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &stop.signal)?;
        let over = request_lock(name, &options, granting.as_ref().unchecked_ref())?;
        // Whichever comes first: the grant, or the refusal of a request that was aborted.
        Promise::race(&Array::of2(&granted, &over)).await?;
        Ok(Self {
            release,
            _granted: granting,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release.call0(&JsValue::UNDEFINED).ok();
    }
}

/// A promise and what resolves it.
fn resolvable() -> (Promise, Function) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver.unwrap_or_default())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request, catch)]
    fn request_lock(name: &str, options: &JsValue, granted: &Function) -> Result<Promise, JsValue>;

    /// web-sys has `durability` among its unstable interfaces only.
    type DurableDatabase;

    #[wasm_bindgen(method, structural, catch)]
    fn transaction(
        this: &DurableDatabase,
        store: &str,
        mode: &str,
        options: &JsValue,
    ) -> Result<IdbTransaction, JsValue>;
}
