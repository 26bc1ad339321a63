//! Failures, as JavaScript's `Error`.

use js_sys::{Object, Reflect};
use wallet::ErrorCode;
use wasm_bindgen::JsValue;

/// Why a call failed: the client said so, or its arguments never reached the client.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client's error.
    Client(wallet::Error),
    /// What is wrong with an argument, in a sentence.
    Argument(String),
}

impl Failure {
    /// The code to branch on.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Client(error) => error.code(),
            Self::Argument(_) => ErrorCode::InvalidArgument,
        }
    }

    /// The `Error` that JavaScript sees: `name`, `message`, `code`, `retryable`, and where there are such `retryAfter` and `refusal`.
    pub(crate) fn to_js(&self) -> js_sys::Error {
        let (message, retry_after, refusal) = match self {
            Self::Client(error) => (error.to_string(), error.retry_after(), error.refusal()),
            Self::Argument(message) => (message.clone(), None, None),
        };
        let error = js_sys::Error::new(&message);
        define(&error, "name", "ClaimkitError".into());
        define(&error, "code", self.code().as_str().into());
        define(&error, "retryable", self.code().is_retryable().into());
        if let Some(seconds) = retry_after {
            define(&error, "retryAfter", seconds.into());
        }
        if let Some(refusal) = refusal {
            define(&error, "refusal", refusal.into());
        }
        error
    }
}

/// Gives an error a property of its own. Not by assignment: where a hardened page has frozen the prototype of all errors, that throws, and what is
/// thrown into this module leaves it without running a destructor.
pub(crate) fn define(error: &js_sys::Error, name: &str, value: JsValue) {
    // As the language's own errors have them.
    let is_shown = !matches!(name, "message" | "cause");
    let descriptor = Object::new();
    for (attribute, set) in [
        ("value", value),
        ("writable", JsValue::TRUE),
        ("enumerable", is_shown.into()),
        ("configurable", JsValue::TRUE),
    ] {
        Reflect::set(&descriptor, &attribute.into(), &set).ok();
    }
    // An error without it is better than none.
    Reflect::define_property(error, &name.into(), &descriptor).ok();
}

impl From<wallet::Error> for Failure {
    fn from(error: wallet::Error) -> Self {
        Self::Client(error)
    }
}
