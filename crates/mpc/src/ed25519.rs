//! Ed25519's group for the key protocols: points of prime order checked as they are read, secrets erased.

use curve25519_dalek::{EdwardsPoint, edwards::CompressedEdwardsY, traits::IsIdentity};
use rand_core::CryptoRngCore;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{Abort, tags};

pub(crate) use curve25519_dalek::Scalar;

/// A point of Ed25519's prime-order subgroup that is not the identity; 32 bytes, as RFC 8032 §5.1.2 writes it.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    inner: EdwardsPoint,
    encoded: [u8; 32],
}

impl Point {
    /// A computed point: nothing when it is the identity.
    pub(crate) fn new(inner: EdwardsPoint) -> Option<Self> {
        if inner.is_identity() {
            None
        } else {
            Some(Self::from_nonzero(inner))
        }
    }

    /// A point that cannot be the identity: one of prime order that is not it, times a scalar that is not zero.
    fn from_nonzero(inner: EdwardsPoint) -> Self {
        let encoded = inner.compress().to_bytes();
        Self { inner, encoded }
    }

    /// B, the generator of RFC 8032 §5.1.
    pub(crate) fn generator() -> Self {
        Self::from_nonzero(curve25519_dalek::constants::ED25519_BASEPOINT_POINT)
    }

    pub(crate) fn inner(&self) -> &EdwardsPoint {
        &self.inner
    }

    /// The 32 bytes of the encoding: a public key of RFC 8032.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.encoded
    }

    /// Reads an encoded point.
    ///
    /// # Errors
    /// [`Abort::Malformed`] for another length, a point off the curve, the identity, a point outside the prime-order subgroup.
    ///
    /// # Security
    /// Every encoding whose y is not reduced is of a point off the curve or outside the subgroup (ia.cr/2020/1244, §5.1): to
    /// refuse those is to refuse all but one encoding of each point.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        let encoded = <[u8; 32]>::try_from(bytes).map_err(|_| Abort::Malformed("point"))?;
        match CompressedEdwardsY(encoded).decompress() {
            Some(inner) if !inner.is_small_order() && inner.is_torsion_free() => Ok(Self { inner, encoded }),
            _ => Err(Abort::Malformed("point")),
        }
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl Eq for Point {}

/// s·P − c·Y, of public values: in one go where P is the generator, as it is in every proof on this curve.
pub(crate) fn combine_vartime(p: &Point, s: &Scalar, y: &Point, c: &Scalar) -> EdwardsPoint {
    if *p == Point::generator() {
        EdwardsPoint::vartime_double_scalar_mul_basepoint(&-c, &y.inner, s)
    } else {
        p.inner * s - y.inner * c
    }
}

/// A secret scalar that is not zero. Erased when dropped; boxed, so that moving it leaves no copy behind.
pub(crate) struct SecretScalar(Box<Zeroizing<Scalar>>);

impl SecretScalar {
    /// A computed secret: nothing when it is zero.
    pub(crate) fn new(inner: Scalar) -> Option<Self> {
        if inner == Scalar::ZERO {
            None
        } else {
            Some(Self(Box::new(Zeroizing::new(inner))))
        }
    }

    /// Draws a scalar: 64 bytes of `rng` modulo the order, drawn again should that be zero.
    pub(crate) fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut wide = Zeroizing::new([0; 64]);
        loop {
            rng.fill_bytes(wide.as_mut_slice());
            if let Some(secret) = Self::new(Scalar::from_bytes_mod_order_wide(&wide)) {
                return secret;
            }
        }
    }

    /// Reads 32 bytes, little-endian, refusing zero, the order and above.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Abort> {
        scalar_from_bytes(bytes).and_then(|inner| Self::new(inner).ok_or(Abort::Malformed("scalar")))
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.expose().to_bytes())
    }

    /// A second copy, for a run that must outlive the share it was started from.
    pub(crate) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn expose(&self) -> &Scalar {
        &self.0
    }

    /// This scalar times the generator.
    pub(crate) fn to_point(&self) -> Point {
        Point::from_nonzero(EdwardsPoint::mul_base(self.expose()))
    }

    /// This scalar times another point.
    pub(crate) fn times(&self, base: &Point) -> Point {
        Point::from_nonzero(base.inner * self.expose())
    }
}

impl ZeroizeOnDrop for SecretScalar {}

/// Reads a public scalar: 32 bytes, little-endian, below the order. Zero is allowed.
pub(crate) fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<Scalar, Abort> {
    Option::from(Scalar::from_canonical_bytes(*bytes)).ok_or(Abort::Malformed("scalar"))
}

/// A scalar from a tag and inputs: the 512 bits of [`tags::hash_wide`], little-endian, modulo the order.
pub(crate) fn hash_to_scalar(tag: &str, inputs: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&tags::hash_wide(tag, inputs))
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn refused(bytes: &[u8]) {
        assert_eq!(Point::from_bytes(bytes), Err(Abort::Malformed("point")), "{bytes:02x?}");
    }

    #[test]
    fn a_point_reads_back() {
        for _ in 0..10 {
            let point = SecretScalar::random(&mut OsRng).to_point();
            assert_eq!(Point::from_bytes(&point.to_bytes()), Ok(point));
        }
        // RFC 8032 §5.1: y = 4/5, x positive.
        let generator = Point::generator().to_bytes();
        assert_eq!((generator[0], &generator[1..]), (0x58, &[0x66; 31][..]));
    }

    #[test]
    fn a_combination_is_the_same_in_one_go_and_in_two() {
        let secret = || SecretScalar::random(&mut OsRng);
        let (s, c, y) = (*secret().expose(), *secret().expose(), secret().to_point());
        for p in [Point::generator(), secret().to_point()] {
            assert_eq!(combine_vartime(&p, &s, &y, &c), p.inner * s - y.inner * c);
        }
    }

    #[test]
    fn points_of_small_and_of_mixed_order_are_refused() {
        let point = SecretScalar::random(&mut OsRng).to_point();
        for torsion in EIGHT_TORSION {
            refused(&torsion.compress().to_bytes());
            if !torsion.is_identity() {
                refused(&(point.inner + torsion).compress().to_bytes());
            }
        }
        assert_eq!(Point::new(EIGHT_TORSION[0]), None);
    }

    #[test]
    fn encodings_with_a_y_of_p_or_more_are_refused() {
        // p + i for 0 ≤ i < 19, with either sign of x.
        for low in 0xed..=0xffu8 {
            for high in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                (bytes[0], bytes[31]) = (low, high);
                refused(&bytes);
            }
        }
        // The identity and the point (0, −1), with the sign that x = 0 has not.
        refused(&{
            let mut bytes = [0; 32];
            (bytes[0], bytes[31]) = (1, 0x80);
            bytes
        });
    }

    #[test]
    fn another_length_or_a_point_off_the_curve_is_refused() {
        let bytes = Point::generator().to_bytes();
        refused(&[]);
        refused(&bytes[..31]);
        refused(&[&bytes[..], &[0]].concat());
        // y = 2 has no x on the curve.
        let mut off = [0; 32];
        off[0] = 2;
        refused(&off);
    }

    #[test]
    fn a_scalar_of_zero_or_of_the_order_or_more_is_refused() {
        let mut order = (-Scalar::ONE).to_bytes();
        assert!(SecretScalar::from_bytes(&order).is_ok());
        order[0] += 1;
        for bytes in [order, [0xff; 32]] {
            assert_eq!(scalar_from_bytes(&bytes), Err(Abort::Malformed("scalar")));
            assert!(SecretScalar::from_bytes(&bytes).is_err());
        }
        assert_eq!(scalar_from_bytes(&[0; 32]), Ok(Scalar::ZERO));
        assert!(SecretScalar::from_bytes(&[0; 32]).is_err());
    }
}
