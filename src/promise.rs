//! Work, as a promise.

use std::{pin::Pin, rc::Rc};

use js_sys::Promise;
use wallet::{ErrorCode, host::Cancel};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::{
    error::{Failure, define},
    host::{Cause, Said},
    signal::Call,
};

/// What a caller asked for, read from its options, and the signal that came with it.
pub(crate) type Asked<A> = Result<(A, Option<AbortSignal>), Failure>;

/// Does what was asked for, as a promise; it rejects with an `Error` whose cause is the caller's reason or what the host said.
///
/// The options have been read by now: what the caller does with its objects after the call changes nothing.
pub(crate) fn promise<A: 'static, T: Into<JsValue>>(
    cause: Rc<Cause>,
    asked: Asked<A>,
    work: impl AsyncFnOnce(A, &Cancel) -> Result<T, wallet::Error> + 'static,
) -> Promise {
    let (asked, signal) = match asked {
        Ok(asked) => asked,
        Err(failure) => return Promise::reject(&failure.to_js()),
    };
    let call = Call::new(signal);
    let cancel = call.cancel.clone();
    let work = async move { work(asked, &cancel).await.map(Into::into) };
    settle(call, cause, Box::pin(work))
}

/// One for all calls: what is generic is repeated in the module for each.
fn settle(
    call: Call,
    cause: Rc<Cause>,
    work: Pin<Box<dyn Future<Output = Result<JsValue, wallet::Error>>>>,
) -> Promise {
    future_to_promise(async move {
        // What an earlier call left is not this one's cause.
        drop(cause.take());
        let done = match call.cancel.is_cancelled() {
            true => Err(wallet::Error::Cancelled),
            false => work.await,
        };
        done.map_err(|error| thrown(error, &call, cause.take()).into())
    })
}

/// A failure as it is thrown, with its cause.
fn thrown(error: wallet::Error, call: &Call, said: Option<Said>) -> js_sys::Error {
    let code = error.code();
    let thrown = Failure::from(error).to_js();
    match (code, said) {
        (ErrorCode::Cancelled, _) => define(&thrown, "cause", call.reason()),
        (_, Some(Said::Thrown(cause))) => define(&thrown, "cause", cause),
        (code, Some(Said::Unclear(cause, sentence))) => {
            define(&thrown, "cause", cause);
            if code == ErrorCode::CoSignerUnreachable {
                define(&thrown, "message", format!("{}. {sentence}", thrown.message()).into());
            }
        }
        (_, Some(Said::Hint(sentence))) => {
            define(&thrown, "message", format!("{}: {sentence}", thrown.message()).into())
        }
        (_, None) => {}
    }
    thrown
}
