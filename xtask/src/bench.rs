//! The figures: the protocols timed, native and in wasm, beside what others publish and what was to be reached.

pub(crate) mod machine;
mod published;
mod report;
mod targets;

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::{
    process,
    process::say,
    setup::{node, target},
    wasm, workspace,
};
use machine::Machine;
use report::{Cold, Report, SessionCheck};
use targets::Target;

/// How the figures are had.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the figures to this file too, with the machine they were had on
    #[arg(long, value_name = "FILE", value_parser = crate::absolute)]
    json: Option<PathBuf>,
    /// How often each operation runs; the median counts
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
}

/// Everything a bench found, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Findings {
    command: String,
    machine: Machine,
    wasm: Report,
    cold: Cold,
    native: Report,
    session_check: SessionCheck,
    targets: Vec<Target>,
}

/// Times the protocols and prints the tables. A target that is missed is said so, and is no failure: machines differ.
///
/// # Errors
/// If a tool can't be had, something can't be built, or the file can't be written.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let wasm = in_wasm(options.repetitions)?;
    let cold = cold()?;
    let native = native(options.repetitions)?;
    let session_check = session_check()?;
    let findings = Findings {
        command: format!("cargo xtask bench --repetitions {}", options.repetitions),
        machine: Machine::this()?,
        targets: targets::held_to(&wasm, &cold, &session_check),
        wasm,
        cold,
        native,
        session_check,
    };
    print!("{}", text(&findings));
    if let Some(path) = &options.json {
        let json = serde_json::to_string_pretty(&findings)?;
        fs::write(path, json).with_context(|| format!("can't write {}", path.display()))?;
    }
    Ok(true)
}

fn native(repetitions: u32) -> Result<Report> {
    say("timing the protocols, native");
    let mut cargo = Command::new("cargo");
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "-p",
        "claimkit-benches",
        "--bin",
        "benches",
        "--",
    ]);
    Report::read(&process::capture(cargo.arg(repetitions.to_string()))?)
}

/// What a request of a session costs the co-signer before it is done. It is timed where it is private: in the co-signer's own bench.
fn session_check() -> Result<SessionCheck> {
    say("timing the check of a session's request");
    let mut cargo = Command::new("cargo");
    cargo.args([
        "bench",
        "--quiet",
        "-p",
        "claimkit-cosigner",
        "--features",
        "insecure-fuzzing",
        "--bench",
        "session_check",
    ]);
    SessionCheck::read(&process::capture(&mut cargo)?)
}

fn in_wasm(repetitions: u32) -> Result<Report> {
    let target = target::ensure(None)?;
    node::ensure()?;
    say("building the bench for wasm");
    let module = wasm::compile(&target, "claimkit-benches", "benches")?;
    let folder = workspace::made("bench")?;
    wasm::bind("nodejs", &module, &folder, "benches")?;
    wasm::optimise(&folder.join("benches_bg.wasm"))?;
    say("timing the protocols, in wasm");
    let script = format!("console.log(require('./target/bench/benches.js').measure({repetitions}))");
    Report::read(&process::capture(Command::new("node").args(["--eval", &script]))?)
}

/// A first visit, in a process of its own; the median of five.
fn cold() -> Result<Cold> {
    say("timing a first visit, in wasm");
    let script = "const start = performance.now(); \
        const benches = require('./target/bench/benches.js'); \
        const instantiateMs = performance.now() - start; \
        console.log(JSON.stringify({ instantiateMs, workMs: benches.firstVisit() }))";
    let mut visits = (0..5)
        .map(|_| Cold::read(&process::capture(Command::new("node").args(["--eval", script]))?))
        .collect::<Result<Vec<_>>>()?;
    visits.sort_by(|left, right| left.work_ms.total_cmp(&right.work_ms));
    Ok(visits.swap_remove(2))
}

fn text(findings: &Findings) -> String {
    let Machine {
        processor,
        cores,
        rustc,
        node,
    } = &findings.machine;
    let mut text = format!("\n{processor}, {cores} cores; {rustc}; Node {node}\n");
    for (name, report) in [("wasm", &findings.wasm), ("native", &findings.native)] {
        text.push_str(&report.table(name));
    }
    text.push_str(&findings.session_check.table());
    text.push_str(&published::table());
    text.push_str(&targets::table(&findings.targets));
    text
}
