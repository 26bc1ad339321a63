//! claimkit's two-party protocols.
//!
//! Pure functions over messages: no clock, no socket, no global randomness. Every state is a type, and every step
//! takes its state by value, so a run that failed a check cannot be used again.

pub mod abort;
pub mod channel;
#[cfg(test)]
mod flip;
pub mod keygen;
pub mod names;
pub mod pairing;
pub mod point;
mod proof;
pub mod refresh;
mod scalar;
pub mod share;
pub mod sign;
pub mod tags;

pub use abort::Abort;
pub use names::{Epoch, PairingId, Role, RunId, Scheme, WalletId};
pub use point::Point;
pub use share::{KeyInfo, Share};
pub use sign::{Digest, Signature};
