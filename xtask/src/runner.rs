//! The program that runs wasm tests in a browser.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{process, process::say, workspace};

/// Finds the test runner, or builds it once: it must be of the very version of the `wasm-bindgen` crate.
///
/// # Errors
/// If it can't be built.
pub(crate) fn ensure() -> Result<PathBuf> {
    let version = workspace::locked_version("wasm-bindgen-shared")?;
    let folder = workspace::made("tools")?;
    let runner = std::path::absolute(folder.join("bin/wasm-bindgen-test-runner"))?;
    let found = process::capture(Command::new(&runner).arg("--version")).unwrap_or_default();
    if found.split_whitespace().nth(1) == Some(&version) {
        return Ok(runner);
    }
    say(&format!(
        "building wasm-bindgen-test-runner {version} (once, about two minutes)"
    ));
    // Without --locked: its lockfile can name a release that a mirror does not have yet.
    process::capture(
        Command::new("cargo")
            .args([
                "install",
                "wasm-bindgen-cli",
                "--version",
                &version,
                "--bin",
                "wasm-bindgen-test-runner",
            ])
            .args(["--force", "--debug", "--quiet", "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(folder.join("build"))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
    )?;
    Ok(runner)
}
