//! What the figures were had on.

use std::{fs, process::Command, thread};

use anyhow::Result;
use serde::Serialize;

use crate::{process, setup::node};

/// A machine, as far as it explains a figure.
#[derive(Serialize)]
pub(crate) struct Machine {
    /// The processor's model.
    pub(super) processor: String,
    /// Cores that this process may use.
    pub(super) cores: usize,
    /// The compiler of the native figures.
    pub(super) rustc: String,
    /// Node's version.
    pub(super) node: String,
}

impl Machine {
    /// Describes this machine.
    ///
    /// # Errors
    /// If a tool can't be asked for its version.
    pub(crate) fn this() -> Result<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Ok(Self {
            processor: model.map_or("unknown processor", |(_, model)| model).to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            rustc: process::capture(Command::new("rustc").arg("--version"))?
                .trim()
                .to_owned(),
            node: node::version()?,
        })
    }
}
