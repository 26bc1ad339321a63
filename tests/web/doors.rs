//! The boundary's doors: what JavaScript passes in, and what it gets back.

use claimkit::{Kit, verify_receipt};
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, convert::TryFromJsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

fn member(error: &JsValue, name: &str) -> JsValue {
    Reflect::get(error, &name.into()).unwrap()
}

async fn code(refused: Promise) -> String {
    let error = refused.await.unwrap_err();
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!(member(&error, "name"), "ClaimkitError");
    member(&error, "code").as_string().unwrap()
}

#[wasm_bindgen_test]
async fn a_kit_is_connected() {
    let options = object(&[("cosigner", "https://cosigner.example.com".into())]);
    let kit = Kit::connect(&options, &JsValue::UNDEFINED).await.unwrap();
    assert_eq!(member(&kit, "publicKey").as_string().unwrap().len(), 43);
}

#[wasm_bindgen_test]
async fn what_is_not_known_is_refused() {
    let address = JsValue::from("https://cosigner.example.com");
    for options in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        5.into(),
        object(&[("cosigner", 5.into())]),
        object(&[("cosigner", "http://example.com".into())]),
        object(&[("cosigner", address.clone()), ("cosinger", address.clone())]),
        object(&[("cosigner", address.clone()), ("signal", Object::new().into())]),
        object(&[("cosigner", address.clone()), ("identity", "me".into())]),
    ] {
        assert_eq!(
            code(Kit::connect(&options, &JsValue::UNDEFINED)).await,
            "invalid_argument"
        );
    }
}

#[wasm_bindgen_test]
async fn a_getter_that_throws_is_refused() {
    let options = Object::new();
    let getter = Closure::<dyn FnMut() -> Result<JsValue, JsValue>>::new(|| Err("thrown".into()));
    let descriptor = object(&[("enumerable", JsValue::TRUE), ("get", getter.as_ref().clone())]);
    Object::define_property(&options, &"cosigner".into(), descriptor.unchecked_ref());
    assert_eq!(
        code(Kit::connect(&options, &JsValue::UNDEFINED)).await,
        "invalid_argument"
    );
}

#[wasm_bindgen_test]
async fn a_signals_reason_is_the_cause() {
    let controller = AbortController::new().unwrap();
    controller.abort_with_reason(&"mine".into());
    let options = object(&[
        ("cosigner", "https://cosigner.example.com".into()),
        ("signal", controller.signal().into()),
    ]);
    let error = Kit::connect(&options, &JsValue::UNDEFINED).await.unwrap_err();
    assert_eq!(member(&error, "code"), "cancelled");
    assert_eq!(member(&error, "cause"), "mine");
}

#[wasm_bindgen_test]
fn what_is_no_receipt_is_refused() {
    let error = verify_receipt(&object(&[("receipt", "nothing".into())])).unwrap_err();
    assert_eq!(member(&error, "code"), "invalid_argument");
    assert_eq!(member(&error, "retryable"), JsValue::FALSE);
}

#[wasm_bindgen_test]
async fn a_browser_that_was_never_interrupted_resumes_nothing() {
    let options = object(&[("cosigner", "https://cosigner.example.com".into())]);
    let kit: Kit =
        TryFromJsValue::try_from_js_value(Kit::connect(&options, &JsValue::UNDEFINED).await.unwrap()).unwrap();
    let resumed = kit.resume(&JsValue::UNDEFINED).await.unwrap();
    for name in ["finished", "rolledBack", "busy"] {
        assert_eq!(member(&resumed, name).unchecked_into::<Array>().length(), 0);
    }
    assert_eq!(
        code(kit.resume(&object(&[("onprogress", JsValue::NULL)]))).await,
        "invalid_argument"
    );
    assert_eq!(
        code(kit.restore(&object(&[("passkey", JsValue::NULL)]))).await,
        "invalid_argument"
    );
}
