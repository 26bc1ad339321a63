//! Chromium and its driver.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, ensure};

use super::debian;
use crate::process;

/// A browser that can be driven.
pub(crate) struct Browser {
    /// Chromium itself.
    pub(crate) chromium: PathBuf,
    /// ChromeDriver, of the same release.
    pub(crate) driver: PathBuf,
}

/// Finds Chromium and ChromeDriver, by `CHROMIUM` and `CHROMEDRIVER` first, or installs Debian's.
///
/// # Errors
/// One sentence that says what to install.
pub(crate) fn ensure() -> Result<Browser> {
    let chromium = find("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?;
    let driver = find("CHROMEDRIVER", &["chromedriver"])?;
    if let (Some(chromium), Some(driver)) = (chromium, driver) {
        return Ok(Browser { chromium, driver });
    }
    debian::install("Chromium with its driver", &["chromium", "chromium-driver"])?;
    Ok(Browser {
        chromium: find("CHROMIUM", &["chromium"])?.context("chromium is still missing after its installation")?,
        driver: find("CHROMEDRIVER", &["chromedriver"])?
            .context("chromedriver is still missing after its installation")?,
    })
}

pub(super) fn find(variable: &str, programs: &[&str]) -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(variable).map(PathBuf::from) else {
        return Ok(programs.iter().find_map(|program| process::find(program)));
    };
    ensure!(path.is_file(), "{variable} names {}, which is no file", path.display());
    Ok(Some(path))
}
