//! The engines beside Chromium: Firefox, and WebKitGTK, which has no passkeys.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{browser::find, debian, tool};

/// geckodriver's version: Debian has no package of it.
const GECKODRIVER: &str = "0.37.1";

/// Firefox, with its driver.
pub(crate) struct Firefox {
    /// Firefox itself.
    pub(crate) firefox: PathBuf,
    /// geckodriver.
    pub(crate) driver: PathBuf,
}

/// WebKitGTK's driver, which knows its browser, and a screen for it: it has no headless form.
pub(crate) struct WebKit {
    /// WebKitWebDriver.
    pub(crate) driver: PathBuf,
    /// Xvfb.
    pub(crate) screen: PathBuf,
}

/// Finds Firefox and geckodriver, by `FIREFOX` and `GECKODRIVER` first, or installs Debian's Firefox and builds geckodriver.
///
/// # Errors
/// One sentence that says what to install.
pub(crate) fn ensure_firefox() -> Result<Firefox> {
    let found = || find("FIREFOX", &["firefox-esr", "firefox"]);
    let firefox = match found()? {
        Some(firefox) => firefox,
        None => {
            debian::install("Firefox", &["firefox-esr"])?;
            found()?.context("firefox-esr is still missing after its installation")?
        }
    };
    let driver = match find("GECKODRIVER", &["geckodriver"])? {
        Some(driver) => driver,
        None => tool::ensure("geckodriver", "geckodriver", GECKODRIVER, false)?,
    };
    Ok(Firefox { firefox, driver })
}

/// Finds WebKitGTK's driver and Xvfb, by `WEBKITDRIVER` and `XVFB` first, or installs Debian's.
///
/// # Errors
/// One sentence that says what to install.
pub(crate) fn ensure_webkit() -> Result<WebKit> {
    let driver = || find("WEBKITDRIVER", &["WebKitWebDriver"]);
    let screen = || find("XVFB", &["Xvfb"]);
    if let (Some(driver), Some(screen)) = (driver()?, screen()?) {
        return Ok(WebKit { driver, screen });
    }
    debian::install(
        "WebKitGTK with its driver and a virtual screen",
        &["webkit2gtk-driver", "xvfb"],
    )?;
    Ok(WebKit {
        driver: driver()?.context("WebKitWebDriver is still missing after its installation")?,
        screen: screen()?.context("Xvfb is still missing after its installation")?,
    })
}
