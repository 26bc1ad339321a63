//! Points of either curve as they arrive: validated once, at the door.

use borsh::{BorshDeserialize, BorshSerialize};
use k256::{ProjectivePoint, elliptic_curve::ops::LinearCombination};

use crate::{Abort, Scheme, ed25519, scalar::Scalar, secp256k1};

/// What the encoding of an Ed25519 point begins with, where SEC 1 has 2 or 3.
const ED25519: u8 = 0xed;

/// A point of a scheme's curve that is not the identity; on the wire 33 bytes.
///
/// On secp256k1 these are SEC 1's compressed form (§2.3.3); on Ed25519 the byte 0xed and the 32 bytes of RFC 8032 §5.1.2. So
/// the encoding names the curve, and a point of the wrong one is refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A point of secp256k1.
    Secp256k1(secp256k1::Point),
    /// A point of Ed25519, in the prime-order subgroup.
    Ed25519(ed25519::Point),
}

impl Point {
    /// The generator of a scheme's curve.
    pub(crate) fn generator(scheme: Scheme) -> Self {
        match scheme {
            Scheme::EcdsaSecp256k1 => Self::Secp256k1(secp256k1::Point::GENERATOR),
            Scheme::EddsaEd25519 => Self::Ed25519(ed25519::Point::generator()),
        }
    }

    /// The scheme whose curve this is a point of.
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Secp256k1(_) => Scheme::EcdsaSecp256k1,
            Self::Ed25519(_) => Scheme::EddsaEd25519,
        }
    }

    /// Refuses a point that is not of this scheme's curve.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`].
    pub(crate) fn expect(&self, scheme: Scheme) -> Result<(), Abort> {
        if self.scheme() == scheme {
            Ok(())
        } else {
            Err(Abort::OtherCurve)
        }
    }

    /// The point of secp256k1.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`].
    pub fn secp256k1(&self) -> Result<&secp256k1::Point, Abort> {
        match self {
            Self::Secp256k1(point) => Ok(point),
            Self::Ed25519(_) => Err(Abort::OtherCurve),
        }
    }

    /// The point of Ed25519.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`].
    pub fn ed25519(&self) -> Result<&ed25519::Point, Abort> {
        match self {
            Self::Ed25519(point) => Ok(point),
            Self::Secp256k1(_) => Err(Abort::OtherCurve),
        }
    }

    /// The sum: nothing when it is the identity.
    pub(crate) fn plus(&self, other: &Self) -> Result<Option<Self>, Abort> {
        Ok(match self {
            Self::Secp256k1(point) => {
                let sum = point.to_projective() + other.secp256k1()?.to_projective();
                secp256k1::Point::new(sum).map(Self::Secp256k1)
            }
            Self::Ed25519(point) => ed25519::Point::new(point.inner() + other.ed25519()?.inner()).map(Self::Ed25519),
        })
    }

    /// The difference: nothing when it is the identity.
    pub(crate) fn minus(&self, other: &Self) -> Result<Option<Self>, Abort> {
        Ok(match self {
            Self::Secp256k1(point) => {
                let difference = point.to_projective() - other.secp256k1()?.to_projective();
                secp256k1::Point::new(difference).map(Self::Secp256k1)
            }
            Self::Ed25519(point) => ed25519::Point::new(point.inner() - other.ed25519()?.inner()).map(Self::Ed25519),
        })
    }

    /// s·P − c·Y, P being this point: nothing when that is the identity.
    pub(crate) fn combine(&self, s: &Scalar, y: &Self, c: &Scalar) -> Result<Option<Self>, Abort> {
        Ok(match self {
            Self::Secp256k1(p) => {
                let (p, y) = (p.to_projective(), y.secp256k1()?.to_projective());
                let combined = ProjectivePoint::lincomb(&p, s.secp256k1()?, &y, &-*c.secp256k1()?);
                secp256k1::Point::new(combined).map(Self::Secp256k1)
            }
            Self::Ed25519(p) => {
                let combined = ed25519::combine_vartime(p, s.ed25519()?, y.ed25519()?, c.ed25519()?);
                ed25519::Point::new(combined).map(Self::Ed25519)
            }
        })
    }

    /// The 33 bytes of the encoding.
    pub fn to_bytes(&self) -> [u8; 33] {
        match self {
            Self::Secp256k1(point) => point.to_bytes(),
            Self::Ed25519(point) => {
                let mut bytes = [ED25519; 33];
                let [_, encoded @ ..] = &mut bytes;
                *encoded = point.to_bytes();
                bytes
            }
        }
    }

    /// Reads an encoded point.
    ///
    /// # Errors
    /// [`Abort::Malformed`] for another length or prefix, a point off its curve, outside the prime-order subgroup, or the
    /// identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        match bytes.split_first() {
            Some((&ED25519, encoded)) => ed25519::Point::from_bytes(encoded).map(Self::Ed25519),
            _ => secp256k1::Point::from_bytes(bytes).map(Self::Secp256k1),
        }
    }
}

impl BorshSerialize for Point {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Point {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let bytes = <[u8; 33]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes).map_err(|_| borsh::io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];

    #[test]
    fn the_encoding_names_the_curve() {
        for scheme in SCHEMES {
            let generator = Point::generator(scheme);
            assert_eq!(Point::from_bytes(&generator.to_bytes()), Ok(generator));
            assert_eq!(generator.scheme(), scheme);
        }
        for prefix in (0..=255).filter(|prefix| ![2, 3, ED25519].contains(prefix)) {
            for scheme in SCHEMES {
                let mut bytes = Point::generator(scheme).to_bytes();
                bytes[0] = prefix;
                assert_eq!(Point::from_bytes(&bytes), Err(Abort::Malformed("point")));
            }
        }
    }

    #[test]
    fn points_of_two_curves_have_no_sum() {
        let [secp256k1, ed25519] = SCHEMES.map(Point::generator);
        for (left, right) in [(secp256k1, ed25519), (ed25519, secp256k1)] {
            assert_eq!(left.plus(&right), Err(Abort::OtherCurve));
            assert_eq!(left.minus(&right), Err(Abort::OtherCurve));
            assert_eq!(left.expect(right.scheme()), Err(Abort::OtherCurve));
            assert_eq!(left.expect(left.scheme()), Ok(()));
        }
    }

    #[test]
    fn sums_and_differences_undo_each_other_and_the_identity_is_nothing() {
        for scheme in SCHEMES {
            let generator = Point::generator(scheme);
            let double = generator.plus(&generator).unwrap().unwrap();
            assert_eq!(double.minus(&generator), Ok(Some(generator)));
            assert_eq!(generator.minus(&generator), Ok(None));
        }
    }
}
