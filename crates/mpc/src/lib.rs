//! claimkit's two-party protocols.
//!
//! Pure functions over messages: no clock, no socket, no global randomness. Every state is a type, and every step
//! takes its state by value, so a run that failed a check cannot be used again.

pub mod abort;
pub mod names;
pub mod tags;

pub mod ed25519;
pub mod point;
mod scalar;
pub mod secp256k1;
mod unread;

mod proof;
pub mod share;

pub mod context_key;
pub mod derivation;

pub mod keygen;
pub mod refresh;

pub mod export;
pub mod import;

pub mod ecdsa;
pub mod eddsa;
mod extension;
mod field;
mod hedge;
mod multiply;
mod oracle;
pub mod pairing;
pub mod signature;

pub mod channel;

#[cfg(feature = "schema")]
mod schema;

#[cfg(test)]
mod flip;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod traps;

pub use abort::Abort;
pub use derivation::Path;
pub use ecdsa::Digest;
pub use names::{Epoch, PairingId, Role, RunId, Scheme, WalletId};
pub use point::Point;
pub use share::{KeyInfo, Share};
pub use signature::Signature;
