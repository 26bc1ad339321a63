//! Programs that are built from crates, into a folder of the project's own.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{process, process::say, workspace};

/// Finds a program of a crate in just this version, or builds it once; `optimised`, if it computes: that takes twice as long to build.
///
/// # Errors
/// If it can't be built.
pub(crate) fn ensure(package: &str, program: &str, version: &str, optimised: bool) -> Result<PathBuf> {
    let folder = workspace::made("tools")?;
    let path = std::path::absolute(folder.join("bin").join(program))?;
    let found = process::capture(Command::new(&path).arg("--version")).unwrap_or_default();
    if found.split_whitespace().nth(1) == Some(version) {
        return Ok(path);
    }
    say(&format!("building {program} {version} (once, a few minutes)"));
    // Without --locked: a lockfile can name a release that a mirror does not have yet.
    process::capture(
        Command::new("cargo")
            .args(["install", package, "--version", version, "--bin", program])
            .args(["--force", "--debug", "--quiet", "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(folder.join("build"))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", if optimised { "1" } else { "0" })
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
    )?;
    Ok(path)
}
