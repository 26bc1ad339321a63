//! Programs that are built from crates, once for all checkouts of a user.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{process, process::say, workspace};

/// Finds a program of a crate in just this version, or builds it once; `optimised`, if it computes: that takes twice as long to build.
///
/// # Errors
/// If it can't be built.
pub(crate) fn ensure(package: &str, program: &str, version: &str, optimised: bool) -> Result<PathBuf> {
    let folder = cache()?.join(format!("{program}-{version}"));
    let path = folder.join("bin").join(program);
    let found = process::capture(Command::new(&path).arg("--version")).unwrap_or_default();
    if found.split_whitespace().nth(1) == Some(version) {
        return Ok(path);
    }
    say(&format!(
        "building {program} {version} into {} (once, a few minutes)",
        folder.display()
    ));
    // Without --locked: a lockfile can name a release that a mirror does not have yet.
    process::capture(
        Command::new("cargo")
            .args(["install", package, "--version", version, "--bin", program])
            .args(["--force", "--debug", "--quiet", "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(workspace::made("tools")?.join("build"))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", if optimised { "1" } else { "0" })
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
    )?;
    Ok(path)
}

/// The folder for what checkouts share: `XDG_CACHE_HOME`, or `~/.cache`, and `claimkit/tools` below it.
fn cache() -> Result<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME says where to keep tools")?;
    Ok(std::path::absolute(base.join("claimkit/tools"))?)
}
