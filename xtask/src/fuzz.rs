//! Fuzzing: each decoder and step fed with what nobody sends, by cargo-fuzz.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{nightly, process, process::say, workspace};

/// What is fuzzed, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The target; all of them, one after the other, where none is named
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Keeps the smallest set of inputs that reaches everything, in fuzz/corpus
    #[arg(long)]
    keep: bool,
}

/// One program for each target.
const TARGETS: &str = "fuzz/fuzz_targets";
/// The inputs that are kept.
const CORPUS: &str = "fuzz/corpus";

/// How a run went.
#[derive(Debug, PartialEq)]
struct Campaign {
    target: String,
    executions: u64,
    coverage: u64,
    features: u64,
    found: bool,
}

/// Fuzzes and prints a table; `false` if something was found.
///
/// # Errors
/// If there is no nightly compiler, no cargo-fuzz or no such target.
pub(crate) fn run(options: &Options) -> Result<bool> {
    nightly::ensure("fuzz", "cargo install cargo-fuzz --locked")?;
    let known = targets()?;
    let chosen: Vec<_> = match &options.target {
        Some(name) => {
            ensure!(
                known.contains(name),
                "there is no target {name}: there are {}",
                known.join(", ")
            );
            vec![name.clone()]
        }
        None => known,
    };
    let mut campaigns = Vec::new();
    for target in chosen {
        campaigns.push(fuzz(&target, options.seconds)?);
        if options.keep {
            keep(&target)?;
        }
    }
    println!(
        "\n{:<12}{:>14}{:>10}{:>10}{:>10}",
        "target", "executions", "per s", "edges", "features"
    );
    for campaign in &campaigns {
        println!(
            "{:<12}{:>14}{:>10}{:>10}{:>10}{}",
            campaign.target,
            campaign.executions,
            campaign.executions / options.seconds.max(1),
            campaign.coverage,
            campaign.features,
            if campaign.found { "  FOUND SOMETHING" } else { "" }
        );
    }
    Ok(campaigns.iter().all(|campaign| !campaign.found))
}

/// Every target's name.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(TARGETS).with_context(|| format!("can't read {TARGETS}"))? {
        if let Some(name) = entry?.path().file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Without a sanitizer: there is no `unsafe` here for one to watch, and inputs a second are what finds a panic.
fn cargo_fuzz(subcommand: &str, target: &str) -> Command {
    let mut cargo = nightly::cargo();
    cargo.args(["fuzz", subcommand, "--sanitizer", "none", target]);
    cargo
}

fn fuzz(target: &str, seconds: u64) -> Result<Campaign> {
    say(&format!("fuzzing {target} for {seconds} s"));
    let found_here = grown(target)?;
    let seeds = workspace::made(format!("fuzz/seeds/{target}"))?;
    let mut cargo = Command::new("cargo");
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "claimkit-fuzz-targets",
        "--bin",
        "seeds",
        "--",
        target,
    ]);
    process::run(cargo.arg(&seeds))?;
    let kept = Path::new(CORPUS).join(target);
    fs::create_dir_all(&kept)?;
    let watched = process::watch(
        cargo_fuzz("run", target)
            .args([&found_here, &kept, &seeds])
            .args([
                "--",
                "-rss_limit_mb=2048",
                "-timeout=10",
                "-max_len=300000",
                "-print_final_stats=1",
            ])
            .arg(format!("-max_total_time={seconds}")),
    )?;
    Ok(Campaign::read(target, &watched.output, watched.success))
}

/// Where a target's finds of earlier runs are.
fn grown(target: &str) -> Result<PathBuf> {
    workspace::made(format!("fuzz/corpus/{target}"))
}

/// Puts the smallest set of inputs that reaches every edge in the place of what was kept.
fn keep(target: &str) -> Result<()> {
    say(&format!("keeping what {target} needs"));
    let kept = Path::new(CORPUS).join(target);
    let smallest = workspace::made(format!("fuzz/smallest/{target}"))?;
    fs::remove_dir_all(&smallest)?;
    fs::create_dir(&smallest)?;
    process::run(
        cargo_fuzz("run", target)
            .args([&smallest, &kept, &grown(target)?])
            .args(["--", "-set_cover_merge=1", "-use_counters=0"]),
    )?;
    fs::remove_dir_all(&kept)?;
    fs::create_dir(&kept)?;
    for entry in fs::read_dir(&smallest)? {
        let entry = entry?;
        fs::copy(entry.path(), kept.join(entry.file_name()))?;
    }
    Ok(())
}

impl Campaign {
    /// Reads what libFuzzer printed.
    fn read(target: &str, output: &str, success: bool) -> Self {
        let after = |line: &str, word: &str| -> Option<u64> {
            let (_, rest) = line.split_once(word)?;
            rest.split_whitespace().next()?.parse().ok()
        };
        let last = |word: &str| output.lines().rev().find_map(|line| after(line, word)).unwrap_or(0);
        Self {
            target: target.to_owned(),
            executions: last("stat::number_of_executed_units:"),
            coverage: last(" cov: "),
            features: last(" ft: "),
            found: !success,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_figures_count() {
        let output = "#2\tINITED cov: 5 ft: 6 corp: 1/1b\n#9\tNEW    cov: 50 ft: 61 corp: 2/2b lim: 4\n\
            stat::number_of_executed_units: 1234\n";
        let expected = Campaign {
            target: "a".to_owned(),
            executions: 1234,
            coverage: 50,
            features: 61,
            found: false,
        };
        assert_eq!(Campaign::read("a", output, true), expected);
        assert!(Campaign::read("a", "==1== ERROR: libFuzzer: deadly signal", false).found);
    }

    #[test]
    fn every_program_is_declared_and_has_a_corpus() {
        workspace::enter().unwrap();
        let manifest = fs::read_to_string("fuzz/Cargo.toml").unwrap();
        for target in targets().unwrap() {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(Path::new(CORPUS).join(&target).is_dir(), "{target}");
        }
    }
}
