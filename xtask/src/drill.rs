//! The crash drill: either side killed at every point, every message harmed, in process, as processes and in a real browser.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    build::{self, Profile},
    demo::install_package,
    package, process,
    process::say,
    setup::{browser, node},
    workspace,
};

/// How much is drilled.
#[derive(Args, Clone)]
pub(crate) struct Options {
    /// Writes what was found to this file: points, runs, lost, stuck, doubleLive, seed, and the same for each set
    #[arg(long, value_name = "FILE", value_parser = crate::absolute)]
    json: Option<PathBuf>,
    /// Runs with schedules drawn from the seed [default: 500; 40 with --quick, 10000 with --long]
    #[arg(long)]
    runs: Option<u64>,
    /// What the schedules are drawn from: the same seed, the same runs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Takes an hour or more: 10,000 drawn runs, pairs with wallets of both schemes, more processes and browsers
    #[arg(long)]
    long: bool,
    /// Plays each point once for each who may die there, and of the other sets a part that the seed draws: what `cargo xtask test` does
    #[arg(long, conflicts_with = "long")]
    quick: bool,
    /// Plays this set alone; may be given again for more
    #[arg(long, value_name = "SET", value_parser = SETS)]
    only: Vec<String>,
    /// Plays one case again, by the name that a failure prints
    #[arg(long, value_name = "CASE", conflicts_with_all = ["json", "runs", "long", "only"])]
    replay: Option<String>,
    /// How the programs are built
    #[arg(skip = Profile::Release)]
    profile: Profile,
}

/// The sets, in the order in which they are played.
const SETS: [&str; 6] = ["points", "messages", "pairs", "random", "processes", "browser"];
/// The set that drives a real Chromium.
const BROWSER: &str = "browser";

impl Options {
    /// What a change must pass: a few minutes.
    pub(crate) fn in_tests(json: PathBuf, long: bool) -> Self {
        Self {
            json: Some(json),
            runs: None,
            seed: 1,
            long,
            quick: !long,
            only: Vec::new(),
            replay: None,
            profile: if long { Profile::Release } else { Profile::Dev },
        }
    }

    fn wants(&self, set: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == set)
    }
}

/// Plays every set that is asked for; `false` if a wallet was lost or stuck, two epochs signed, or a point was never passed.
///
/// # Errors
/// If something can't be had, built or started, or the file can't be written.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let co_signer = build::co_signer(options.profile)?;
    let drill = build::drill(options.profile)?;
    if let Some(case) = &options.replay {
        return replay(options, &drill, &co_signer, case);
    }
    let report = workspace::made("reports")?.join("drill.json");
    let mut holds = true;
    let mut found =
        json!({ "points": 0, "runs": 0, "lost": 0, "stuck": 0, "doubleLive": 0, "seed": options.seed, "sets": {} });
    if SETS.iter().any(|set| *set != BROWSER && options.wants(set)) {
        holds &= natively(options, &drill, &co_signer, &report)?;
        found = serde_json::from_str(&fs::read_to_string(&report)?)?;
    }
    if options.wants(BROWSER) {
        holds &= in_a_browser(options, &co_signer, &mut found)?;
    }
    if let Some(file) = &options.json {
        fs::write(file, format!("{found:#}\n")).with_context(|| format!("can't write {}", file.display()))?;
    }
    println!(
        "points {} · runs {} · lost {} · stuck {} · doubleLive {} · seed {}",
        found["points"], found["runs"], found["lost"], found["stuck"], found["doubleLive"], found["seed"]
    );
    Ok(holds)
}

fn natively(options: &Options, drill: &Path, co_signer: &Path, report: &Path) -> Result<bool> {
    let mut command = Command::new(drill);
    command
        .args(["--seed", &options.seed.to_string()])
        .arg("--json")
        .arg(report)
        .env("CLAIMKIT_COSIGNER", co_signer);
    if let Some(runs) = options.runs {
        command.args(["--runs", &runs.to_string()]);
    }
    if options.long {
        command.arg("--long");
    }
    if options.quick {
        command.arg("--quick");
    }
    for set in options.only.iter().filter(|set| *set != BROWSER) {
        command.args(["--only", set]);
    }
    say("drilling");
    // What an earlier drill found is not what this one does.
    let _ = fs::remove_file(report);
    Ok(process::watch(&mut command)?.success)
}

fn replay(options: &Options, drill: &Path, co_signer: &Path, case: &str) -> Result<bool> {
    let seed = options.seed.to_string();
    if let Some(number) = case.strip_prefix("browser|") {
        let mut node = browser_drill(co_signer)?;
        node.args(["--seed", &seed, "--from", number, "--runs", "1"]);
        return Ok(process::watch(&mut node)?.success);
    }
    let mut command = Command::new(drill);
    command
        .args(["--seed", &seed, "--replay", case])
        .env("CLAIMKIT_COSIGNER", co_signer);
    Ok(process::watch(&mut command)?.success)
}

/// Drills the packed package in Chromium, and adds what is found.
fn in_a_browser(options: &Options, co_signer: &Path, found: &mut Value) -> Result<bool> {
    say("drilling the package in Chromium");
    let report = workspace::made("reports")?.join("drill-browser.json");
    let mut node = browser_drill(co_signer)?;
    node.args(["--seed", &options.seed.to_string()])
        .args([
            "--runs",
            match (options.quick, options.long) {
                (true, _) => "1",
                (_, true) => "100",
                (false, false) => "10",
            },
        ])
        .arg("--json")
        .arg(&report);
    let _ = fs::remove_file(&report);
    let success = process::watch(&mut node)?.success;
    let seen: Value = serde_json::from_str(&fs::read_to_string(&report).context("the browser's drill told nothing")?)?;
    for part in ["runs", "lost", "stuck", "doubleLive"] {
        let sum = found[part].as_u64().unwrap_or_default() + seen[part].as_u64().unwrap_or_default();
        found[part] = json!(sum);
    }
    found["sets"][BROWSER] = seen;
    Ok(success)
}

fn browser_drill(co_signer: &Path) -> Result<Command> {
    let tarball = package::build()?;
    let browser = browser::ensure()?;
    node::install("pkg-tests")?;
    install_package("pkg-tests", &tarball)?;
    node::install("www")?;
    install_package("www", &tarball)?;
    let mut node = Command::new("node");
    node.arg("pkg-tests/drill.mjs")
        .env("CLAIMKIT_TARBALL", tarball)
        .env("CLAIMKIT_COSIGNER", co_signer)
        .env("CHROMIUM", browser.chromium);
    Ok(node)
}
