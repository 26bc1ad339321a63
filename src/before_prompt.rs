//! What a page is asked before a prompt that follows another: browsers may want each to be the act of a click of its own.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wallet::{BeforePrompt, Prompt};
use wasm_bindgen::JsValue;

use crate::host::Cause;

/// The page's function under `beforePrompt`: what it throws, or rejects with, is why the call ends.
pub(crate) fn before_prompt(function: Function, cause: Rc<Cause>) -> BeforePrompt {
    Box::new(move |prompt| {
        let name = match prompt {
            Prompt::Output => "output",
            Prompt::Approve => "approve",
        };
        let asked = function.call1(&JsValue::UNDEFINED, &name.into());
        let cause = cause.clone();
        Box::pin(async move {
            let answered = match asked {
                Ok(answer) => Promise::resolve(&answer).await,
                Err(thrown) => Err(thrown),
            };
            answered.map(drop).map_err(|thrown| {
                cause.keep(thrown);
                wallet::Error::Cancelled
            })
        })
    })
}
