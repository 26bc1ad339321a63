//! How far a claim has come, as a page is told.

use js_sys::{Function, Promise};
use serde::Serialize;
use wallet::Progress;
use wasm_bindgen::JsValue;

use crate::{data::to_js, error::Failure, options::Options};

/// `ClaimProgress`.
#[derive(Serialize)]
struct ClaimProgress {
    phase: &'static str,
    step: u32,
    of: u32,
}

impl From<Progress> for ClaimProgress {
    fn from(progress: Progress) -> Self {
        Self {
            phase: progress.phase.as_str(),
            step: progress.step,
            of: progress.of,
        }
    }
}

/// What is told of each step.
pub(crate) type Listener = Option<Box<dyn Fn(Progress)>>;

/// Reads the page's function under `onProgress`, if there is one.
pub(crate) fn listener(options: &Options) -> Result<Listener, Failure> {
    Ok(options.function("onProgress")?.map(telling))
}

fn telling(function: Function) -> Box<dyn Fn(Progress)> {
    Box::new(move |progress| {
        let told = to_js(&ClaimProgress::from(progress)).map(|event| function.call1(&JsValue::UNDEFINED, &event));
        if let Ok(Err(thrown)) = told {
            // The page's own fault: it is reported as such, and the claim goes on.
            drop(Promise::reject(&thrown));
        }
    })
}
