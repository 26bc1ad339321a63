//! The page's database, and the ends of what is asked of it.

use gloo_timers::callback::Timeout;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use super::{DATABASE, RECORDS};

const VERSION: u32 = 1;
/// The longest that opening may take, in milliseconds: where another page keeps the database from being opened, no event says so.
const OPENING: u32 = 10_000;

/// An open database; closed when dropped.
pub(super) struct Connection(IdbDatabase);

impl Connection {
    /// Opens the database, made if there is none.
    pub(super) async fn open() -> Result<Self, JsValue> {
        // Where storage is blocked, the very name may throw.
        let factory: IdbFactory = Reflect::get(&js_sys::global(), &"indexedDB".into())?.dyn_into()?;
        let request = factory.open_with_u32(DATABASE, VERSION)?;
        let upgraded = request.clone();
        let upgrade = Closure::once(move || upgrade(&upgraded));
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let mut deadline = None;
        let opened = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onerror(Some(&reject));
            request.set_onblocked(Some(&reject));
            deadline = Some(Timeout::new(OPENING, move || drop(reject.call0(&JsValue::UNDEFINED))));
        });
        if opened.await.is_err() {
            // Should it open after all, let go of it.
            let late = request.clone();
            request.set_onsuccess(Some(
                Closure::once_into_js(move || drop(Self::of(&late))).unchecked_ref(),
            ));
            let said = request.error().ok().flatten().map(JsValue::from);
            return Err(
                said.unwrap_or_else(|| js_sys::Error::new("another page keeps the database from opening").into())
            );
        }
        Self::of(&request)
    }

    fn of(request: &IdbOpenDbRequest) -> Result<Self, JsValue> {
        Ok(Self(request.result()?.dyn_into()?))
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
    let end = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    async move {
        let said = || transaction.error().map_or(JsValue::UNDEFINED, JsValue::from);
        end.await.map(drop).map_err(|_| said())
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
