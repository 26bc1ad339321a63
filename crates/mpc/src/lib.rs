//! claimkit's two-party protocols.
//!
//! Pure functions over messages: no clock, no socket, no global randomness. Every state is a type, and every step
//! takes its state by value, so a run that failed a check cannot be used again.

pub mod abort;
pub mod names;
pub mod tags;

mod proof;
mod secp256k1;
pub mod share;

pub mod keygen;
pub mod refresh;

pub mod ecdsa;
mod extension;
mod field;
mod multiply;
mod oracle;
pub mod pairing;

pub mod channel;

#[cfg(test)]
mod flip;
#[cfg(test)]
mod traps;

pub use abort::Abort;
pub use ecdsa::{Digest, Signature};
pub use names::{Epoch, PairingId, Role, RunId, Scheme, WalletId};
pub use secp256k1::Point;
pub use share::{KeyInfo, Share};
