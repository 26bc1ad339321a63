//! What the bench prints.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The figures of one build: native, or wasm.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Report {
    repetitions: u32,
    /// ECDSA over secp256k1.
    pub(super) secp256k1: Operations,
    /// Ed25519.
    pub(super) ed25519: Operations,
}

/// The operations of one scheme.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Operations {
    /// Key generation.
    pub(super) key_generation: Figure,
    /// Refresh, on secp256k1 with a fresh pairing.
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

/// A page's first visit: a fresh process, and nothing warm in it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cold {
    /// Compiling and instantiating the module.
    pub(super) instantiate_ms: f64,
    /// A rotation with a fresh pairing, and a signature; both parties, secp256k1.
    pub(super) work_ms: f64,
}

/// The check of one request of a session, at the co-signer.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionCheck {
    repetitions: u32,
    body_bytes: u32,
    pub(super) median_ms: f64,
    least_ms: f64,
}

impl SessionCheck {
    /// Reads what the bench printed.
    ///
    /// # Errors
    /// If that is something else.
    pub(super) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("the bench printed something unexpected")
    }

    /// The figures as a table.
    pub(super) fn table(&self) -> String {
        format!(
            "\nco-signer, native: median of {}\n{:<36}{:>10}{:>10}\n{:<36}{:>10.3}{:>10.3}\n",
            self.repetitions,
            "",
            "ms",
            "least ms",
            format!("check of a request of {} bytes", self.body_bytes),
            self.median_ms,
            self.least_ms
        )
    }
}

impl Cold {
    /// Reads what the bench printed.
    ///
    /// # Errors
    /// If that is something else.
    pub(super) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("the bench printed something unexpected")
    }
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
            ("secp256k1: key generation", &self.secp256k1.key_generation),
            ("secp256k1: rotation, fresh pairing", &self.secp256k1.rotation),
            ("secp256k1: sign, cold, 1 round trip", &self.secp256k1.sign),
            ("Ed25519: key generation", &self.ed25519.key_generation),
            ("Ed25519: rotation", &self.ed25519.rotation),
            ("Ed25519: sign, cold, 1 round trip", &self.ed25519.sign),
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
