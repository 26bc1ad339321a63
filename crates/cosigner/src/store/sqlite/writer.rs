//! The one writer: a thread that takes what is waiting, does it in one transaction, syncs once, and tells everyone.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::Connection;

use super::{BUSY, high_water::Keeper};
use crate::store::{Moment, Result, StoreError, Watch, Write};

/// Changes that may wait.
const QUEUE: usize = 1024;
/// Changes in one transaction.
const GROUP: usize = 128;

/// How long the log's cut waits for readers. One that is in the way for longer leaves it to the next.
const CUT: Duration = Duration::from_millis(100);

/// A change, and what tells its caller once the commit is known.
struct Job {
    write: Write,
    run: Box<dyn FnOnce(&Connection) -> Tell + Send>,
}
type Tell = Box<dyn FnOnce(core::result::Result<(), String>) + Send>;

/// The writer's handle. Dropping it ends the thread, after what is waiting is done.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    watch: Watch,
}

impl Writer {
    pub(super) fn start(connection: Connection, keeper: Keeper, watch: Watch) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(&connection, &keeper, &waiting))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            watch,
        })
    }

    /// Does `change` in a transaction and returns when it is on the disk.
    pub(super) fn run<T: Send + 'static>(
        &self,
        write: Write,
        change: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(write, change)?.recv().map_err(|_| gone())?
    }

    /// Does `change` as [`Self::run`] would, after what was asked for before, and does not wait for it.
    pub(super) fn run_later(&self, write: Write, change: impl FnOnce(&Connection) -> Result<()> + Send + 'static) {
        // Nobody is there to be told of a failure.
        drop(self.ask(write, change));
    }

    fn ask<T: Send + 'static>(
        &self,
        write: Write,
        change: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<Receiver<Result<T>>> {
        let (tell, told) = sync_channel(1);
        let watch = self.watch.clone();
        let run = Box::new(move |connection: &Connection| -> Tell {
            watch(write, Moment::Before);
            let outcome = in_savepoint(connection, change);
            if outcome.is_ok() {
                watch(write, Moment::Within);
            }
            Box::new(move |committed| {
                if outcome.is_ok() && committed.is_ok() {
                    watch(write, Moment::After);
                }
                // A caller that has gone away is told nothing; the change stands.
                let _ = tell.send(committed.map_err(StoreError::Unavailable).and(outcome));
            })
        });
        let job = Job { write, run };
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        Ok(told)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer has ended".to_owned())
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, keeper: &Keeper, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let begun = keeper
            .catch_up(connection)
            .and_then(|()| Ok(connection.execute_batch("BEGIN IMMEDIATE")?));
        let mut erases = false;
        let tells: Vec<Tell> = core::iter::once(first)
            .chain(waiting.try_iter())
            .take(GROUP)
            .map(|job| {
                erases |= job.write.erases();
                (job.run)(connection)
            })
            .collect();
        let committed = begun
            .and_then(|()| keeper.commit(connection))
            .map_err(|error| error.to_string());
        if committed.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        if erases {
            cut(connection);
        }
        for tell in tells {
            tell(committed.clone());
        }
    }
}

/// Folds the write-ahead log into the file and cuts it: what was erased lies in it still.
fn cut(connection: &Connection) {
    let _ = connection.busy_timeout(CUT);
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let _ = connection.busy_timeout(BUSY);
}

/// A change that fails is undone by itself; the others in its transaction stand.
fn in_savepoint<T>(connection: &Connection, change: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    if connection.is_autocommit() {
        return Err(StoreError::Unavailable("no transaction could begin".to_owned()));
    }
    connection.execute_batch("SAVEPOINT change")?;
    let outcome = change(connection);
    let end = if outcome.is_ok() {
        "RELEASE change"
    } else {
        "ROLLBACK TO change; RELEASE change"
    };
    connection.execute_batch(end)?;
    outcome
}
