//! FROST(Ed25519, SHA-512): the group and the hashes of RFC 9591 §6.1, for frost-core, which does the protocol.
//!
//! The crate frost-ed25519 has them too, and the tests hold these against it. But it asks curve25519-dalek for precomputed
//! tables, 38 kB that can't be compressed and that every page would load.

use curve25519_dalek::{
    EdwardsPoint, Scalar,
    constants::ED25519_BASEPOINT_POINT,
    traits::{Identity, IsIdentity},
};
use frost_core::{Field, FieldError, Group, GroupError};
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::ed25519::{Point, scalar_from_bytes};
#[cfg(test)]
use crate::traps::{self, Trap};

/// The name that separates this suite's hashes from others'.
const CONTEXT: &str = "FROST-ED25519-SHA512-v1";

/// The suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ciphersuite;

/// Ed25519's prime-order subgroup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ed25519;

/// The integers modulo its order.
#[derive(Clone, Copy)]
pub(crate) struct ScalarField;

impl Field for ScalarField {
    type Scalar = Scalar;
    type Serialization = [u8; 32];

    fn zero() -> Scalar {
        Scalar::ZERO
    }

    fn one() -> Scalar {
        Scalar::ONE
    }

    fn invert(scalar: &Scalar) -> Result<Scalar, FieldError> {
        if *scalar == Scalar::ZERO {
            Err(FieldError::InvalidZeroScalar)
        } else {
            Ok(scalar.invert())
        }
    }

    fn random<R: RngCore + CryptoRng>(rng: &mut R) -> Scalar {
        let mut wide = Zeroizing::new([0; 64]);
        rng.fill_bytes(wide.as_mut_slice());
        Scalar::from_bytes_mod_order_wide(&wide)
    }

    fn serialize(scalar: &Scalar) -> [u8; 32] {
        scalar.to_bytes()
    }

    fn little_endian_serialize(scalar: &Scalar) -> [u8; 32] {
        scalar.to_bytes()
    }

    fn deserialize(bytes: &[u8; 32]) -> Result<Scalar, FieldError> {
        scalar_from_bytes(bytes).map_err(|_| FieldError::MalformedScalar)
    }
}

impl Group for Ed25519 {
    type Field = ScalarField;
    type Element = EdwardsPoint;
    type Serialization = [u8; 32];

    /// Of the subgroup: no element is outside it.
    fn cofactor() -> Scalar {
        Scalar::ONE
    }

    fn identity() -> EdwardsPoint {
        EdwardsPoint::identity()
    }

    fn generator() -> EdwardsPoint {
        ED25519_BASEPOINT_POINT
    }

    fn serialize(element: &EdwardsPoint) -> Result<[u8; 32], GroupError> {
        if element.is_identity() {
            Err(GroupError::InvalidIdentityElement)
        } else {
            Ok(element.compress().to_bytes())
        }
    }

    fn deserialize(bytes: &[u8; 32]) -> Result<EdwardsPoint, GroupError> {
        Point::from_bytes(bytes)
            .map(|point| *point.inner())
            .map_err(|_| GroupError::MalformedElement)
    }
}

impl frost_core::Ciphersuite for Ciphersuite {
    const ID: &'static str = CONTEXT;

    type Group = Ed25519;
    type HashOutput = [u8; 64];
    type SignatureSerialization = [u8; 64];

    fn H1(message: &[u8]) -> Scalar {
        #[cfg(test)]
        if traps::is_open(Trap::BindingFactors) {
            return Scalar::ONE;
        }
        scalar(&[CONTEXT.as_bytes(), b"rho", message])
    }

    /// The challenge of RFC 8032, without a context.
    fn H2(message: &[u8]) -> Scalar {
        scalar(&[message])
    }

    fn H3(message: &[u8]) -> Scalar {
        scalar(&[CONTEXT.as_bytes(), b"nonce", message])
    }

    fn H4(message: &[u8]) -> [u8; 64] {
        hash(&[CONTEXT.as_bytes(), b"msg", message])
    }

    fn H5(message: &[u8]) -> [u8; 64] {
        hash(&[CONTEXT.as_bytes(), b"com", message])
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 64] {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A hash as a scalar: 512 bits, little-endian, modulo the order.
fn scalar(parts: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Zeroizing::new(hash(parts)))
}

#[cfg(test)]
mod tests {
    use frost_core::Ciphersuite as _;
    use frost_ed25519::{Ed25519Group, Ed25519ScalarField, Ed25519Sha512};
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_hashes_are_those_of_frost_ed25519() {
        assert_eq!(Ciphersuite::ID, Ed25519Sha512::ID);
        for message in [&b""[..], b"a message", &[7; 200]] {
            assert_eq!(Ciphersuite::H1(message), Ed25519Sha512::H1(message));
            assert_eq!(Ciphersuite::H2(message), Ed25519Sha512::H2(message));
            assert_eq!(Ciphersuite::H3(message), Ed25519Sha512::H3(message));
            assert_eq!(Ciphersuite::H4(message), Ed25519Sha512::H4(message));
            assert_eq!(Ciphersuite::H5(message), Ed25519Sha512::H5(message));
        }
    }

    #[test]
    fn the_group_is_that_of_frost_ed25519() {
        assert_eq!(Ed25519::cofactor(), Ed25519Group::cofactor());
        assert_eq!(Ed25519::identity(), Ed25519Group::identity());
        assert_eq!(Ed25519::generator(), Ed25519Group::generator());
        let element = ED25519_BASEPOINT_POINT * ScalarField::random(&mut OsRng);
        let bytes = Ed25519::serialize(&element).unwrap();
        assert_eq!(Ed25519Group::serialize(&element), Ok(bytes));
        assert_eq!(Ed25519::deserialize(&bytes), Ok(element));
    }

    #[test]
    fn what_frost_ed25519_refuses_is_refused() {
        let identity = EdwardsPoint::identity();
        assert_eq!(Ed25519::serialize(&identity), Ed25519Group::serialize(&identity));
        let torsion = curve25519_dalek::constants::EIGHT_TORSION.map(|point| point.compress().to_bytes());
        for bytes in torsion.into_iter().chain([[0xff; 32]]) {
            assert!(Ed25519::deserialize(&bytes).is_err());
            assert!(Ed25519Group::deserialize(&bytes).is_err());
        }
        assert_eq!(
            ScalarField::deserialize(&[0xff; 32]),
            Ed25519ScalarField::deserialize(&[0xff; 32])
        );
    }

    #[test]
    fn the_field_is_that_of_frost_ed25519() {
        let scalar = ScalarField::random(&mut OsRng);
        assert_ne!(scalar, ScalarField::random(&mut OsRng));
        assert_eq!(
            ScalarField::invert(&scalar).ok(),
            Ed25519ScalarField::invert(&scalar).ok()
        );
        assert!(ScalarField::invert(&Scalar::ZERO).is_err());
        let bytes = ScalarField::serialize(&scalar);
        assert_eq!(bytes, ScalarField::little_endian_serialize(&scalar));
        assert_eq!(bytes, Ed25519ScalarField::serialize(&scalar));
        assert_eq!(ScalarField::deserialize(&bytes), Ok(scalar));
        assert_eq!(ScalarField::zero() + ScalarField::one(), Scalar::ONE);
    }
}
