//! Node, and packages from its registry.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{process, process::say, stamp::Stamp};

const OLDEST: u32 = 20;

/// Checks that Node is there and new enough.
///
/// # Errors
/// One sentence that says what to install.
pub(crate) fn ensure() -> Result<()> {
    let version = version().unwrap_or_default();
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST) && process::find("npm").is_some(),
        "Node {OLDEST} or newer with npm is missing: install it from nodejs.org or your system's packages"
    );
    Ok(())
}

/// Node's version, without its `v`.
///
/// # Errors
/// If there is no Node.
pub(crate) fn version() -> Result<String> {
    Ok(process::capture(Command::new("node").arg("--version"))?
        .trim()
        .trim_start_matches('v')
        .to_owned())
}

/// An npm that runs in `folder`.
pub(crate) fn npm(folder: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder);
    npm
}

/// Installs the packages that `folder`'s lockfile names, if that has changed since the last time.
///
/// # Errors
/// If there is no lockfile, or npm fails.
pub(crate) fn install(folder: &str) -> Result<()> {
    let lockfile = Path::new(folder).join("package-lock.json");
    let wanted = std::fs::read_to_string(&lockfile).with_context(|| format!("can't read {}", lockfile.display()))?;
    let stamp = Stamp::new(Path::new(folder).join("node_modules/.claimkit-lockfile"));
    if stamp.says(&wanted) {
        return Ok(());
    }
    say(&format!(
        "installing the npm packages of {folder}/ (what must be compiled takes a minute)"
    ));
    process::capture(npm(folder).arg("ci"))?;
    stamp.set(&wanted)
}
