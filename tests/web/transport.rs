//! The page's `fetch`, towards the server that the tests come from.

use claimkit::host::Page;
use wallet::host::{Cancel, CoSigner, Host, HttpRequest, HttpResponse, TransportError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page;

async fn send(page: &Page, answer_limit: usize, cancel: &Cancel) -> Result<HttpResponse, TransportError> {
    let request = HttpRequest {
        body: None,
        path: "/",
        content_type: "application/json",
        authorization: None,
        headers: &[],
        answer_limit,
        cancel,
    };
    page.co_signer().send(request).await
}

#[wasm_bindgen_test]
async fn an_answer_is_read_whole() {
    let answer = send(&page(), 1 << 20, &Cancel::default()).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (200, None));
    assert!(String::from_utf8_lossy(&answer.body).to_lowercase().contains("</html>"));
    let exactly = send(&page(), answer.body.len(), &Cancel::default()).await.unwrap();
    assert_eq!(exactly.body, answer.body);
}

#[wasm_bindgen_test]
async fn an_answer_longer_than_asked_for_is_none() {
    let answer = send(&page(), 1 << 20, &Cancel::default()).await.unwrap();
    let short = send(&page(), answer.body.len() - 1, &Cancel::default()).await;
    assert_eq!(short.err(), Some(TransportError::Unreachable));
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_unreachable() {
    let nowhere = Page::new("http://localhost:1".to_owned(), &js_sys::global());
    assert_eq!(
        send(&nowhere, 64, &Cancel::default()).await.err(),
        Some(TransportError::Unreachable)
    );
}

#[wasm_bindgen_test]
async fn a_cancelled_call_sends_nothing() {
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(send(&page(), 64, &cancel).await.err(), Some(TransportError::Cancelled));
}

#[wasm_bindgen_test]
async fn a_request_under_way_can_be_cancelled() {
    let cancel = Cancel::default();
    let wish = cancel.clone();
    // Runs when the request below has been started and waits.
    wasm_bindgen_futures::spawn_local(async move { wish.cancel() });
    assert_eq!(send(&page(), 64, &cancel).await.err(), Some(TransportError::Cancelled));
}
