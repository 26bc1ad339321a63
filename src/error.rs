//! Failures, as JavaScript's `Error`.

use wallet::ErrorCode;
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// An error as it is thrown: a native `Error` with more properties.
    #[wasm_bindgen(extends = js_sys::Error, js_name = Error)]
    type Thrown;

    #[wasm_bindgen(method, structural, setter)]
    fn set_code(this: &Thrown, code: &str);

    #[wasm_bindgen(method, structural, setter)]
    fn set_retryable(this: &Thrown, retryable: bool);

    #[wasm_bindgen(method, structural, setter, js_name = retryAfter)]
    fn set_retry_after(this: &Thrown, seconds: u32);

    #[wasm_bindgen(method, structural, setter)]
    fn set_refusal(this: &Thrown, refusal: &str);
}

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
        error.set_name("ClaimkitError");
        let thrown: &Thrown = error.unchecked_ref();
        thrown.set_code(self.code().as_str());
        thrown.set_retryable(self.code().is_retryable());
        if let Some(seconds) = retry_after {
            thrown.set_retry_after(seconds);
        }
        if let Some(refusal) = refusal {
            thrown.set_refusal(refusal);
        }
        error
    }
}

impl From<wallet::Error> for Failure {
    fn from(error: wallet::Error) -> Self {
        Self::Client(error)
    }
}
