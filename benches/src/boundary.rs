//! What Node calls.

use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Times every operation and gives the report as JSON.
///
/// # Errors
/// As [`crate::measure`].
#[wasm_bindgen]
pub fn measure(repetitions: usize) -> Result<String, JsError> {
    Ok(serde_json::to_string(&crate::measure(repetitions)?)?)
}
