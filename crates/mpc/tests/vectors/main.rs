//! Known answers, each with its origin: run natively and, from the same source, in a browser (`cargo xtask test --only browser`).
//!
//! What is private to the crate has its known answers beside it: RFC 9380 in `secp256k1/hash.rs`, GF(2¹²⁸) in `field.rs`,
//! RFC 9180 in `channel/tests.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod aes_gcm;
mod bip32;
mod ecdsa;
mod ed25519;
mod frost;
mod hkdf;
mod own;
mod stored;
mod x25519;

/// Bytes of a known length from hex.
fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}
