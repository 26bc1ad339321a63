//! What the bench prints.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The figures of one build: native, or wasm.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Report {
    repetitions: u32,
    /// Key generation.
    pub(super) key_generation: Figure,
    /// Refresh with a fresh pairing.
    pub(super) rotation: Figure,
    /// One cold signature.
    pub(super) sign: Figure,
}

/// One operation.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Figure {
    /// One variable-base k256 multiplication, just before and just after.
    multiplication_ms: [f64; 2],
    /// Both parties.
    pub(super) both_ms: f64,
    /// The client alone.
    pub(super) client_ms: f64,
    /// The longest the client holds its thread.
    pub(super) longest_client_task_ms: f64,
    /// Bytes of all messages.
    pub(super) bytes: u64,
    /// Messages both ways.
    pub(super) messages: u32,
}

impl Report {
    /// Reads what the bench printed.
    ///
    /// # Errors
    /// If that is something else.
    pub(super) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("the bench printed something unexpected")
    }

    /// The figures as a table.
    pub(super) fn table(&self, name: &str) -> String {
        let mut text = format!("\nclaimkit, {name}: medians of {}\n", self.repetitions);
        text.push_str(&format!(
            "{:<36}{:>10}{:>10}{:>10}{:>10}{:>12}{:>10}{:>10}{:>12}\n",
            "", "both ms", "mult", "client ms", "mult", "longest ms", "bytes", "messages", "1 mult, µs"
        ));
        for (operation, figure) in [
            ("key generation", &self.key_generation),
            ("rotation (refresh, fresh pairing)", &self.rotation),
            ("sign, cold, one round trip", &self.sign),
        ] {
            text.push_str(&format!(
                "{operation:<36}{:>10.2}{:>10.1}{:>10.2}{:>10.1}{:>12.2}{:>10}{:>10}{:>12.1}\n",
                figure.both_ms,
                figure.mult(figure.both_ms),
                figure.client_ms,
                figure.mult(figure.client_ms),
                figure.longest_client_task_ms,
                figure.bytes,
                figure.messages,
                figure.unit() * 1e3,
            ));
        }
        text
    }
}

impl Figure {
    /// A time in the unit that makes machines comparable.
    pub(super) fn mult(&self, milliseconds: f64) -> f64 {
        milliseconds / self.unit()
    }

    /// The unit, in milliseconds.
    fn unit(&self) -> f64 {
        let [before, after] = self.multiplication_ms;
        f64::midpoint(before, after)
    }
}
