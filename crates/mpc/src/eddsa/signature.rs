//! An Ed25519 signature.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Abort, Point};

/// A signature of RFC 8032, Ed25519: R and S, 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// Verifies the signature of `message` under `public_key`: R in the prime-order subgroup and not the identity, S below the
    /// order, S·B = R + k·A (RFC 8032 §5.1.7, without the cofactor, which every verifier of the field accepts).
    ///
    /// # Errors
    /// [`Abort::WrongSignature`] otherwise; [`Abort::OtherCurve`] if the key is none of Ed25519.
    pub fn verify(&self, public_key: &Point, message: &[u8]) -> Result<(), Abort> {
        let key = super::VerifyingKey::deserialize(&public_key.ed25519()?.to_bytes());
        let signature = frost_core::Signature::<super::Ciphersuite>::deserialize(&self.0);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key.verify(message, &signature).map_err(|_| Abort::WrongSignature),
            _ => Err(Abort::WrongSignature),
        }
    }
}
