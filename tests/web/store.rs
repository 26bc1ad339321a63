//! IndexedDB and Web Locks.

use std::{cell::Cell, rc::Rc};

use futures_util::future::join_all;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use wallet::host::{Cancel, Change, Host, Record, ShareStore, StoreError, Write};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page;

fn change(key: &str, replaces: u64, bytes: Option<&[u8]>) -> Change {
    Change {
        key: key.to_owned(),
        replaces,
        bytes: bytes.map(<[u8]>::to_vec),
    }
}

async fn write(change: Change) -> Result<(), StoreError> {
    page().store().write(Write::Seal, &[change]).await
}

async fn listed() -> Vec<Record> {
    page().store().list().await.unwrap()
}

/// Leaves the store as empty as it was found.
async fn delete(record: &Record) {
    write(change(&record.key, record.generation, None)).await.unwrap();
    assert!(listed().await.is_empty());
}

/// Runs a piece of JavaScript.
fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).unwrap()
}

#[wasm_bindgen_test]
async fn the_browsers_store_keeps_the_contract() {
    assert_eq!(wallet::contract::share_store(page().store()).await, Ok(()));
}

#[wasm_bindgen_test]
async fn what_one_page_wrote_another_lists() {
    let bytes: Vec<u8> = (0..=255).collect();
    write(change("wallet/shared", 0, Some(&bytes))).await.unwrap();
    let [record] = &listed().await[..] else {
        panic!("one record was written");
    };
    assert_eq!((record.key.as_str(), &record.bytes), ("wallet/shared", &bytes));
    delete(record).await;
}

#[wasm_bindgen_test]
async fn of_pages_that_write_at_once_one_wins() {
    let bytes: Vec<_> = (0..8).map(|page| [page; 4]).collect();
    let writes = bytes.iter().map(|bytes| write(change("wallet/raced", 0, Some(bytes))));
    let written = join_all(writes).await;
    let won: Vec<_> = (0..8).filter(|page| written[*page].is_ok()).collect();
    assert_eq!(won.len(), 1);
    assert!((0..8).all(|page| won == [page] || written[page] == Err(StoreError::Changed)));
    let [record] = &listed().await[..] else {
        panic!("one record was written");
    };
    assert_eq!(record.bytes, bytes[won[0]]);
    delete(record).await;
}

#[wasm_bindgen_test]
async fn what_an_earlier_build_wrote_is_of_generation_one() {
    let earlier = "return new Promise((resolve, reject) => {
        const opening = indexedDB.open('claimkit', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('records');
        opening.onsuccess = () => {
            const database = opening.result;
            const transaction = database.transaction('records', 'readwrite');
            transaction.objectStore('records').put(new Uint8Array([1, 2, 3]), 'wallet/earlier');
            transaction.oncomplete = () => { database.close(); resolve(); };
            transaction.onabort = reject;
        };
    })";
    run(earlier).unchecked_into::<Promise>().await.unwrap();
    let record = Record {
        key: "wallet/earlier".to_owned(),
        generation: 1,
        bytes: vec![1, 2, 3],
    };
    assert_eq!(listed().await, [record]);
    let replaced = write(change("wallet/earlier", 0, Some(b"4"))).await;
    assert_eq!(replaced, Err(StoreError::Changed));
    write(change("wallet/earlier", 1, Some(b"4"))).await.unwrap();
    let [record] = &listed().await[..] else {
        panic!("it was written in place");
    };
    assert!(record.generation > 1 && record.bytes == b"4");
    delete(record).await;
}

/// What a page may lack, or a browser may refuse: how it looks, and how it is undone.
const SPOILT: [(&str, &str, &str, StoreError); 5] = [
    (
        "no IndexedDB",
        "globalThis.was = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
         Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true })",
        "Object.defineProperty(globalThis, 'indexedDB', globalThis.was)",
        StoreError::Unavailable,
    ),
    (
        "a name that throws",
        "globalThis.was = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
         const get = () => { throw new DOMException('', 'SecurityError') };
         Object.defineProperty(globalThis, 'indexedDB', { get, configurable: true })",
        "Object.defineProperty(globalThis, 'indexedDB', globalThis.was)",
        StoreError::Unavailable,
    ),
    (
        "a database that may not be opened",
        "IDBFactory.prototype.was = IDBFactory.prototype.open;
         IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }",
        "IDBFactory.prototype.open = IDBFactory.prototype.was",
        StoreError::Unavailable,
    ),
    (
        "no room for a record",
        "IDBObjectStore.prototype.was = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }",
        "IDBObjectStore.prototype.put = IDBObjectStore.prototype.was",
        StoreError::Full,
    ),
    (
        "a record that is not kept",
        "IDBObjectStore.prototype.was = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function () { return this.count() }",
        "IDBObjectStore.prototype.put = IDBObjectStore.prototype.was",
        StoreError::NotKept,
    ),
];

#[wasm_bindgen_test]
async fn a_store_that_can_not_be_written_says_so() {
    // So that a database is there: making one is another thing than opening it.
    assert!(listed().await.is_empty());
    for (what, spoil, mend, error) in SPOILT {
        run(spoil);
        let written = write(change("wallet/spoilt", 0, Some(b"1"))).await;
        run(mend);
        assert_eq!(written, Err(error), "{what}");
        assert!(listed().await.is_empty(), "{what}");
    }
}

#[wasm_bindgen_test]
async fn a_page_without_locks_holds_nothing() {
    run("Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })");
    let held = page().store().hold("wallet/unlocked", &Cancel::default()).await.err();
    let at_once = page().store().try_hold("wallet/unlocked").await.err();
    run("delete navigator.locks");
    assert_eq!(held, Some(StoreError::Unavailable));
    assert_eq!(at_once, Some(StoreError::Unavailable));
}

#[wasm_bindgen_test]
async fn a_database_that_another_page_holds_back_is_not_waited_for() {
    assert!(listed().await.is_empty());
    let hold_back = "return new Promise((resolve) => {
        const opening = indexedDB.open('claimkit', 1);
        opening.onsuccess = () => {
            indexedDB.deleteDatabase('claimkit').onblocked = () => resolve(opening.result);
        };
    })";
    let connection = run(hold_back).unchecked_into::<Promise>().await.unwrap();
    assert_eq!(page().store().list().await, Err(StoreError::Unavailable));
    connection.unchecked_into::<web_sys::IdbDatabase>().close();
    assert!(listed().await.is_empty());
}

#[wasm_bindgen_test]
async fn a_held_name_is_waited_for() {
    let (first, second) = (page(), page());
    let held = first.store().hold("wallet/waited", &Cancel::default()).await.unwrap();
    let is_free = Rc::new(Cell::new(false));
    let frees = is_free.clone();
    spawn_local(async move {
        TimeoutFuture::new(50).await;
        frees.set(true);
        drop(held);
    });
    second.store().hold("wallet/waited", &Cancel::default()).await.unwrap();
    assert!(is_free.get());
}

#[wasm_bindgen_test]
async fn waiting_for_a_name_can_be_cancelled() {
    let page = page();
    let held = page.store().hold("wallet/given-up", &Cancel::default()).await.unwrap();
    let cancel = Cancel::default();
    let wish = cancel.clone();
    spawn_local(async move {
        TimeoutFuture::new(20).await;
        wish.cancel();
    });
    let refused = page.store().hold("wallet/given-up", &cancel).await.err();
    assert_eq!(refused, Some(StoreError::Cancelled));
    drop(held);
    page.store().hold("wallet/given-up", &Cancel::default()).await.unwrap();
}
