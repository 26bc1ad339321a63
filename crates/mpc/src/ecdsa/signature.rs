//! What is signed, and the signature.

use borsh::{BorshDeserialize, BorshSerialize};
use k256::{
    ProjectivePoint, Scalar, U256,
    elliptic_curve::{
        ops::{LinearCombination, Reduce},
        scalar::IsHigh,
    },
};

use crate::{
    Abort,
    secp256k1::{self, Point},
};

/// The 32-byte hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest modulo q (SEC 1 §4.1.3, step 5).
    pub(crate) fn to_scalar(self) -> Scalar {
        <Scalar as Reduce<U256>>::reduce_bytes(&self.0.into())
    }
}

/// An ECDSA signature: low-s, with its recovery id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signature {
    /// r, big-endian.
    pub r: [u8; 32],
    /// s, big-endian, at most half the group's order.
    pub s: [u8; 32],
    /// 0 or 1: the parity of R's y (2 and 3, where r was reduced, never leave `finish`).
    pub recovery_id: u8,
}

impl Signature {
    /// The signature (r, s) with nonce point `nonce_point`, or its negative, whichever has the lower s.
    pub(crate) fn new(nonce_point: &Point, s: Scalar) -> Self {
        let is_high = bool::from(s.is_high());
        Self {
            r: nonce_point.x(),
            s: if is_high { -s } else { s }.to_bytes().into(),
            recovery_id: u8::from(nonce_point.y_is_odd() != is_high),
        }
    }

    /// Verifies the signature of `digest` under `public_key`: r and s in range, s low, the recovery id right.
    ///
    /// # Errors
    /// [`Abort::WrongSignature`] otherwise; [`Abort::OtherCurve`] if the key is none of secp256k1.
    pub fn verify(&self, public_key: &crate::Point, digest: &Digest) -> Result<(), Abort> {
        if self.holds(public_key.secp256k1()?, digest) == Some(true) {
            Ok(())
        } else {
            Err(Abort::WrongSignature)
        }
    }

    /// Whether (m·G + r·X)/s has r as its x and the parity that the recovery id says: SEC 1 §4.1.4 and, by that, §4.1.6.
    fn holds(&self, public_key: &Point, digest: &Digest) -> Option<bool> {
        let r = *secp256k1::Scalar::from_bytes(&self.r).ok()?.get();
        let s = *secp256k1::Scalar::from_bytes(&self.s).ok()?.get();
        if bool::from(r.is_zero() | s.is_high()) {
            return Some(false);
        }
        let inverse: Scalar = Option::from(s.invert())?;
        let (x, generator) = (public_key.to_projective(), ProjectivePoint::GENERATOR);
        let sum = ProjectivePoint::lincomb(&generator, &(digest.to_scalar() * inverse), &x, &(r * inverse));
        let nonce_point = Point::new(sum)?;
        Some(nonce_point.x() == self.r && u8::from(nonce_point.y_is_odd()) == self.recovery_id)
    }
}
