//! How a task ended: its counts and its times, as it tells the command that started it.

use std::{fmt, fs, path::Path};

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

use crate::counts::Counts;

/// What a task came to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Outcome {
    /// Its tests; a check that holds counts nothing, and one that does not is a failure.
    pub(crate) counts: Counts,
    /// From its start to its end, in seconds.
    pub(crate) seconds: u64,
    /// What it and its processes used of the processor, in seconds.
    pub(crate) cpu: u64,
}

impl Outcome {
    /// A task that could not run.
    pub(crate) const FAILED: Self = Self {
        counts: Counts::FAILED,
        seconds: 0,
        cpu: 0,
    };
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {} s, {} s of CPU", self.counts, self.seconds, self.cpu)
    }
}

/// Writes how this process's task ended, where its caller asks for it.
///
/// # Errors
/// If the file can't be written.
pub(crate) fn write(file: Option<&Path>, counts: Counts) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let outcome = Outcome {
        counts,
        seconds: 0,
        cpu: spent(),
    };
    fs::write(file, serde_json::to_string(&outcome)?).with_context(|| format!("can't write {}", file.display()))
}

/// What this process, and those of its processes that have ended, used of the processor, in seconds.
pub(crate) fn spent() -> u64 {
    let spent = |who| getrusage(who).map_or(0, |usage| usage.user_time().tv_sec() + usage.system_time().tv_sec());
    u64::try_from(spent(UsageWho::RUSAGE_SELF) + spent(UsageWho::RUSAGE_CHILDREN)).unwrap_or_default()
}

/// Reads how a task ended: without a word it failed, and so it did if its process failed without a failed test.
pub(crate) fn read(file: &Path, success: bool) -> Outcome {
    let said = fs::read_to_string(file)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    let mut outcome: Outcome = said.unwrap_or(Outcome::FAILED);
    if !success && outcome.counts.failed == 0 {
        outcome.counts.failed = 1;
    }
    outcome
}

/// Prints a line for each task, and the sum as the last line; `false` if anything failed.
pub(crate) fn conclude(outcomes: &[(&'static str, Outcome)], seconds: u64) -> bool {
    let mut all = Outcome {
        seconds,
        ..Outcome::default()
    };
    println!(
        "\n{:<14}{:>8}{:>8}{:>9}{:>8}{:>8}",
        "", "passed", "failed", "skipped", "s", "s CPU"
    );
    let row = |name: &str, outcome: &Outcome| {
        let Counts {
            passed,
            failed,
            skipped,
        } = outcome.counts;
        println!(
            "{name:<14}{passed:>8}{failed:>8}{skipped:>9}{:>8}{:>8}",
            outcome.seconds, outcome.cpu
        );
    };
    for (name, outcome) in outcomes {
        row(name, outcome);
        all.counts += outcome.counts;
        all.cpu += outcome.cpu;
    }
    row("all", &all);
    for (name, _) in outcomes.iter().filter(|(_, outcome)| outcome.counts.failed > 0) {
        println!("failed: {name}, see target/reports/{name}.log");
    }
    for (name, _) in outcomes.iter().filter(|(_, outcome)| outcome.counts.skipped > 0) {
        println!("not all of it ran: {name}, see target/reports/{name}.log");
    }
    println!("{}", all.counts);
    all.counts.failed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_that_is_missing_or_belies_its_process_is_a_failure() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read(&folder.join("no-such-report"), true).counts.failed, 1);
        let file = std::env::temp_dir().join(format!("claimkit-report-{}", std::process::id()));
        let passed = Counts {
            passed: 3,
            ..Counts::default()
        };
        write(Some(&file), passed).unwrap();
        assert_eq!(read(&file, true).counts, passed);
        assert_eq!(read(&file, false).counts.failed, 1);
        fs::remove_file(&file).unwrap();
    }
}
