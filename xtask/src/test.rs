//! Every test, suite by suite, each to its end, and what they add up to.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    counts::Counts,
    in_browser,
    outcome::{self, Outcome},
    schedule::{self, Task},
    suites,
};

/// How much is tested.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Runs the tests that take minutes too, with the co-signer as it is deployed
    #[arg(long)]
    pub(crate) long: bool,
    /// Runs this suite alone, with what it needs; may be given again for more
    #[arg(long, value_name = "SUITE", value_parser = SUITES.map(|suite| suite.name))]
    only: Vec<String>,
    /// Writes how the suite ended to this file
    #[arg(long, value_name = "FILE", hide = true, requires = "only")]
    report: Option<PathBuf>,
}

/// One suite: what people call it, what it waits for, and how it is run to its end.
struct Suite {
    name: &'static str,
    needs: &'static [&'static str],
    run: fn(&Options) -> Result<Counts>,
}

/// In their order: what others need first, then what takes longest.
const SUITES: [Suite; 13] = [
    // What follows is compiled, fetched or packed here, so that no two suites do it at once.
    Suite {
        name: "module",
        needs: &[],
        run: |_| suites::module(),
    },
    Suite {
        name: "build",
        needs: &["lints"],
        run: suites::build,
    },
    Suite {
        name: "tools",
        needs: &[],
        run: |_| suites::tools(),
    },
    Suite {
        name: "package",
        needs: &["build", "module"],
        run: |options| suites::package(options, "page"),
    },
    Suite {
        name: "native",
        needs: &["build"],
        run: suites::native,
    },
    Suite {
        name: "worker",
        needs: &["build", "module"],
        run: |options| suites::package(options, "worker"),
    },
    Suite {
        name: "drill",
        needs: &["build", "module"],
        run: suites::drill,
    },
    Suite {
        name: "browser",
        needs: &["build", "tools"],
        run: |_| in_browser::chromium(),
    },
    Suite {
        name: "firefox",
        needs: &["tools", "browser"],
        run: |_| in_browser::firefox(),
    },
    Suite {
        name: "webkit",
        needs: &["tools", "browser"],
        run: |_| in_browser::webkit(),
    },
    Suite {
        name: "engines",
        needs: &["build", "module", "tools"],
        run: |options| suites::package(options, "engines"),
    },
    Suite {
        name: "demo",
        needs: &["build", "module"],
        run: suites::demo,
    },
    Suite {
        name: "npm",
        needs: &["module"],
        run: |_| suites::npm_package(),
    },
];

/// Runs every suite, whatever became of the others, and sums them up; `false` if a test failed.
///
/// # Errors
/// If nothing can be reported; a suite that can't run is a failed one.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let start = Instant::now();
    let outcomes = match options.only.as_slice() {
        [only] => vec![alone(only, options)?],
        _ => schedule::run(tasks(options))?,
    };
    Ok(outcome::conclude(&outcomes, start.elapsed().as_secs()))
}

/// Runs one suite in this process, where its output is seen as it comes.
fn alone(name: &str, options: &Options) -> Result<(&'static str, Outcome)> {
    let suite = SUITES
        .into_iter()
        .find(|suite| suite.name == name)
        .context("no such suite")?;
    let start = Instant::now();
    let counts = (suite.run)(options).unwrap_or_else(|stop| {
        eprintln!("{name}: {stop:#}");
        Counts::FAILED
    });
    outcome::write(options.report.as_deref(), counts)?;
    let outcome = Outcome {
        counts,
        seconds: start.elapsed().as_secs(),
        cpu: outcome::spent(),
    };
    Ok((suite.name, outcome))
}

/// The suites that are asked for, each as a task.
pub(crate) fn tasks(options: &Options) -> Vec<Task> {
    let wanted = |suite: &Suite| options.only.is_empty() || options.only.iter().any(|name| name == suite.name);
    let suites = SUITES.into_iter().filter(wanted);
    suites
        .map(|Suite { name, needs, .. }| {
            let mut words = vec!["test".to_owned(), "--only".to_owned(), name.to_owned()];
            if options.long {
                words.push("--long".to_owned());
            }
            Task { name, needs, words }
        })
        .collect()
}
