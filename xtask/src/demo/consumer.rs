//! A folder that uses the packed package, as an app would.

use std::path::Path;

use anyhow::Result;

use crate::{process, process::say, setup::node::npm};

/// Installs the packed tarball into a folder's packages, unless it is the one that is there.
///
/// # Errors
/// If npm fails.
pub(crate) fn install_package(folder: &str, tarball: &Path) -> Result<()> {
    let installed = Path::new(folder).join("node_modules/.claimkit-tarball");
    if process::is_newer(&installed, &[tarball]) && Path::new(folder).join("node_modules/claimkit").exists() {
        return Ok(());
    }
    say(&format!("installing the packed package in {folder}/"));
    process::capture(
        npm(folder)
            .args(["install", "--no-save", "--no-package-lock"])
            .arg(tarball),
    )?;
    std::fs::write(&installed, "")?;
    Ok(())
}
