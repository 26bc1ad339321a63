//! The nightly compiler, which fuzzing and miri need and nothing else here does.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process;

/// Cargo of the nightly toolchain.
pub(crate) fn cargo() -> Command {
    let mut rustup = Command::new("rustup");
    rustup.args(["run", "nightly", "cargo"]);
    rustup
}

/// Refuses, in a sentence that says what to do, where there is no nightly toolchain or not this subcommand of its cargo.
///
/// # Errors
/// That sentence.
pub(crate) fn ensure(subcommand: &str, install: &str) -> Result<()> {
    ensure!(
        process::succeeds(cargo().arg("--version")),
        "this needs a nightly compiler: `rustup toolchain install nightly`"
    );
    ensure!(
        process::succeeds(cargo().args([subcommand, "--version"])),
        "this needs `cargo {subcommand}`: `{install}`"
    );
    Ok(())
}
