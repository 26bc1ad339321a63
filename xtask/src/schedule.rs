//! Runs tasks side by side: each is a process of its own, whose output is kept and printed whole when it ends.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::Instant,
};

use anyhow::{Context, Result};

use crate::{
    outcome::{self, Outcome},
    process::say,
    workspace,
};

/// Lanes beside one a core: a suite that waits for a browser, a disk or cargo's lock leaves its core to them.
const MORE_LANES: usize = 1;
/// More lanes than this would only wait for each other.
const MOST_LANES: usize = 4;

/// What runs by itself.
pub(crate) struct Task {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The tasks that end before it starts, if they are to run at all.
    pub(crate) needs: &'static [&'static str],
    /// The words after `cargo xtask` that run it alone.
    pub(crate) words: Vec<String>,
}

/// Runs every task, whatever became of the others, on a lane a core and one more, in this order where their needs allow it.
///
/// # Errors
/// If the log's folder can't be made.
pub(crate) fn run(tasks: Vec<Task>) -> Result<Vec<(&'static str, Outcome)>> {
    // Before a task builds anything: what cargo builds anew, it puts in this file's place.
    let this = std::env::current_exe().context("can't find this command")?;
    let folder = workspace::made("reports")?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lanes = (cores + MORE_LANES).min(MOST_LANES);
    Ok(spread(tasks, lanes, |task| {
        say(&format!("started: {}", task.name));
        let outcome = play(&this, task, &folder);
        outcome.unwrap_or_else(|stop| {
            eprintln!("{}: {stop:#}", task.name);
            Outcome::FAILED
        })
    }))
}

/// Runs one task, prints what it printed, and says how it ended.
fn play(this: &Path, task: &Task, folder: &Path) -> Result<Outcome> {
    let log = folder.join(format!("{}.log", task.name));
    let report = std::path::absolute(folder.join(format!("{}.json", task.name)))?;
    let file = File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
    // What an earlier run reported is not what this one does.
    let _ = fs::remove_file(&report);
    let start = Instant::now();
    let status = Command::new(this)
        .args(&task.words)
        .arg("--report")
        .arg(&report)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("can't run {}", task.name))?;
    let outcome = Outcome {
        seconds: start.elapsed().as_secs(),
        ..outcome::read(&report, status.success())
    };
    let printed = fs::read(&log).unwrap_or_default();
    // In one piece: other tasks print at the same time.
    let mut terminal = std::io::stdout().lock();
    let head = format!("\n── {}: {outcome} ──\n", task.name);
    std::io::Write::write_all(&mut terminal, &[head.as_bytes(), &printed].concat())?;
    Ok(outcome)
}

struct Board {
    waiting: Vec<Task>,
    running: BTreeSet<&'static str>,
    done: Vec<(&'static str, Outcome)>,
}

impl Board {
    /// The first task whose needs have ended.
    fn take(&mut self) -> Option<Task> {
        let open = |name: &str| self.running.contains(name) || self.waiting.iter().any(|task| task.name == name);
        let ready = self
            .waiting
            .iter()
            .position(|task| !task.needs.iter().any(|need| open(need)))?;
        let task = self.waiting.remove(ready);
        self.running.insert(task.name);
        Some(task)
    }
}

/// Does the work of each task on one of the lanes, and gives the outcomes in the order in which the tasks were given.
fn spread(tasks: Vec<Task>, lanes: usize, work: impl Fn(&Task) -> Outcome + Sync) -> Vec<(&'static str, Outcome)> {
    let order: Vec<_> = tasks.iter().map(|task| task.name).collect();
    let board = Mutex::new(Board {
        waiting: tasks,
        running: BTreeSet::new(),
        done: Vec::new(),
    });
    let changed = Condvar::new();
    let lane = || {
        let mut state = board.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(task) = state.take() {
                drop(state);
                let outcome = work(&task);
                state = board.lock().unwrap_or_else(PoisonError::into_inner);
                state.running.remove(task.name);
                state.done.push((task.name, outcome));
                changed.notify_all();
            } else if state.running.is_empty() {
                // Nothing waits, or what waits needs itself.
                return;
            } else {
                state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(lane);
        }
    });
    let board = board.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ended = |name| board.done.iter().find(|(done, _)| *done == name);
    order
        .into_iter()
        .map(|name| (name, ended(name).map_or(Outcome::FAILED, |(_, outcome)| *outcome)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn task(name: &'static str, needs: &'static [&'static str]) -> Task {
        Task {
            name,
            needs,
            words: Vec::new(),
        }
    }

    #[test]
    fn tasks_with_needs_start_after_them_and_keep_their_place() {
        let order = Mutex::new(Vec::new());
        let tasks = vec![
            task("tests", &["build"]),
            task("build", &[]),
            task("lints", &["absent"]),
        ];
        let outcomes = spread(tasks, 1, |task| {
            order.lock().unwrap().push(task.name);
            Outcome::default()
        });
        assert_eq!(*order.lock().unwrap(), ["build", "tests", "lints"]);
        let names: Vec<_> = outcomes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["tests", "build", "lints"]);
    }

    #[test]
    fn two_lanes_run_two_tasks_at_once() {
        // Either task ends only once both have begun.
        let both = Barrier::new(2);
        let outcomes = spread(vec![task("one", &[]), task("other", &[])], 2, |_| {
            both.wait();
            Outcome::default()
        });
        assert!(outcomes.iter().all(|(_, outcome)| outcome.counts.failed == 0));
    }

    #[test]
    fn tasks_that_need_each_other_fail_instead_of_waiting() {
        let tasks = vec![task("one", &["other"]), task("other", &["one"])];
        let outcomes = spread(tasks, 2, |_| Outcome::default());
        assert!(outcomes.iter().all(|(_, outcome)| outcome.counts.failed == 1));
    }
}
