//! How many tests passed, read from what the test programs print.

use std::{fmt, ops::AddAssign};

use serde::{Deserialize, Serialize};

/// Passed, failed and skipped tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Counts {
    /// Ran and held.
    pub(crate) passed: u64,
    /// Ran and did not hold.
    pub(crate) failed: u64,
    /// Did not run.
    pub(crate) skipped: u64,
}

impl Counts {
    /// Something that is no test did not hold, or a suite could not run.
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// Something was not looked at, for want of a tool.
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// What a check that is no test counts as: nothing, or a failure.
    pub(crate) fn of_check(holds: bool) -> Self {
        if holds { Self::default() } else { Self::FAILED }
    }

    /// Sums the summaries in the output of one suite: cargo's, wasm-bindgen-test's, Node's.
    ///
    /// A suite that fails without a failed test (it did not compile, it crashed) counts as one failure, and so does one
    /// that ran nothing.
    pub(crate) fn read(output: &str, success: bool) -> Self {
        let mut counts = Self::default();
        for line in output.lines() {
            counts += cargo(line).or_else(|| node(line)).unwrap_or_default();
        }
        if counts.failed == 0 && (!success || counts.passed == 0) {
            counts.failed = 1;
        }
        counts
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
fn cargo(line: &str) -> Option<Counts> {
    let (_, summary) = line.split_once("test result: ")?;
    let (_, summary) = summary.split_once(". ")?;
    let mut counts = Counts::default();
    for part in summary.split(';') {
        let mut words = part.split_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
        match words.next() {
            Some("passed") => counts.passed = number,
            Some("failed") => counts.failed = number,
            Some("ignored") => counts.skipped = number,
            _ => {}
        }
    }
    Some(counts)
}

/// `# pass 3` (TAP) or `ℹ pass 3`, one line for each number.
fn node(line: &str) -> Option<Counts> {
    let summary = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    let (what, number) = summary.split_once(' ')?;
    let number = number.trim().parse().ok()?;
    match what {
        "pass" => Some(Counts {
            passed: number,
            ..Counts::default()
        }),
        "fail" | "cancelled" => Some(Counts {
            failed: number,
            ..Counts::default()
        }),
        "skipped" | "todo" => Some(Counts {
            skipped: number,
            ..Counts::default()
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_summaries_are_summed() {
        let output = "running 3 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured\n";
        assert_eq!(
            Counts::read(output, false),
            Counts {
                passed: 6,
                failed: 1,
                skipped: 1
            }
        );
    }

    #[test]
    fn nodes_summary_is_read_in_both_forms() {
        let expected = Counts {
            passed: 7,
            failed: 2,
            skipped: 1,
        };
        assert_eq!(
            Counts::read("# tests 10\n# pass 7\n# fail 1\n# cancelled 1\n# skipped 1\n", false),
            expected
        );
        assert_eq!(
            Counts::read("ℹ tests 10\nℹ pass 7\nℹ fail 2\nℹ cancelled 0\nℹ todo 1\n", false),
            expected
        );
    }

    #[test]
    fn a_suite_that_breaks_or_runs_nothing_counts_as_a_failure() {
        let one = Counts {
            failed: 1,
            ..Counts::default()
        };
        assert_eq!(Counts::read("error: could not compile", false), one);
        assert_eq!(Counts::read("", true), one);
    }

    #[test]
    fn skipped_tests_are_told_only_if_there_are_some() {
        assert_eq!(
            Counts {
                passed: 1,
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "1 passed, 0 failed"
        );
        assert_eq!(
            Counts {
                passed: 1,
                failed: 0,
                skipped: 2
            }
            .to_string(),
            "1 passed, 0 failed, 2 skipped"
        );
    }
}
