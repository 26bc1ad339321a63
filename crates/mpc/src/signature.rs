//! A signature of either scheme.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Abort, Digest, Point, ecdsa, eddsa};

/// A signature of a wallet, of whichever scheme the wallet's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Signature {
    /// ECDSA over secp256k1.
    Ecdsa(ecdsa::Signature),
    /// Ed25519.
    Eddsa(eddsa::Signature),
}

impl Signature {
    /// Verifies the signature of a digest: ECDSA signs the digest itself, Ed25519 its 32 bytes as a message.
    ///
    /// # Errors
    /// [`Abort::WrongSignature`] if it does not verify; [`Abort::OtherCurve`] if the key is of another scheme.
    pub fn verify(&self, public_key: &Point, digest: &Digest) -> Result<(), Abort> {
        match self {
            Self::Ecdsa(signature) => signature.verify(public_key, digest),
            Self::Eddsa(signature) => signature.verify(public_key, &digest.0),
        }
    }
}
