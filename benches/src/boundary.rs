//! What Node calls.

use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// What a page does at its first visit, in milliseconds.
///
/// # Errors
/// As [`crate::first_visit`].
#[wasm_bindgen(js_name = firstVisit)]
pub fn first_visit() -> Result<f64, JsError> {
    Ok(crate::first_visit()?)
}

/// Times every operation and gives the report as JSON.
///
/// # Errors
/// As [`crate::measure`].
#[wasm_bindgen]
pub fn measure(repetitions: usize) -> Result<String, JsError> {
    Ok(serde_json::to_string(&crate::measure(repetitions)?)?)
}
