//! Scalars modulo the group's order: public ones as they arrive, secret ones as they are kept.

use borsh::{BorshDeserialize, BorshSerialize};
use k256::{
    NonZeroScalar, ProjectivePoint,
    elliptic_curve::{
        PrimeField,
        bigint::U512,
        generic_array::GenericArray,
        ops::{MulByGenerator, Reduce},
    },
};
use rand_core::CryptoRngCore;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::Point;
use crate::{Abort, tags};

/// A scalar that both parties may see; on the wire 32 bytes, big-endian, below q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scalar(k256::Scalar);

impl Scalar {
    pub(crate) fn new(inner: k256::Scalar) -> Self {
        Self(inner)
    }

    pub(crate) fn get(&self) -> &k256::Scalar {
        &self.0
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// Reads 32 bytes, refusing q and above. Zero is allowed.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Abort> {
        Option::from(k256::Scalar::from_repr((*bytes).into()))
            .map(Self)
            .ok_or(Abort::Malformed("scalar"))
    }
}

impl BorshSerialize for Scalar {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Scalar {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes).map_err(|_| borsh::io::ErrorKind::InvalidData.into())
    }
}

/// A secret scalar that is not zero. Erased when dropped; boxed, so that moving it leaves no copy behind.
pub(crate) struct SecretScalar(Box<Zeroizing<k256::Scalar>>);

impl SecretScalar {
    /// A computed secret: nothing when it is zero.
    pub(crate) fn new(inner: k256::Scalar) -> Option<Self> {
        if bool::from(inner.is_zero()) {
            None
        } else {
            Some(Self(Box::new(Zeroizing::new(inner))))
        }
    }

    pub(crate) fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self(Box::new(Zeroizing::new(*NonZeroScalar::random(rng))))
    }

    /// Reads 32 bytes, refusing zero, q and above.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Abort> {
        let inner = Zeroizing::new(*Scalar::from_bytes(bytes)?.get());
        Self::new(*inner).ok_or(Abort::Malformed("scalar"))
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.expose().to_bytes().into())
    }

    /// A second copy, for a run that must outlive the share it was started from.
    pub(crate) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn expose(&self) -> &k256::Scalar {
        &self.0
    }

    /// This scalar times G.
    pub(crate) fn to_point(&self) -> Point {
        Point::from_nonzero(ProjectivePoint::mul_by_generator(self.expose()))
    }

    /// This scalar times another point.
    pub(crate) fn times(&self, base: &Point) -> Point {
        Point::from_nonzero(base.to_projective() * self.expose())
    }
}

impl ZeroizeOnDrop for SecretScalar {}

/// A scalar from a tag and inputs: the 512 bits of [`tags::hash_wide`], big-endian, modulo q.
///
/// # Security
/// The bias is below 2⁻²⁵⁵.
pub(crate) fn hash_to_scalar(tag: &str, inputs: &[&[u8]]) -> k256::Scalar {
    let wide = tags::hash_wide(tag, inputs);
    <k256::Scalar as Reduce<U512>>::reduce_bytes(GenericArray::from_slice(wide.as_slice()))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const ORDER: [u8; 32] = *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\
        \xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41";

    #[test]
    fn a_scalar_of_q_or_more_is_refused() {
        let mut below = ORDER;
        below[31] -= 1;
        assert_eq!(Scalar::from_bytes(&below).unwrap().to_bytes(), below);
        assert_eq!(Scalar::from_bytes(&ORDER), Err(Abort::Malformed("scalar")));
        assert_eq!(Scalar::from_bytes(&[0xff; 32]), Err(Abort::Malformed("scalar")));
        assert!(borsh::from_slice::<Scalar>(&ORDER).is_err());
        assert!(borsh::from_slice::<Scalar>(&[1; 31]).is_err());
    }

    #[test]
    fn a_secret_scalar_of_zero_is_refused() {
        assert!(Scalar::from_bytes(&[0; 32]).is_ok());
        assert_eq!(
            SecretScalar::from_bytes(&[0; 32]).err(),
            Some(Abort::Malformed("scalar"))
        );
        assert_eq!(SecretScalar::from_bytes(&ORDER).err(), Some(Abort::Malformed("scalar")));
    }

    #[test]
    fn a_hashed_scalar_reduces_both_halves() {
        let high = k256::Scalar::reduce(k256::U256::from_be_slice(&tags::hash("t", &[&[0], b"x"])));
        let low = k256::Scalar::reduce(k256::U256::from_be_slice(&tags::hash("t", &[&[1], b"x"])));
        let two_to_256 = k256::Scalar::reduce(k256::U256::MAX) + k256::Scalar::ONE;
        assert_eq!(hash_to_scalar("t", &[b"x"]), high * two_to_256 + low);
    }
}
