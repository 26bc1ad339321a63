//! Points as they arrive: validated once, at the door.

use borsh::{BorshDeserialize, BorshSerialize};
use k256::{
    AffinePoint, ProjectivePoint,
    elliptic_curve::{
        group::Group,
        point::{AffineCoordinates, DecompressPoint},
        sec1::ToEncodedPoint,
    },
};
use subtle::{Choice, ConditionallySelectable};

use crate::Abort;

/// A point of secp256k1 that is not the identity; on the wire 33 bytes, SEC 1 compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point(AffinePoint);

impl Point {
    /// G, the generator.
    pub(crate) const GENERATOR: Self = Self(AffinePoint::GENERATOR);

    /// A computed point: nothing when it is the identity.
    pub(crate) fn new(inner: ProjectivePoint) -> Option<Self> {
        if bool::from(inner.is_identity()) {
            None
        } else {
            Some(Self(inner.to_affine()))
        }
    }

    /// A point that cannot be the identity: in a group of prime order, a point that is not it times a scalar that is not zero.
    pub(crate) fn from_nonzero(inner: ProjectivePoint) -> Self {
        Self(inner.to_affine())
    }

    /// The same for a point that is affine already.
    pub(crate) fn from_nonzero_affine(inner: AffinePoint) -> Self {
        Self(inner)
    }

    pub(crate) fn to_projective(self) -> ProjectivePoint {
        self.0.into()
    }

    /// The affine x, big-endian: a signature's r before it is reduced.
    pub(crate) fn x(&self) -> [u8; 32] {
        self.0.x().into()
    }

    /// The parity of the affine y.
    pub(crate) fn y_is_odd(&self) -> bool {
        self.0.y_is_odd().into()
    }

    /// The 33 bytes of the compressed encoding (SEC 1 §2.3.3).
    pub fn to_bytes(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        let [prefix, x @ ..] = &mut bytes;
        *prefix = if self.y_is_odd() { 3 } else { 2 };
        *x = self.x();
        bytes
    }

    /// Reads a compressed point.
    ///
    /// # Errors
    /// [`Abort::Malformed`] for another length or prefix, a point off the curve, the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        let (y_is_odd, x) = match bytes.split_first() {
            Some((2, x)) => (0, x),
            Some((3, x)) => (1, x),
            _ => return Err(Abort::Malformed("point")),
        };
        let x = <[u8; 32]>::try_from(x).map_err(|_| Abort::Malformed("point"))?;
        let point = AffinePoint::decompress(&x.into(), y_is_odd.into());
        Option::from(point).map(Self).ok_or(Abort::Malformed("point"))
    }

    /// The 65 bytes of the uncompressed encoding (SEC 1 §2.3.3), from which chain addresses are made.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        bytes.copy_from_slice(self.0.to_encoded_point(false).as_bytes());
        bytes
    }
}

impl ConditionallySelectable for Point {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(AffinePoint::conditional_select(&a.0, &b.0, choice))
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

    fn refused(bytes: &[u8]) {
        assert_eq!(Point::from_bytes(bytes), Err(Abort::Malformed("point")), "{bytes:02x?}");
    }

    #[test]
    fn both_encodings_are_those_of_sec_1() {
        for k in 1..20u64 {
            let inner = ProjectivePoint::GENERATOR * k256::Scalar::from(k);
            let point = Point::new(inner).unwrap();
            assert_eq!(point.to_bytes()[..], *inner.to_encoded_point(true).as_bytes());
            assert_eq!(point.to_uncompressed()[..], *inner.to_encoded_point(false).as_bytes());
            assert_eq!(Point::from_bytes(&point.to_bytes()), Ok(point));
            assert_eq!(point.to_projective(), inner);
        }
    }

    #[test]
    fn the_identity_is_refused_in_every_encoding() {
        assert_eq!(Point::new(ProjectivePoint::IDENTITY), None);
        refused(&[]);
        refused(&[0]);
        refused(&[0; 33]);
        refused(&[0; 65]);
    }

    #[test]
    fn other_lengths_and_prefixes_are_refused() {
        let bytes = Point::GENERATOR.to_bytes();
        refused(&bytes[..32]);
        refused(&[&bytes[..], &[0]].concat());
        refused(&Point::GENERATOR.to_uncompressed());
        for prefix in (0..=255).filter(|prefix| ![2, 3].contains(prefix)) {
            let mut other = bytes;
            other[0] = prefix;
            refused(&other);
        }
    }

    #[test]
    fn an_x_off_the_curve_is_refused() {
        // x = 5 has no y on secp256k1.
        let mut bytes = [0; 33];
        bytes[0] = 2;
        bytes[32] = 5;
        refused(&bytes);
        assert!(borsh::from_slice::<Point>(&bytes).is_err());
    }

    #[test]
    fn an_x_of_p_or_more_is_refused() {
        // p + 1: reduced it would be the valid x = 1.
        let mut bytes = [0xff; 33];
        bytes[0] = 2;
        bytes[28..].copy_from_slice(&0xfe_ffff_fc30_u64.to_be_bytes()[3..]);
        refused(&bytes);
        let mut one = [0; 33];
        (one[0], one[32]) = (2, 1);
        assert!(Point::from_bytes(&one).is_ok());
    }
}
