//! Scalars modulo the order of either curve.

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{Abort, Point, Scheme, ed25519, secp256k1};

/// A scalar that both parties may see.
#[derive(Clone, Copy)]
pub(crate) enum Scalar {
    Secp256k1(k256::Scalar),
    Ed25519(ed25519::Scalar),
}

impl Scalar {
    /// Reads 32 bytes below the order, big-endian for secp256k1 and little-endian for Ed25519. Zero is allowed.
    pub(crate) fn from_bytes(scheme: Scheme, bytes: &[u8; 32]) -> Result<Self, Abort> {
        match scheme {
            Scheme::EcdsaSecp256k1 => secp256k1::Scalar::from_bytes(bytes).map(|scalar| Self::Secp256k1(*scalar.get())),
            Scheme::EddsaEd25519 => ed25519::scalar_from_bytes(bytes).map(Self::Ed25519),
        }
    }

    /// The hash of a tag and inputs, modulo the order.
    pub(crate) fn hash(scheme: Scheme, tag: &str, inputs: &[&[u8]]) -> Self {
        match scheme {
            Scheme::EcdsaSecp256k1 => Self::Secp256k1(secp256k1::hash_to_scalar(tag, inputs)),
            Scheme::EddsaEd25519 => Self::Ed25519(ed25519::hash_to_scalar(tag, inputs)),
        }
    }

    pub(crate) fn secp256k1(&self) -> Result<&k256::Scalar, Abort> {
        match self {
            Self::Secp256k1(scalar) => Ok(scalar),
            Self::Ed25519(_) => Err(Abort::OtherCurve),
        }
    }

    pub(crate) fn ed25519(&self) -> Result<&ed25519::Scalar, Abort> {
        match self {
            Self::Ed25519(scalar) => Ok(scalar),
            Self::Secp256k1(_) => Err(Abort::OtherCurve),
        }
    }
}

/// A secret scalar that is not zero. Erased when dropped.
pub(crate) enum SecretScalar {
    Secp256k1(secp256k1::SecretScalar),
    Ed25519(ed25519::SecretScalar),
}

impl SecretScalar {
    pub(crate) fn random(scheme: Scheme, rng: &mut impl CryptoRngCore) -> Self {
        match scheme {
            Scheme::EcdsaSecp256k1 => Self::Secp256k1(secp256k1::SecretScalar::random(rng)),
            Scheme::EddsaEd25519 => Self::Ed25519(ed25519::SecretScalar::random(rng)),
        }
    }

    /// Reads 32 bytes, in the scheme's byte order, refusing zero, the order and above.
    pub(crate) fn from_bytes(scheme: Scheme, bytes: &[u8; 32]) -> Result<Self, Abort> {
        match scheme {
            Scheme::EcdsaSecp256k1 => secp256k1::SecretScalar::from_bytes(bytes).map(Self::Secp256k1),
            Scheme::EddsaEd25519 => ed25519::SecretScalar::from_bytes(bytes).map(Self::Ed25519),
        }
    }

    /// The hash of a tag and secret inputs, modulo the order.
    ///
    /// # Errors
    /// [`Abort::Degenerate`] if that is zero.
    pub(crate) fn hash(scheme: Scheme, tag: &str, inputs: &[&[u8]]) -> Result<Self, Abort> {
        match scheme {
            Scheme::EcdsaSecp256k1 => {
                secp256k1::SecretScalar::new(secp256k1::hash_to_scalar(tag, inputs)).map(Self::Secp256k1)
            }
            Scheme::EddsaEd25519 => ed25519::SecretScalar::new(ed25519::hash_to_scalar(tag, inputs)).map(Self::Ed25519),
        }
        .ok_or(Abort::Degenerate)
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::Secp256k1(secret) => secret.to_bytes(),
            Self::Ed25519(secret) => secret.to_bytes(),
        }
    }

    /// A second copy, for a run that must outlive the share it was started from.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Secp256k1(secret) => Self::Secp256k1(secret.copy()),
            Self::Ed25519(secret) => Self::Ed25519(secret.copy()),
        }
    }

    pub(crate) fn secp256k1(&self) -> Result<&secp256k1::SecretScalar, Abort> {
        match self {
            Self::Secp256k1(secret) => Ok(secret),
            Self::Ed25519(_) => Err(Abort::OtherCurve),
        }
    }

    pub(crate) fn ed25519(&self) -> Result<&ed25519::SecretScalar, Abort> {
        match self {
            Self::Ed25519(secret) => Ok(secret),
            Self::Secp256k1(_) => Err(Abort::OtherCurve),
        }
    }

    /// This scalar times the generator.
    pub(crate) fn to_point(&self) -> Point {
        match self {
            Self::Secp256k1(secret) => Point::Secp256k1(secret.to_point()),
            Self::Ed25519(secret) => Point::Ed25519(secret.to_point()),
        }
    }

    /// This scalar times another point of its curve.
    pub(crate) fn times(&self, base: &Point) -> Result<Point, Abort> {
        Ok(match self {
            Self::Secp256k1(secret) => Point::Secp256k1(secret.times(base.secp256k1()?)),
            Self::Ed25519(secret) => Point::Ed25519(secret.times(base.ed25519()?)),
        })
    }

    /// The encoding of this scalar times the peer's point: a Diffie–Hellman secret.
    pub(crate) fn agree(&self, peer: &Point) -> Result<Zeroizing<[u8; 33]>, Abort> {
        Ok(Zeroizing::new(self.times(peer)?.to_bytes()))
    }

    /// The sum of two secrets.
    ///
    /// # Errors
    /// [`Abort::Degenerate`] if it is zero.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, Abort> {
        match self {
            Self::Secp256k1(secret) => {
                secp256k1::SecretScalar::new(secret.expose() + other.secp256k1()?.expose()).map(Self::Secp256k1)
            }
            Self::Ed25519(secret) => {
                ed25519::SecretScalar::new(secret.expose() + other.ed25519()?.expose()).map(Self::Ed25519)
            }
        }
        .ok_or(Abort::Degenerate)
    }

    /// The difference of two secrets.
    ///
    /// # Errors
    /// [`Abort::Degenerate`] if it is zero.
    pub(crate) fn minus(&self, other: &Self) -> Result<Self, Abort> {
        match self {
            Self::Secp256k1(secret) => {
                secp256k1::SecretScalar::new(secret.expose() - other.secp256k1()?.expose()).map(Self::Secp256k1)
            }
            Self::Ed25519(secret) => {
                ed25519::SecretScalar::new(secret.expose() - other.ed25519()?.expose()).map(Self::Ed25519)
            }
        }
        .ok_or(Abort::Degenerate)
    }

    /// This scalar, as a nonce, plus a public challenge times a witness; 32 bytes, in the scheme's byte order.
    pub(crate) fn respond(&self, challenge: &Scalar, witness: &Self) -> Result<[u8; 32], Abort> {
        Ok(match self {
            Self::Secp256k1(nonce) => {
                let product = Zeroizing::new(*challenge.secp256k1()? * witness.secp256k1()?.expose());
                (*product + nonce.expose()).to_bytes().into()
            }
            Self::Ed25519(nonce) => {
                let product = Zeroizing::new(challenge.ed25519()? * witness.ed25519()?.expose());
                (nonce.expose() + *product).to_bytes()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn secrets_of_two_curves_do_not_mix() {
        let secp256k1 = SecretScalar::random(Scheme::EcdsaSecp256k1, &mut OsRng);
        let ed25519 = SecretScalar::random(Scheme::EddsaEd25519, &mut OsRng);
        for (left, right) in [(&secp256k1, &ed25519), (&ed25519, &secp256k1)] {
            assert_eq!(left.plus(right).err(), Some(Abort::OtherCurve));
            assert_eq!(left.minus(right).err(), Some(Abort::OtherCurve));
            assert_eq!(left.times(&right.to_point()).err(), Some(Abort::OtherCurve));
        }
    }

    #[test]
    fn sums_of_secrets_are_secrets_of_sums() {
        for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
            let [one, two] = [(); 2].map(|()| SecretScalar::random(scheme, &mut OsRng));
            let sum = one.plus(&two).unwrap();
            assert_eq!(sum.to_point(), one.to_point().plus(&two.to_point()).unwrap().unwrap());
            assert_eq!(*sum.minus(&two).unwrap().to_bytes(), *one.to_bytes());
            assert_eq!(one.minus(&one).err(), Some(Abort::Degenerate));
            assert_eq!(one.times(&two.to_point()), two.times(&one.to_point()));
        }
    }
}
