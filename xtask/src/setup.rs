//! What a bare machine lacks, and how it gets it. Every piece is looked for first, so that a second run does nothing.

pub(crate) mod browser;
pub(crate) mod debian;
pub(crate) mod distro;
pub(crate) mod node;
pub(crate) mod target;

use anyhow::Result;
use clap::Args;

use crate::{process::say, runner};

/// How the set-up is asked for by name; every other command does what it needs of it by itself.
#[derive(Args)]
pub(crate) struct Options {
    /// Gets the wasm target's standard library this one way, instead of by the first that works
    #[arg(long, value_enum)]
    wasm_target: Option<target::Source>,
}

/// Sets up everything, whether the next command needs it or not.
///
/// # Errors
/// One sentence that says what to install, where something can't be had.
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = target::ensure(options.wasm_target)?;
    node::ensure()?;
    node::install("xtask")?;
    let browser = browser::ensure()?;
    runner::ensure()?;
    say(&format!("wasm target: {}", target.source()));
    say(&format!(
        "browser: {}, driven by {}",
        browser.chromium.display(),
        browser.driver.display()
    ));
    Ok(())
}
