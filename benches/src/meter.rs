//! A stopwatch for each party, and a scale for what goes between them.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::Abort;
use rand_core::OsRng;
use serde::Serialize;

use crate::{clock, unit};

/// What a bench found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How often each operation ran.
    pub repetitions: usize,
    /// ECDSA over secp256k1.
    pub secp256k1: Operations,
    /// Ed25519.
    pub ed25519: Operations,
}

/// The operations of one scheme.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operations {
    /// Key generation.
    pub key_generation: Figure,
    /// Refresh, on secp256k1 with a fresh pairing.
    pub rotation: Figure,
    /// One cold signature: what it takes decoded from what is stored.
    pub sign: Figure,
}

/// One operation: medians of its runs, in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// One variable-base k256 multiplication, just before and just after, in milliseconds.
    pub multiplication_ms: [f64; 2],
    /// Both parties.
    pub both_ms: f64,
    /// The client alone.
    pub client_ms: f64,
    /// The longest the client works without giving its thread back.
    pub longest_client_task_ms: f64,
    /// Bytes of all messages of one run.
    pub bytes: usize,
    /// Messages of one run, both ways.
    pub messages: usize,
}

/// One run being measured.
#[derive(Default)]
pub(crate) struct Meter {
    client: f64,
    co_signer: f64,
    longest: f64,
    bytes: usize,
    messages: usize,
}

impl Meter {
    /// Lets the client work, in one task.
    pub(crate) fn client<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = clock::now();
        let result = work();
        let task = clock::now() - start;
        self.client += task;
        self.longest = self.longest.max(task);
        result
    }

    /// Lets the co-signer work.
    pub(crate) fn co_signer<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = clock::now();
        let result = work();
        self.co_signer += clock::now() - start;
        result
    }

    /// What both parties took, in milliseconds.
    pub(crate) fn both(&self) -> f64 {
        self.client + self.co_signer
    }

    /// Sends a message from the client: encoded by one party, decoded by the other.
    pub(crate) fn send_to_co_signer<M: BorshSerialize + BorshDeserialize>(&mut self, message: &M) -> Result<M, Abort> {
        let bytes = self.client(|| encode(message))?;
        self.count(&bytes);
        self.co_signer(|| decode(&bytes))
    }

    /// Sends a message to the client.
    pub(crate) fn send_to_client<M: BorshSerialize + BorshDeserialize>(&mut self, message: &M) -> Result<M, Abort> {
        let bytes = self.co_signer(|| encode(message))?;
        self.count(&bytes);
        self.client(|| decode(&bytes))
    }

    fn count(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.messages += 1;
    }
}

fn encode(message: &impl BorshSerialize) -> Result<Vec<u8>, Abort> {
    borsh::to_vec(message).map_err(|_| Abort::Malformed("message"))
}

fn decode<M: BorshDeserialize>(bytes: &[u8]) -> Result<M, Abort> {
    borsh::from_slice(bytes).map_err(|_| Abort::Malformed("message"))
}

/// Runs an operation again and again, and gives the medians.
pub(crate) fn repeat(count: usize, mut run: impl FnMut() -> Result<Meter, Abort>) -> Result<Figure, Abort> {
    // The first run pays for what all others find ready.
    let first = run()?;
    let before = unit::multiplication_ms(&mut OsRng);
    let mut runs = Vec::with_capacity(count);
    for _ in 0..count {
        runs.push(run()?);
    }
    let median = |value: fn(&Meter) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Ok(Figure {
        multiplication_ms: [before, unit::multiplication_ms(&mut OsRng)],
        both_ms: median(Meter::both),
        client_ms: median(|run| run.client),
        longest_client_task_ms: median(|run| run.longest),
        bytes: first.bytes,
        messages: first.messages,
    })
}
