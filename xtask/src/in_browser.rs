//! The tests that are compiled to wasm, and run in a browser's engine.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    counts::Counts,
    process, runner,
    setup::{
        browser,
        engines::{self, Firefox, WebKit},
        target::{self, TRIPLE},
    },
    workspace,
};

/// The page's side of every port.
const PORTS: &[&str] = &["-p", "claimkit", "--test", "web"];
/// The protocols with their known answers: the same instructions in every engine.
const ANSWERS: [&[&str]; 3] = [
    &["-p", "claimkit-mpc", "--lib"],
    &["-p", "claimkit-mpc", "--test", "vectors"],
    &["-p", "claimkit-wire", "--test", "released"],
];
/// What an engine without passkeys can't be asked.
const WITHOUT_PASSKEYS: &[&str] = &["--", "--skip", "passkeys::"];

/// Runs everything in Chromium.
///
/// # Errors
/// If the browser or a tool can't be had.
pub(crate) fn chromium() -> Result<Counts> {
    let browser = browser::ensure()?;
    let capabilities = std::path::absolute("webdriver.json")?;
    let mut all = Counts::default();
    for tests in std::iter::once(PORTS).chain(ANSWERS) {
        let mut cargo = in_driver("CHROMEDRIVER", &shim()?, &capabilities, tests)?;
        cargo.env("REAL_DRIVER", &browser.driver);
        all += count(&mut cargo)?;
    }
    Ok(all)
}

/// Runs the page's side in Firefox.
///
/// # Errors
/// If the browser or a tool can't be had.
pub(crate) fn firefox() -> Result<Counts> {
    let Firefox { firefox, driver } = engines::ensure_firefox()?;
    let capabilities = capabilities(
        "firefox",
        &json!({ "moz:firefoxOptions": { "binary": firefox, "args": ["-headless"], "prefs": {
            // Authenticators of software and no others.
            "security.webauth.webauthn_enable_softtoken": true,
            "security.webauth.webauthn_enable_usbtoken": false,
        } } }),
    )?;
    count(in_driver("GECKODRIVER", &shim()?, &capabilities, PORTS)?.env("REAL_DRIVER", driver))
}

/// Runs the page's side in WebKitGTK, but for its passkeys: it has none.
///
/// # Errors
/// If the browser or a tool can't be had.
pub(crate) fn webkit() -> Result<Counts> {
    let WebKit { driver, screen } = engines::ensure_webkit()?;
    let screen = Screen::open(&screen)?;
    let capabilities = capabilities("webkit", &json!({}))?;
    let mut cargo = in_driver("SAFARIDRIVER", &driver, &capabilities, PORTS)?;
    count(cargo.args(WITHOUT_PASSKEYS).env("DISPLAY", &screen.name))
}

/// A cargo that runs tests in the browser of a driver.
fn in_driver(variable: &str, driver: &Path, capabilities: &Path, tests: &[&str]) -> Result<Command> {
    let mut cargo = target::ensure(None)?.cargo();
    cargo
        .args(["test", "--target", TRIPLE, "--no-fail-fast"])
        .args(tests)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner::ensure()?)
        .env(variable, driver)
        // The runner starts in the package's folder and looks for the file there.
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
        // For the tests that don't say themselves where they want to run.
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        // A loaded machine takes its time to start a browser, and unoptimised arithmetic its time to run.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    // The runner takes the first driver that it knows of.
    for other in ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER"] {
        if other != variable {
            cargo.env_remove(other);
        }
    }
    Ok(cargo)
}

fn shim() -> Result<PathBuf> {
    process::run(Command::new("cargo").args(["build", "--quiet", "-p", "xtask", "--bin", "webdriver-shim"]))?;
    Ok(std::path::absolute(workspace::artifact("debug/webdriver-shim"))?)
}

/// Writes down what is asked of a browser, where the runner can read it.
fn capabilities(engine: &str, capabilities: &serde_json::Value) -> Result<PathBuf> {
    let path = std::path::absolute(workspace::made("tools")?.join(format!("{engine}.json")))?;
    fs::write(&path, capabilities.to_string()).with_context(|| format!("can't write {}", path.display()))?;
    Ok(path)
}

/// Runs tests, and counts what their programs say of them.
///
/// # Errors
/// If they can't be started.
pub(crate) fn count(command: &mut Command) -> Result<Counts> {
    let watched = process::watch(command)?;
    Ok(Counts::read(&watched.output, watched.success))
}

/// A screen that nobody sees, until it is dropped.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn open(xvfb: &Path) -> Result<Self> {
        let mut server = Command::new(xvfb)
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("can't start a virtual screen")?;
        let mut number = String::new();
        if let Some(stream) = server.stdout.take() {
            BufReader::new(stream).read_line(&mut number)?;
        }
        let name = format!(":{}", number.trim());
        Ok(Self { server, name })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill().and_then(|()| self.server.wait());
    }
}
