//! Every test, suite by suite, each to its end, and what they add up to.

use std::{fs, process::Command, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::{
    counts::Counts,
    demo::{self, install_package},
    drill,
    in_browser::{self, count},
    package, process,
    process::say,
    setup::{
        browser, debian, engines,
        node::{self, npm},
    },
    workspace,
};

/// How much is tested.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Runs the tests that take minutes too
    #[arg(long)]
    long: bool,
    /// Runs this suite alone; may be given again for more
    #[arg(long, value_name = "SUITE", value_parser = SUITES.map(|suite| suite.name))]
    only: Vec<String>,
}

/// The variable that asks tests for their long form.
const LONG: &str = "CLAIMKIT_LONG";

/// One suite: what people call it, and how it is run to its end.
struct Suite {
    name: &'static str,
    run: fn(&Options) -> Result<Counts>,
}

const SUITES: [Suite; 8] = [
    Suite {
        name: "native",
        run: native,
    },
    Suite {
        name: "browser",
        run: |_| in_browser::chromium(),
    },
    Suite {
        name: "firefox",
        run: |_| in_browser::firefox(),
    },
    Suite {
        name: "webkit",
        run: |_| in_browser::webkit(),
    },
    Suite {
        name: "npm",
        run: npm_package,
    },
    Suite {
        name: "package",
        run: package,
    },
    Suite {
        name: "demo",
        run: demo,
    },
    Suite {
        name: "drill",
        run: drill,
    },
];

/// Runs every suite, whatever became of the one before, and sums them up; `false` if a test failed.
///
/// # Errors
/// If the summary can't be printed; a suite that can't run is a failed one.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let mut lines = Vec::new();
    let mut all = Counts::default();
    let wanted = |suite: &&Suite| options.only.is_empty() || options.only.iter().any(|name| name == suite.name);
    for suite in SUITES.iter().filter(wanted) {
        say(&format!("suite: {}", suite.name));
        let start = Instant::now();
        let counts = (suite.run)(options).unwrap_or_else(|stop| {
            eprintln!("{}: {stop:#}", suite.name);
            Counts {
                failed: 1,
                ..Counts::default()
            }
        });
        lines.push(format!("{:<10}{counts} ({} s)", suite.name, start.elapsed().as_secs()));
        all += counts;
    }
    println!();
    for line in lines {
        println!("{line}");
    }
    println!("{all}");
    Ok(all.failed == 0)
}

fn native(options: &Options) -> Result<Counts> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    if options.long {
        cargo.env(LONG, "1");
    }
    count(&mut cargo)
}

/// The package's own tests, which need neither a browser nor a co-signer.
fn npm_package(_: &Options) -> Result<Counts> {
    package::build()?;
    count(npm("npm").arg("test"))
}

fn package(options: &Options) -> Result<Counts> {
    let tarball = package::build()?;
    let co_signer = demo::build_co_signer()?;
    let browser = browser::ensure()?;
    let firefox = engines::ensure_firefox()?;
    let webkit = engines::ensure_webkit()?;
    // For the certificates of a run.
    debian::ensure("openssl")?;
    node::install("pkg-tests")?;
    install_package("pkg-tests", &tarball)?;
    node::install("www")?;
    install_package("www", &tarball)?;
    let mut npm = npm("pkg-tests");
    npm.arg("test")
        .env("CLAIMKIT_TARBALL", tarball)
        .env("CLAIMKIT_COSIGNER", co_signer)
        .env("CHROMIUM", browser.chromium)
        .env("FIREFOX", firefox.firefox)
        .env("GECKODRIVER", firefox.driver)
        .env("WEBKITDRIVER", webkit.driver)
        .env("XVFB", webkit.screen);
    if options.long {
        npm.env(LONG, "1");
    }
    count(&mut npm)
}

/// The whole demo as a person runs it: one test.
fn demo(_: &Options) -> Result<Counts> {
    let this = std::env::current_exe().context("can't find this command")?;
    let report = workspace::made("reports")?.join("demo-check.json");
    let success = process::watch(Command::new(this).args(["demo", "--check", "--json"]).arg(report))?.success;
    Ok(Counts {
        passed: success.into(),
        failed: (!success).into(),
        skipped: 0,
    })
}

/// The crash drill: one test a set.
fn drill(options: &Options) -> Result<Counts> {
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
