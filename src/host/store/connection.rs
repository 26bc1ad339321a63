//! The page's database, and the ends of what is asked of it.

use gloo_timers::callback::Timeout;
use js_sys::{Array, Object, Promise, Reflect};
use wallet::host::Cancel;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{DomException, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use super::{DATABASE, RECORDS, locks::Held};
use crate::{host::property, signal::Stop};

const VERSION: u32 = 1;
/// The longest that opening or a transaction may take, in milliseconds: where another page keeps the database from it, as one that is suspended
/// does, no event says so.
const WAITING: u32 = 10_000;
/// The lock under which a database is mended.
const MENDING: &str = "claimkit/database";

/// An open database; closed when dropped.
pub(super) struct Connection(IdbDatabase);

impl Connection {
    /// Opens the database, made if there is none, mended if something else of the origin has made one of its name that holds nothing.
    pub(super) async fn open() -> Result<Self, JsValue> {
        match Self::open_own().await {
            Ok(database) if database.has_records() => return Ok(database),
            Ok(database) => drop(database),
            Err(said) if is_of_later_version(&said) => {}
            Err(said) => return Err(said),
        }
        Self::mend().await
    }

    /// Deletes a database that holds nothing, and makes the own. Under a lock, so that no page deletes what another has just made.
    async fn mend() -> Result<Self, JsValue> {
        let stop = Stop::new(&Cancel::default(), Some(WAITING)).ok_or(JsValue::UNDEFINED)?;
        let _held = Held::request(MENDING, &stop.signal).await?;
        let factory = factory()?;
        let found = opened(&factory.open(DATABASE)?).await?;
        if !found.has_records() {
            if found.stores().length() > 0 {
                return Err(js_sys::Error::new("another script of this site has its own database of this name").into());
            }
            drop(found);
            // Another page may be looking at it just now: it lets go by itself.
            finished(&factory.delete_database(DATABASE)?, Blocked::IsWaitedFor).await?;
        }
        // Of a later version, it is a newer release's: that is said by the refusal to open it.
        Self::open_own().await
    }

    async fn open_own() -> Result<Self, JsValue> {
        opened(&factory()?.open_with_u32(DATABASE, VERSION)?).await
    }

    fn of(request: &IdbOpenDbRequest) -> Result<Self, JsValue> {
        Ok(Self(request.result()?.dyn_into()?))
    }

    /// Whether there is the object store. By the database's own list: a transaction may fail for other reasons.
    fn has_records(&self) -> bool {
        self.stores().iter().any(|name| name == RECORDS)
    }

    fn stores(&self) -> Array {
        Array::from(&property(&self.0, "objectStoreNames"))
    }

    /// A transaction that reads.
    pub(super) fn reading(&self) -> Result<IdbTransaction, JsValue> {
        self.0.transaction_with_str(RECORDS)
    }

    /// A transaction that changes, and is on the disk when it ends.
    pub(super) fn changing(&self) -> Result<IdbTransaction, JsValue> {
        let durability = Object::new();
        Reflect::set(&durability, &"durability".into(), &"strict".into())?;
        let typed: &DurableDatabase = self.0.unchecked_ref();
        typed.transaction(RECORDS, "readwrite", &durability)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The page's IndexedDB: where storage is blocked, the very name may throw.
fn factory() -> Result<IdbFactory, JsValue> {
    Reflect::get(&js_sys::global(), &"indexedDB".into())?.dyn_into()
}

fn is_of_later_version(said: &JsValue) -> bool {
    said.dyn_ref::<DomException>()
        .is_some_and(|said| said.name() == "VersionError")
}

/// What is opened, made if there is none.
async fn opened(request: &IdbOpenDbRequest) -> Result<Connection, JsValue> {
    let upgraded = request.clone();
    let upgrade = Closure::once(move || upgrade(&upgraded));
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    finished(request, Blocked::Fails).await?;
    Connection::of(request)
}

/// What it means that another connection is in the way.
enum Blocked {
    Fails,
    IsWaitedFor,
}

/// The end of what is asked of the database itself.
async fn finished(request: &IdbOpenDbRequest, blocked: Blocked) -> Result<(), JsValue> {
    let mut deadline = None;
    let end = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
        match blocked {
            Blocked::Fails => request.set_onblocked(Some(&reject)),
            Blocked::IsWaitedFor => {}
        }
        deadline = Some(Timeout::new(WAITING, move || drop(reject.call0(&JsValue::UNDEFINED))));
    });
    if end.await.is_ok() {
        return Ok(());
    }
    // Should it open after all, let go of it.
    let late = request.clone();
    request.set_onsuccess(Some(
        Closure::once_into_js(move || drop(Connection::of(&late))).unchecked_ref(),
    ));
    let said = request.error().ok().flatten().map(JsValue::from);
    Err(said.unwrap_or_else(|| js_sys::Error::new("another page keeps the database from opening").into()))
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

/// A request's answer.
pub(super) async fn answered(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let answer = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match answer.await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error()?.map_or(JsValue::UNDEFINED, JsValue::from)),
    }
}

/// The end of a transaction, listened for from now on: nothing once it is on the disk, or why it failed.
///
/// A failed request is not its end: the transaction says why when it has been taken back.
pub(super) fn ended(transaction: &IdbTransaction) -> impl Future<Output = Result<(), JsValue>> {
    let mut deadline = None;
    let end = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
        let late = transaction.clone();
        deadline = Some(Timeout::new(WAITING, move || {
            // What is being committed already can't be aborted: nor is it waited for.
            late.abort().ok();
            drop(reject.call0(&JsValue::UNDEFINED));
        }));
    });
    async move {
        let ended = end.await;
        drop(deadline);
        let busy = || js_sys::Error::new("another page keeps the database from being used").into();
        let said = || transaction.error().map_or_else(busy, JsValue::from);
        ended.map(drop).map_err(|_| said())
    }
}

#[wasm_bindgen]
extern "C" {
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
