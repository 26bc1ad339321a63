//! The npm package.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    process,
    process::say,
    setup::node::{self, npm},
    wasm, workspace,
};

/// Builds the package and packs it, and gives the tarball's absolute path; quick if nothing changed.
///
/// # Errors
/// If a tool can't be had, or a step fails.
pub(crate) fn build() -> Result<PathBuf> {
    wasm::build()?;
    let tarball = std::path::absolute(workspace::made("npm")?.join("claimkit.tgz"))?;
    let sources = sources(Path::new("npm"))?;
    let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    if process::is_newer(&tarball, &sources) {
        return Ok(tarball);
    }
    node::install("npm")?;
    say("building the npm package");
    process::capture(npm("npm").args(["run", "build"]))?;
    let packed = process::capture(npm("npm").args(["pack", "--silent", "--pack-destination", "../target/npm"]))?;
    let name = packed.lines().last().context("npm pack named no file")?;
    fs::rename(Path::new("target/npm").join(name), &tarball).context("can't name the tarball")?;
    Ok(tarball)
}

/// Every file of the package that a person or an earlier step wrote.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| format!("can't read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.ends_with("node_modules") || path.ends_with("dist") {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
