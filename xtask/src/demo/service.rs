//! A program that runs until it is told to end.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

/// How long a service may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program, its log and what people call it.
pub(super) struct Service {
    /// What people call it.
    pub(super) name: &'static str,
    /// What it prints.
    pub(super) log: PathBuf,
    child: Child,
}

impl Service {
    /// Starts it in a process group of its own, so that Ctrl-C reaches it through [`Service::end`] alone.
    ///
    /// # Errors
    /// If it can't be started.
    pub(super) fn start(name: &'static str, mut command: Command, input: Stdio, log: PathBuf) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
        let errors = file.try_clone().context("can't share the log")?;
        let child = command
            .stdin(input)
            .stdout(file)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("can't start {name}"))?;
        Ok(Self { name, log, child })
    }

    /// Checks that it runs.
    ///
    /// # Errors
    /// If it ended, with the last it said.
    pub(super) fn must_run(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait().with_context(|| format!("lost {}", self.name))? else {
            return Ok(());
        };
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(20).collect();
        last.iter().rev().for_each(|line| eprintln!("  {line}"));
        bail!("{} ended ({status}); removing target/demo starts it afresh", self.name)
    }

    /// Asks it to end, waits, and ends it if it would not.
    pub(super) fn end(mut self) {
        ask_to_end(&self.child);
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if Instant::now() > end {
                eprintln!("{} did not end when asked", self.name);
                // Nothing to be done if it ended just now.
                let _ = self.child.kill().and_then(|()| self.child.wait());
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Asks a child to end, by its process id.
pub(super) fn ask_to_end(child: &Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        // A child that is gone already needs no asking.
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
}

/// The port that a co-signer serves on, once its log says so.
pub(super) fn serving_port(log: &Path) -> Option<u16> {
    let log = fs::read_to_string(log).ok()?;
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let address = lines
        .filter(|line| line["message"] == "serving")
        .find_map(|line| line["address"].as_str()?.parse::<SocketAddr>().ok())?;
    Some(address.port())
}

/// Whether something on this port answers a GET of `path` with 200.
pub(super) fn answers(port: u16, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    let status = TcpStream::connect(("localhost", port)).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(request.as_bytes())?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status)
    });
    status.is_ok_and(|status| status == *b"HTTP/1.1 200")
}
