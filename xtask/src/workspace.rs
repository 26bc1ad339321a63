//! Where things are. Every command runs in the workspace's root, so all other paths are relative to it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

/// Goes to the workspace's root.
///
/// # Errors
/// If the folder this command was built in is gone.
pub(crate) fn enter() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    env::set_current_dir(root).context("the workspace this command was built in is gone: run `cargo xtask` again")
}

/// A file that cargo builds: `CARGO_TARGET_DIR`, or `target`, and `path` below it.
pub(crate) fn artifact(path: impl AsRef<Path>) -> PathBuf {
    PathBuf::from(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())).join(path)
}

/// A folder below `target` for what these commands make, created when missing.
///
/// # Errors
/// If it can't be created.
pub(crate) fn made(path: impl AsRef<Path>) -> Result<PathBuf> {
    let folder = Path::new("target").join(path);
    std::fs::create_dir_all(&folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    Ok(folder)
}

/// The version of a package in the workspace's lockfile.
///
/// # Errors
/// If the lockfile can't be read or has no such package.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Lockfile {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }

    let text = std::fs::read_to_string("Cargo.lock").context("can't read Cargo.lock")?;
    let lockfile: Lockfile = toml::from_str(&text).context("Cargo.lock is not as cargo writes it")?;
    let mut versions = lockfile.package.into_iter().filter(|found| found.name == package);
    let version = versions
        .next()
        .with_context(|| format!("Cargo.lock has no package `{package}`"))?
        .version;
    ensure!(
        versions.next().is_none(),
        "Cargo.lock has more than one version of `{package}`"
    );
    Ok(version)
}
