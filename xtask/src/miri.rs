//! miri: the fast tests of `mpc` and `wire`, interpreted, with every undefined behaviour an error.

use anyhow::Result;

use crate::{nightly, process::say};

/// The tests of `mpc` that are done in minutes: what parses, packs and turns. The curves would take days.
const FAST: [&str; 7] = [
    "extension::matrix",
    "field::",
    "names::",
    "oracle::",
    "pairing::stored",
    "tags::",
    "timing::welch",
];

/// Runs them; `false` if one fails.
///
/// # Errors
/// If miri is not installed, which says what to install.
pub(crate) fn run() -> Result<bool> {
    nightly::ensure("miri", "rustup component add miri --toolchain nightly")?;
    say("interpreting the fast tests of mpc");
    let mpc = test(&["--package", "claimkit-mpc", "--lib", "--"], &FAST)?;
    say("interpreting the tests of wire");
    Ok(test(
        &["--package", "claimkit-wire", "--test", "envelopes", "--test", "control"],
        &[],
    )? && mpc)
}

fn test(arguments: &[&str], filters: &[&str]) -> Result<bool> {
    let status = nightly::cargo()
        .args(["miri", "test"])
        .args(arguments)
        .args(filters)
        // Randomness is the system's.
        .env("MIRIFLAGS", "-Zmiri-disable-isolation")
        .status()?;
    Ok(status.success())
}
