//! What a bare machine lacks, and how it gets it. Every piece is looked for first, so that a second run does nothing.

pub(crate) mod browser;
pub(crate) mod debian;
pub(crate) mod distro;
pub(crate) mod engines;
pub(crate) mod node;
pub(crate) mod target;
pub(crate) mod tool;

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
    let firefox = engines::ensure_firefox()?;
    let webkit = engines::ensure_webkit()?;
    runner::ensure()?;
    say(&format!("wasm target: {}", target.source()));
    for (name, driver) in [
        (browser.chromium.display(), &browser.driver),
        (firefox.firefox.display(), &firefox.driver),
    ] {
        say(&format!("browser: {name}, driven by {}", driver.display()));
    }
    say(&format!("browser: WebKitGTK's, driven by {}", webkit.driver.display()));
    Ok(())
}
