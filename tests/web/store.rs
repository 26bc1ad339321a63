//! IndexedDB and Web Locks.

use gloo_timers::future::TimeoutFuture;
use wallet::host::{Cancel, Host, Record, ShareStore, StoreError};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page;

#[wasm_bindgen_test]
async fn the_browsers_store_keeps_the_contract() {
    assert_eq!(wallet::contract::share_store(page().store()).await, Ok(()));
}

#[wasm_bindgen_test]
async fn what_one_page_put_another_lists() {
    let record = Record {
        key: "wallet/shared".to_owned(),
        bytes: (0..=255).collect(),
    };
    page().store().put(std::slice::from_ref(&record)).await.unwrap();
    assert_eq!(page().store().list().await.unwrap(), std::slice::from_ref(&record));
    page().store().delete(&[record.key]).await.unwrap();
    assert!(page().store().list().await.unwrap().is_empty());
}

#[wasm_bindgen_test]
async fn a_held_name_is_waited_for() {
    let (first, second) = (page(), page());
    let held = first.store().hold("wallet/waited", &Cancel::default()).await.unwrap();
    spawn_local(async move {
        TimeoutFuture::new(50).await;
        drop(held);
    });
    let start = js_sys::Date::now();
    second.store().hold("wallet/waited", &Cancel::default()).await.unwrap();
    assert!(js_sys::Date::now() - start >= 40.0);
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
