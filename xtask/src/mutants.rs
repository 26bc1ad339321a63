//! Mutation: each function of `mpc` changed a little, to see whether a test notices.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use crate::{process, process::say};

/// What is changed.
#[derive(Args)]
pub(crate) struct Options {
    /// Changes this file of crates/mpc/src alone, such as `proof.rs`; may be given again for more
    #[arg(long, value_name = "FILE")]
    file: Vec<String>,
    /// Only says what would be changed
    #[arg(long)]
    list: bool,
}

/// Runs cargo-mutants with .cargo/mutants.toml; `false` if a change went unnoticed.
///
/// # Errors
/// If cargo-mutants is not installed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    ensure!(
        process::succeeds(Command::new("cargo").args(["mutants", "--version"])),
        "this needs `cargo mutants`: `cargo install cargo-mutants --locked`"
    );
    say("changing mpc, one place at a time: hours for all of it");
    let mut cargo = Command::new("cargo");
    cargo.args(["mutants", "--package", "claimkit-mpc", "--output", "target"]);
    for file in &options.file {
        cargo.args(["--file", &format!("crates/mpc/src/{file}")]);
    }
    if options.list {
        cargo.arg("--list");
    }
    Ok(cargo.status()?.success())
}
