//! The program that runs wasm tests in a browser.

use std::path::PathBuf;

use anyhow::Result;

use crate::{setup::tool, workspace};

/// Finds the test runner, or builds it once: it must be of the very version of the `wasm-bindgen` crate.
///
/// # Errors
/// If it can't be built.
pub(crate) fn ensure() -> Result<PathBuf> {
    let version = workspace::locked_version("wasm-bindgen-shared")?;
    tool::ensure("wasm-bindgen-cli", "wasm-bindgen-test-runner", &version, true)
}
