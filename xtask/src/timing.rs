//! Timing: whether the time of a step of `mpc` tells its secret (dudect; ia.cr/2016/1123).

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use crate::{bench::machine::Machine, process, process::say};

/// How the figures are had.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the figures to this file too, with the machine they were had on
    #[arg(long, value_name = "FILE", value_parser = crate::absolute)]
    json: Option<PathBuf>,
    /// How many times each step is timed, both classes together
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    samples: u32,
}

/// From here on a step's time depends on its secret.
const LEAKS: f64 = 10.0;
/// From here on it may, and more samples should tell.
const SUSPECT: f64 = 4.5;
/// What the step is called that leaks on purpose.
const CONTROL: &str = "CONTROL";

/// One step.
#[derive(Debug, PartialEq, Serialize)]
struct Step {
    name: String,
    t: f64,
    samples: u64,
    median_ns: u64,
}

#[derive(Serialize)]
struct Findings<'a> {
    command: String,
    machine: Machine,
    steps: &'a [Step],
}

/// Times every step and prints a line for each; `false` if one tells its secret.
///
/// # Errors
/// If the tests can't be built, or the step that leaks on purpose was not seen to.
pub(crate) fn run(options: &Options) -> Result<bool> {
    say("timing the steps that touch secrets: minutes, and truest on a machine that does nothing else");
    let watched = process::watch(
        Command::new("cargo")
            .args(["test", "--release", "--quiet", "--package", "claimkit-mpc", "--lib"])
            .args(["timing::each_step_is_timed", "--", "--ignored", "--nocapture"])
            .env("CLAIMKIT_TIMING_SAMPLES", options.samples.to_string()),
    )?;
    ensure!(watched.success, "the timing test failed");
    let steps: Vec<Step> = watched.output.lines().filter_map(Step::read).collect();
    if let Some(file) = &options.json {
        let findings = Findings {
            command: format!("cargo xtask timing --samples {}", options.samples),
            machine: Machine::this()?,
            steps: &steps,
        };
        let text = serde_json::to_string_pretty(&findings)?;
        fs::write(file, text + "\n").with_context(|| format!("can't write {}", file.display()))?;
    }
    println!("\n{:>9}  {:>8}  {:>10}  step", "t", "samples", "median, ns");
    for step in &steps {
        let verdict = step.verdict();
        println!(
            "{:>9.2}  {:>8}  {:>10}  {}: {verdict}",
            step.t, step.samples, step.median_ns, step.name
        );
    }
    judge(&steps)
}

/// Whether no step tells its secret, given that the control does.
fn judge(steps: &[Step]) -> Result<bool> {
    let (control, others): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.name.starts_with(CONTROL));
    match control.as_slice() {
        [control] if control.t.abs() > LEAKS => {}
        [_] => bail!("the comparison that leaks on purpose was not seen to: these figures say nothing"),
        _ => bail!("the timing test printed no figures"),
    }
    ensure!(!others.is_empty(), "the timing test printed no figures");
    Ok(others.iter().all(|step| step.t.abs() <= LEAKS))
}

impl Step {
    /// Reads `timing⇥name⇥t⇥samples⇥median`, wherever in a line it begins.
    fn read(line: &str) -> Option<Self> {
        let (_, figures) = line.split_once("timing\t")?;
        let mut fields = figures.split('\t');
        Some(Self {
            name: fields.next()?.to_owned(),
            t: fields.next()?.parse().ok()?,
            samples: fields.next()?.parse().ok()?,
            median_ns: fields.next()?.trim().parse().ok()?,
        })
    }

    fn verdict(&self) -> &'static str {
        if self.name.starts_with(CONTROL) {
            "must be seen to leak"
        } else if self.t.abs() > LEAKS {
            "its time depends on its secret"
        } else if self.t.abs() > SUSPECT {
            "suspect: take more samples on a quiet machine"
        } else {
            "nothing seen"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, t: f64) -> Step {
        Step {
            name: name.to_owned(),
            t,
            samples: 1,
            median_ns: 2,
        }
    }

    #[test]
    fn a_line_is_read() {
        assert_eq!(
            Step::read("test x ... timing\ta step\t-3.25\t1\t2"),
            Some(step("a step", -3.25))
        );
        assert_eq!(Step::read("test result: ok"), None);
    }

    #[test]
    fn a_step_that_leaks_is_no_success_and_a_control_that_does_not_is_no_measurement() {
        assert!(judge(&[step("CONTROL", 200.0), step("a", -9.0)]).unwrap());
        assert!(!judge(&[step("CONTROL", -200.0), step("a", 0.0), step("b", -11.0)]).unwrap());
        assert!(judge(&[step("CONTROL", 3.0), step("a", 0.0)]).is_err());
        assert!(judge(&[step("a", 0.0)]).is_err());
        assert!(judge(&[step("CONTROL", 200.0)]).is_err());
    }
}
