//! What CI runs, no more and no less.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use crate::{
    layers, licences, package, process,
    process::say,
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

/// One check: what people call it, and how it is made.
struct Check {
    name: &'static str,
    run: fn() -> Result<bool>,
}

const CHECKS: [Check; 11] = [
    Check {
        name: "lockfile",
        run: lockfile,
    },
    Check {
        name: "formatting",
        run: formatting,
    },
    Check {
        name: "lints, native",
        run: lints,
    },
    Check {
        name: "lints, wasm",
        run: lints_for_wasm,
    },
    Check {
        name: "documentation",
        run: documentation,
    },
    Check {
        name: "layers",
        run: layers::hold,
    },
    Check {
        name: "licences",
        run: licences::hold,
    },
    Check {
        name: "cargo-deny",
        run: cargo_deny,
    },
    Check {
        name: "API review",
        run: api_review,
    },
    Check {
        name: "package form",
        run: package_form,
    },
    Check {
        name: "tests",
        run: tests,
    },
];

/// Makes every check, whatever became of the one before; `false` if one does not hold.
///
/// # Errors
/// If the package can't be weighed for want of a tool.
pub(crate) fn run() -> Result<bool> {
    let mut lines = Vec::new();
    let mut all = true;
    let size = Check {
        name: "size",
        run: || size::run(&size::Options::default()),
    };
    for Check { name, run } in CHECKS.into_iter().chain([size]) {
        let holds = run().unwrap_or_else(|stop| {
            eprintln!("{name}: {stop:#}");
            false
        });
        lines.push(format!("{name:<16}{}", if holds { "ok" } else { "does not hold" }));
        all &= holds;
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    Ok(all)
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
fn cargo_deny() -> Result<bool> {
    if process::find("cargo-deny").is_none() {
        say("SKIPPED: cargo-deny is not installed (`cargo install cargo-deny`), so advisories were not checked");
        return Ok(true);
    }
    say("asking cargo-deny");
    let deny = |checks: &[&str]| passes(Command::new("cargo").args(["deny", "check"]).args(checks));
    let holds = deny(&["bans", "licenses", "sources"])?;
    if !process::succeeds(Command::new("cargo").args(["deny", "fetch", "db"])) {
        say("SKIPPED: the advisories can't be fetched from here, so they were not checked");
        return Ok(holds);
    }
    Ok(deny(&["advisories"])? && holds)
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

fn tests() -> Result<bool> {
    test::run(&test::Options::default())
}

fn passes(command: &mut Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    Ok(command
        .status()
        .with_context(|| format!("can't run {program}"))?
        .success())
}
