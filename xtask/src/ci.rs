//! What CI runs, no more and no less: these checks, and every suite of `cargo xtask test`.

use std::{fs, path::PathBuf, process::Command, time::Instant};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    counts::Counts,
    layers, licences, outcome, package, process,
    process::say,
    schedule::{self, Task},
    setup::{
        distro,
        node::npm,
        target::{self, Source, TRIPLE},
    },
    size, test,
};

/// The package's types as they are generated.
const TYPES: &str = "npm/dist/wasm/claimkit.d.ts";
/// Their committed copy: its diff is the API's review.
const REVIEWED: &str = "npm/api/claimkit.d.ts";

/// How much of it is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Makes this check alone (a suite of tests: `cargo xtask test --only`)
    #[arg(long, value_name = "CHECK", value_parser = CHECKS.map(|check| check.name))]
    only: Option<String>,
    /// Writes how the check ended to this file
    #[arg(long, value_name = "FILE", hide = true, requires = "only")]
    report: Option<PathBuf>,
}

/// One check: what people call it, what it waits for, and how it is made.
struct Check {
    name: &'static str,
    needs: &'static [&'static str],
    run: fn() -> Result<Counts>,
}

/// In their order; cargo compiles for one of them at a time, so those that compile follow each other.
const CHECKS: [Check; 11] = [
    Check {
        name: "lockfile",
        needs: &[],
        run: || lockfile().map(Counts::of_check),
    },
    Check {
        name: "formatting",
        needs: &[],
        run: || formatting().map(Counts::of_check),
    },
    Check {
        name: "layers",
        needs: &[],
        run: || layers::hold().map(Counts::of_check),
    },
    Check {
        name: "licences",
        needs: &[],
        run: || licences::hold().map(Counts::of_check),
    },
    Check {
        name: "cargo-deny",
        needs: &[],
        run: cargo_deny,
    },
    Check {
        name: "lints",
        needs: &[],
        run: || lints().map(Counts::of_check),
    },
    Check {
        name: "lints-wasm",
        needs: &["build", "lints"],
        run: || lints_for_wasm().map(Counts::of_check),
    },
    Check {
        name: "documentation",
        needs: &["build", "lints-wasm"],
        run: || documentation().map(Counts::of_check),
    },
    Check {
        name: "api-review",
        needs: &["module"],
        run: || api_review().map(Counts::of_check),
    },
    Check {
        name: "package-form",
        needs: &["module"],
        run: || package_form().map(Counts::of_check),
    },
    Check {
        name: "size",
        needs: &["module"],
        run: || size::run(&size::Options::default()).map(Counts::of_check),
    },
];

/// Makes every check and runs every suite, whatever became of the others; `false` if one does not hold.
///
/// # Errors
/// If nothing can be reported.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if let Some(only) = &options.only {
        let check = CHECKS
            .into_iter()
            .find(|check| check.name == only)
            .context("no such check")?;
        let counts = (check.run)()?;
        outcome::write(options.report.as_deref(), counts)?;
        println!(
            "{}: {}",
            check.name,
            if counts.failed == 0 { "ok" } else { "does not hold" }
        );
        return Ok(counts.failed == 0);
    }
    let start = Instant::now();
    let checks = CHECKS.map(|Check { name, needs, .. }| Task {
        name,
        needs,
        words: ["ci", "--only", name].map(String::from).into(),
    });
    let mut tasks: Vec<_> = checks.into();
    tasks.extend(test::tasks(&test::Options::default()));
    let outcomes = schedule::run(tasks)?;
    Ok(outcome::conclude(&outcomes, start.elapsed().as_secs()))
}

fn lockfile() -> Result<bool> {
    say("checking that Cargo.lock is up to date");
    Ok(process::succeeds(Command::new("cargo").args([
        "metadata",
        "--locked",
        "--format-version",
        "1",
    ])))
}

fn formatting() -> Result<bool> {
    say("checking the formatting");
    passes(Command::new("cargo").args(["fmt", "--all", "--check"]))
}

fn lints() -> Result<bool> {
    say("linting");
    passes(Command::new("cargo").args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn lints_for_wasm() -> Result<bool> {
    let target = target::ensure(None)?;
    if target.source() == Source::Distro {
        distro::install_clippy()?;
    }
    say("linting for the wasm target");
    let packages = ["claimkit", "claimkit-wallet", "claimkit-wire", "claimkit-mpc"];
    let packages = packages.iter().flat_map(|package| ["--package", package]);
    passes(
        target
            .cargo()
            .args(["clippy", "--quiet", "--target", TRIPLE])
            .args(packages)
            .args(["--", "--deny", "warnings"]),
    )
}

fn documentation() -> Result<bool> {
    say("building the documentation");
    passes(
        Command::new("cargo")
            .args(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

/// Sources and duplicates, and advisories where they can be fetched, are cargo-deny's.
///
/// It is used where it is installed: building it takes longer than all else here.
fn cargo_deny() -> Result<Counts> {
    if process::find("cargo-deny").is_none() {
        say("SKIPPED: cargo-deny is not installed (`cargo install cargo-deny`), so advisories were not checked");
        return Ok(Counts::SKIPPED);
    }
    say("asking cargo-deny");
    let deny = |checks: &[&str]| passes(Command::new("cargo").args(["deny", "check"]).args(checks));
    let mut counts = Counts::of_check(deny(&["bans", "licenses", "sources"])?);
    if process::succeeds(Command::new("cargo").args(["deny", "fetch", "db"])) {
        counts += Counts::of_check(deny(&["advisories"])?);
    } else {
        say("SKIPPED: the advisories can't be fetched from here, so they were not checked");
        counts += Counts::SKIPPED;
    }
    Ok(counts)
}

fn api_review() -> Result<bool> {
    package::build()?;
    say("comparing the package's types with the reviewed ones");
    let made = fs::read_to_string(TYPES).with_context(|| format!("can't read {TYPES}"))?;
    let same = fs::read_to_string(REVIEWED).is_ok_and(|reviewed| reviewed == made);
    if !same {
        println!("  {REVIEWED} differs from the generated {TYPES}: review the change and copy it");
    }
    Ok(same)
}

/// What consumers' tools think of the package: types, entries, resolution.
fn package_form() -> Result<bool> {
    package::build()?;
    say("checking the form of the npm package");
    passes(npm("npm").args(["run", "check"]))
}

fn passes(command: &mut Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    Ok(command
        .status()
        .with_context(|| format!("can't run {program}"))?
        .success())
}
