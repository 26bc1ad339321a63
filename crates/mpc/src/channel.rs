//! The channel: one request and its answer, encrypted to the co-signer's pinned key (RFC 9180; docs/protocol.md, Channel).
//!
//! DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Base mode for whoever is authenticated otherwise, auth mode where the
//! sender's key is its identity (a claim's browser key, a session's key). The answer's key is exported from the request's
//! context (the shape of RFC 9458 §4.4), so only the holder of the pinned key can answer.

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::Abort;

/// An X25519 public key: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct ChannelPublicKey(pub [u8; 32]);

/// An X25519 private key. Erased when dropped.
pub struct ChannelKey {}

impl ChannelKey {
    /// Draws a key.
    pub fn random(_rng: &mut impl CryptoRngCore) -> Self {
        todo!()
    }
    /// Derives a key from a 32-byte seed (RFC 9180 §7.1.3, DeriveKeyPair).
    pub fn from_seed(_seed: &[u8; 32]) -> Self {
        todo!()
    }
    /// The public half.
    pub fn public_key(&self) -> ChannelPublicKey {
        todo!()
    }
}

/// The sender of a request waits for its answer.
pub struct AwaitingAnswer {}
/// The receiver of a request may answer it, once.
pub struct Answering {}

/// A request as its receiver reads it.
pub struct Opened {
    /// The sender's key, proved, where the request was sent in auth mode.
    pub sender: Option<ChannelPublicKey>,
    /// What was sent.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The right to answer.
    pub answering: Answering,
}

/// Seals a request to `to`, under a label that names protocol and step; `from` proves the sender's key.
pub fn seal_request(
    _to: &ChannelPublicKey,
    _from: Option<&ChannelKey>,
    _label: &str,
    _plaintext: &[u8],
    _rng: &mut impl CryptoRngCore,
) -> Result<(AwaitingAnswer, Vec<u8>), Abort> {
    todo!()
}

/// Opens a request that was sealed to `key` under `label`.
pub fn open_request(_key: &ChannelKey, _label: &str, _bytes: &[u8]) -> Result<Opened, Abort> {
    todo!()
}

impl Answering {
    /// Seals the answer.
    pub fn seal(self, _plaintext: &[u8], _rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, Abort> {
        todo!()
    }
}

impl AwaitingAnswer {
    /// Opens the answer.
    pub fn open(self, _bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
        todo!()
    }
}

/// Seals bytes to a key, with no answer expected: the hand-off of a share to one browser.
pub fn seal_to(
    _to: &ChannelPublicKey,
    _label: &str,
    _plaintext: &[u8],
    _rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, Abort> {
    todo!()
}

/// Opens bytes that were sealed to `key` under `label`.
pub fn open_from(_key: &ChannelKey, _label: &str, _bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
    todo!()
}
