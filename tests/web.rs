//! What only a browser can show, in a browser: storage, passkeys, `fetch`, and the protocols as wasm runs them.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy doesn't know these tests for tests"
)]

#[path = "web/doors.rs"]
mod doors;
#[path = "web/passkeys.rs"]
mod passkeys;
#[path = "web/protocols.rs"]
mod protocols;
#[path = "web/store.rs"]
mod store;
#[path = "web/transport.rs"]
mod transport;

use claimkit::host::Page;
use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

/// This page, with the server it was loaded from in the co-signer's place.
fn page() -> Page {
    let location = js_sys::Reflect::get(&js_sys::global(), &"location".into()).unwrap();
    let origin = js_sys::Reflect::get(&location, &"origin".into()).unwrap();
    Page::new(origin.as_string().unwrap(), &js_sys::global())
}
