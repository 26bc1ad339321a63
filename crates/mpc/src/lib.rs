//! claimkit's two-party protocols.
//!
//! Pure functions over messages: no clock, no socket, no global randomness. Every state is a type, and every step
//! takes its state by value, so a run that failed a check cannot be used again.

pub mod abort;
pub mod names;
pub mod tags;

pub mod point;
mod proof;
mod scalar;
pub mod share;

pub mod keygen;
pub mod refresh;

mod extension;
mod field;
mod multiply;
mod oracle;
pub mod pairing;
pub mod sign;

pub mod channel;

#[cfg(test)]
mod flip;
#[cfg(test)]
mod traps;

pub use abort::Abort;
pub use names::{Epoch, PairingId, Role, RunId, Scheme, WalletId};
pub use point::Point;
pub use share::{KeyInfo, Share};
pub use sign::{Digest, Signature};
