//! What claimkit's fuzzers call: one module a target, each a function of arbitrary bytes that must not panic.
//!
//! A target also holds what must be true of bytes that *are* taken: they are the canonical ones, or the honest party's own. Each
//! says whether it took its input, so that a test can hold that the seeds, honest messages all, get past the door.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a fuzz target panics to say that it has found something"
)]

mod honest;

pub mod ceremony;
pub mod channel;
pub mod control;
pub mod door;
pub mod envelopes;
pub mod pairing;
pub mod requests;
pub mod settings;
pub mod shares;
pub mod signing;
pub mod steps;
pub mod wallet;
pub mod webauthn;

/// One target.
pub struct Target {
    /// Its name: that of its program and of its corpus.
    pub name: &'static str,
    /// Takes arbitrary bytes; says whether they were taken.
    pub run: fn(&[u8]) -> bool,
    /// Honest inputs, all of which are taken.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident),*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $name::run,
            seeds: $name::seeds,
        }),*];
    };
}

targets!(
    ceremony, channel, control, door, envelopes, pairing, requests, settings, shares, signing, steps, wallet, webauthn
);

/// The first byte chooses one of `kinds`; the rest is for it.
fn chosen<T: Copy>(kinds: &[T], data: &[u8]) -> Option<(T, Vec<u8>)> {
    let (&choice, rest) = data.split_first()?;
    let kind = kinds.get(usize::from(choice) % kinds.len())?;
    Some((*kind, rest.to_vec()))
}

/// The inverse of [`chosen`].
fn choosing(kind: usize, rest: &[u8]) -> Vec<u8> {
    [&[u8::try_from(kind).unwrap()], rest].concat()
}
