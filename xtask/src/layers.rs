//! Which way the arrows go: what each package may name, read from `cargo metadata` and held by this crate's tests.

mod graph;
mod rules;
mod sources;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::Result;

use crate::process::say;
use graph::Graph;

/// Checks every arrow and prints those that point the wrong way; `false` if there is one.
///
/// # Errors
/// If the workspace can't be read.
pub(crate) fn hold() -> Result<bool> {
    say("checking the layers");
    let wrong = wrong_arrows()?;
    for arrow in &wrong {
        println!("  {arrow}");
    }
    Ok(wrong.is_empty())
}

/// Every arrow of the workspace that points the wrong way, each as a sentence.
///
/// # Errors
/// If the workspace can't be read.
fn wrong_arrows() -> Result<Vec<String>> {
    let mut wrong = rules::broken(&Graph::of_workspace()?);
    for folder in sources::CONSUMERS {
        wrong.extend(sources::reaching_in(Path::new(folder))?);
    }
    wrong.extend(sources::naming_a_clock(Path::new("crates/mpc/src"))?);
    Ok(wrong)
}
