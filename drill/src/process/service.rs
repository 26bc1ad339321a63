//! The co-signer's process: the binary that operators run, on files of its own.

use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use crate::world::ORIGIN;

/// How long a start may take, on a machine that does much else.
const START: Duration = Duration::from_secs(60);
/// How many lines of a process's log are kept, to be shown where it failed.
const LINES: usize = 40;
const SCOPES: &str = "wallets:create,wallets:read,wallets:update,sign,claims:ticket";

/// What a co-signer has on the disk.
pub(super) struct Files {
    binary: PathBuf,
    folder: PathBuf,
}

impl Files {
    /// Writes the settings of a co-signer that has never run.
    pub(super) fn new(binary: &Path, folder: &Path) -> Self {
        let files = Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
        };
        let settings = format!(
            "listen = \"127.0.0.1:0\"\ndatabase = {:?}\n[relying_party]\nid = \"localhost\"\nname = \"Drill\"\n\
             origins = [\"{ORIGIN}\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n[key_encryption]\nprovider = \"file\"\npath = {:?}\ncreate_key = true\n\
             [limits]\nwallet = 100000\naddress = 100000\npairing = 100000\nrotations = 100000\nrenewals = 100000\nrotation_pause = 0\n",
            files.database(),
            folder.join("cosigner.key"),
        );
        fs::write(files.settings(), settings).unwrap();
        files
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("cosigner.db")
    }

    /// The length of the database's write-ahead log, in bytes.
    pub(super) fn log_length(&self) -> u64 {
        fs::metadata(self.folder.join("cosigner.db-wal")).map_or(0, |file| file.len())
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("cosigner.toml")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(words).arg("--config").arg(self.settings());
        command.stdin(Stdio::null());
        command
    }

    /// Makes an API key, by the operator's command.
    pub(super) fn make_api_key(&self) -> String {
        let made = self
            .command(&["keys", "create", "--name", "drill", "--scopes", SCOPES])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// Starts it, and waits until it says that it serves.
    ///
    /// # Errors
    /// What it logged, if it never does.
    pub(super) fn start(&self) -> Result<Service, String> {
        let mut process = self
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::default();
        let (tell, told) = mpsc::channel();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let kept = log.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(address) = serving(&line) {
                    let _ = tell.send(address);
                }
                kept.add(line);
            }
        });
        match told.recv_timeout(START) {
            Ok(address) => Ok(Service { process, address, log }),
            Err(_) => {
                let _ = process.kill();
                let _ = process.wait();
                Err(format!("the co-signer did not start:\n{}", log.text()))
            }
        }
    }
}

/// The address in the line that says that it serves.
fn serving(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? != "serving" {
        return None;
    }
    line.get("address")?.as_str()?.parse().ok()
}

/// The last lines that a process logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > LINES {
            lines.pop_front();
        }
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A running co-signer. Killed when dropped.
pub(super) struct Service {
    process: Child,
    pub(super) address: SocketAddr,
    log: Log,
}

impl Service {
    /// What it logged, if it has ended by itself.
    pub(super) fn ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().unwrap()?;
        Some(format!(
            "the co-signer ended by itself ({status}):\n{}",
            self.log.text()
        ))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // SIGKILL: nothing is finished, nothing is told.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
