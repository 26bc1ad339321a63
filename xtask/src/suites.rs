//! How each suite of tests is run, and what all of them need.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    build::{self, Profile},
    counts::Counts,
    demo::install_package,
    drill,
    in_browser::count,
    package, process,
    process::say,
    runner,
    setup::{
        browser, debian, engines,
        node::{self, npm},
    },
    test::Options,
    workspace,
};

/// The variable that asks tests for their long form.
const LONG: &str = "CLAIMKIT_LONG";

impl Options {
    /// How the programs that are tested are built: the tests' own way, or, in the long form, the way they are deployed.
    fn profile(&self) -> Profile {
        if self.long { Profile::Release } else { Profile::Dev }
    }
}

/// Packs the npm package, and installs it where tests and demo use it.
pub(crate) fn module() -> Result<Counts> {
    install(&package::build()?)?;
    Ok(Counts::default())
}

fn install(tarball: &Path) -> Result<()> {
    for folder in ["pkg-tests", "www"] {
        node::install(folder)?;
        install_package(folder, tarball)?;
    }
    Ok(())
}

/// Compiles the native tests, and the programs that other tests start.
pub(crate) fn build(options: &Options) -> Result<Counts> {
    say("building the native tests");
    build::tests()?;
    if options.profile() == Profile::Release {
        build::co_signer(Profile::Release)?;
        build::drill(Profile::Release)?;
    }
    browser::ensure()?;
    // For the certificates of a run.
    debian::ensure("openssl")?;
    Ok(Counts::default())
}

/// Gets what drives the browsers beside Chromium, and what runs wasm tests in any.
pub(crate) fn tools() -> Result<Counts> {
    runner::ensure()?;
    engines::ensure_firefox()?;
    engines::ensure_webkit()?;
    Ok(Counts::default())
}

/// Everything that cargo calls a test.
pub(crate) fn native(options: &Options) -> Result<Counts> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    if options.long {
        cargo.env(LONG, "1");
    }
    count(&mut cargo)
}

/// The package's own tests, which need neither a browser nor a co-signer.
pub(crate) fn npm_package() -> Result<Counts> {
    package::build()?;
    count(npm("npm").arg("test"))
}

/// The packed package in its users' hands: one of the groups of `pkg-tests/run.mjs`.
pub(crate) fn package(options: &Options, group: &str) -> Result<Counts> {
    let tarball = package::build()?;
    install(&tarball)?;
    let mut node = Command::new("node");
    node.args(["run.mjs", group])
        .current_dir("pkg-tests")
        .env("CLAIMKIT_TARBALL", tarball)
        .env("CLAIMKIT_COSIGNER", build::co_signer(options.profile())?)
        .env("CHROMIUM", browser::ensure()?.chromium);
    if group == "engines" {
        let firefox = engines::ensure_firefox()?;
        let webkit = engines::ensure_webkit()?;
        node.env("FIREFOX", firefox.firefox)
            .env("GECKODRIVER", firefox.driver)
            .env("WEBKITDRIVER", webkit.driver)
            .env("XVFB", webkit.screen);
    }
    if options.long {
        node.env(LONG, "1");
    }
    count(&mut node)
}

/// The whole demo as a person runs it: one test.
pub(crate) fn demo(options: &Options) -> Result<Counts> {
    let this = std::env::current_exe().context("can't find this command")?;
    let report = workspace::made("reports")?.join("demo-check.json");
    let mut command = Command::new(this);
    command.args(["demo", "--check", "--json"]).arg(report);
    if options.profile() == Profile::Dev {
        command.arg("--dev");
    }
    let success = process::watch(&mut command)?.success;
    Ok(Counts {
        passed: success.into(),
        failed: (!success).into(),
        skipped: 0,
    })
}

/// The crash drill: one test a set.
pub(crate) fn drill(options: &Options) -> Result<Counts> {
    let report = workspace::made("reports")?.join("drill-test.json");
    let success = drill::run(&drill::Options::in_tests(report.clone(), options.long))?;
    let report: Value = serde_json::from_str(&fs::read_to_string(&report).context("the drill told nothing")?)?;
    let mut counts = Counts::default();
    for (_, set) in report["sets"].as_object().into_iter().flatten() {
        let harms = ["lost", "stuck", "doubleLive", "untidy"].map(|harm| set[harm].as_u64().unwrap_or_default());
        let held = harms.iter().sum::<u64>() == 0 && set["runs"].as_u64().is_some_and(|runs| runs > 0);
        counts.passed += u64::from(held);
        counts.failed += u64::from(!held);
    }
    if counts.failed == 0 && !success {
        counts.failed = 1;
    }
    Ok(counts)
}
