//! Encodings of points and scalars that somebody might take for another, or for one at all; and who reads them rightly.

use curve25519_dalek::{
    EdwardsPoint,
    constants::{ED25519_BASEPOINT_COMPRESSED, EIGHT_TORSION},
    edwards::CompressedEdwardsY,
    traits::IsIdentity,
};
use k256::elliptic_curve::PrimeField;
use mpc::Scheme;

use crate::{change::Change, layout::Kind};

/// What the 33 bytes of a point of Ed25519 begin with.
const ED25519: u8 = 0xed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Secp256k1,
    Ed25519,
}

impl Curve {
    /// The curve that 33 bytes say they are a point of.
    pub(crate) fn of_point(bytes: &[u8]) -> Self {
        match bytes[0] {
            ED25519 => Self::Ed25519,
            _ => Self::Secp256k1,
        }
    }
}

/// A point of Ed25519 as 33 bytes.
pub(crate) fn tagged(point: &[u8]) -> Vec<u8> {
    [&[ED25519][..], point].concat()
}

fn from_hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

pub(crate) fn secp256k1_generator() -> Vec<u8> {
    from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
}

pub(crate) fn secp256k1_points(honest: &[u8]) -> Vec<(Change, Vec<u8>)> {
    let with_prefix = |prefix: u8| [&[prefix][..], &honest[1..]].concat();
    vec![
        // SEC 1's one zero byte, the same at full length, and points with x = 0, of which secp256k1 has none.
        (Change::Identity, vec![0]),
        (Change::Identity, with_prefix(0)),
        (Change::Identity, [&[2][..], &[0; 32]].concat()),
        (Change::Identity, [&[3][..], &[0; 32]].concat()),
        (Change::NonCanonical("uncompressed prefix"), with_prefix(4)),
        (Change::NonCanonical("hybrid prefix"), with_prefix(6)),
        (Change::NonCanonical("hybrid prefix"), with_prefix(7)),
        // p + 1, which would stand for the x of a point, 1.
        (
            Change::NonCanonical("x of p + 1"),
            from_hex("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30"),
        ),
        (Change::NonCanonical("x of 2^256 - 1"), [&[3][..], &[0xff; 32]].concat()),
        (Change::OffCurve, [&[2][..], &[0; 31], &[5]].concat()),
        (Change::OtherCurve, tagged(ED25519_BASEPOINT_COMPRESSED.as_bytes())),
        (Change::OtherCurve, with_prefix(ED25519)),
        (Change::Known, secp256k1_generator()),
        (Change::Negated, negated(honest)),
    ]
}

/// Of 32 bytes.
pub(crate) fn ed25519_points(honest: &[u8]) -> Vec<(Change, Vec<u8>)> {
    let near_p = |low: u8, high: u8| [&[low][..], &[0xff; 30], &[high]].concat();
    let least = |low: u8, high: u8| [&[low][..], &[0; 30], &[high]].concat();
    let mut points = vec![
        (Change::Identity, vec![0]),
        (Change::Identity, least(1, 0)),
        // x = 0 has no sign; y of p, p + 1 and 2²⁵⁵ − 1 stand for 0, 1 and 18.
        (Change::NonCanonical("negative zero"), least(1, 0x80)),
        (Change::NonCanonical("negative zero"), near_p(0xec, 0xff)),
        (Change::NonCanonical("y of p"), near_p(0xed, 0x7f)),
        (Change::NonCanonical("y of p, negative"), near_p(0xed, 0xff)),
        (Change::NonCanonical("y of p + 1"), near_p(0xee, 0x7f)),
        (Change::NonCanonical("y of p + 1, negative"), near_p(0xee, 0xff)),
        (Change::NonCanonical("y of 2^255 - 1"), near_p(0xff, 0x7f)),
        (Change::OffCurve, least(2, 0)),
        (Change::Known, ED25519_BASEPOINT_COMPRESSED.to_bytes().to_vec()),
        (Change::Negated, negated(honest)),
    ];
    let point = CompressedEdwardsY(honest.try_into().unwrap()).decompress().unwrap();
    for (at, small) in EIGHT_TORSION.iter().enumerate() {
        points.push((Change::SmallOrder(at), small.compress().to_bytes().to_vec()));
        if at > 0 {
            points.push((Change::Torsion(at), (point + small).compress().to_bytes().to_vec()));
        }
    }
    points
}

/// The negative of a point, of 33 bytes or of 32.
pub(crate) fn negated(point: &[u8]) -> Vec<u8> {
    let mut bytes = point.to_vec();
    match bytes[..] {
        [2 | 3, ..] if bytes.len() == 33 => bytes[0] ^= 1,
        [.., _] => *bytes.last_mut().unwrap() ^= 0x80,
        [] => (),
    }
    bytes
}

/// A number of 32 bytes, big-endian, plus another.
fn plus(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut sum = left.to_vec();
    let mut carry = 0;
    for (byte, other) in sum.iter_mut().zip(right).rev() {
        let total = u16::from(*byte) + u16::from(*other) + carry;
        *byte = total as u8;
        carry = total >> 8;
    }
    sum
}

fn one() -> Vec<u8> {
    [&[0; 31][..], &[1]].concat()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

pub(crate) fn secp256k1_scalars(honest: &[u8]) -> Vec<(Change, Vec<u8>)> {
    let order = plus(&(-k256::Scalar::ONE).to_repr(), &one());
    let value: [u8; 32] = honest.try_into().unwrap();
    let negated = -Option::<k256::Scalar>::from(k256::Scalar::from_repr(value.into())).unwrap();
    vec![
        (Change::NonCanonical("q"), order.clone()),
        (Change::NonCanonical("q + 1"), plus(&order, &one())),
        (Change::Known, one()),
        (Change::Negated, negated.to_repr().to_vec()),
    ]
}

pub(crate) fn ed25519_scalars(honest: &[u8]) -> Vec<(Change, Vec<u8>)> {
    let minus_one = -curve25519_dalek::Scalar::ONE;
    let order = plus(&reversed(minus_one.as_bytes()), &one());
    let value = curve25519_dalek::Scalar::from_canonical_bytes(honest.try_into().unwrap()).unwrap();
    vec![
        (Change::NonCanonical("l"), reversed(&order)),
        (Change::NonCanonical("l + 1"), reversed(&plus(&order, &one()))),
        // The same scalar once more: what makes Ed25519's signatures malleable where it is taken.
        (
            Change::NonCanonical("s + l"),
            reversed(&plus(&reversed(honest), &order)),
        ),
        (Change::Known, reversed(&one())),
        (Change::Negated, (-value).to_bytes().to_vec()),
    ]
}

/// The x of the points of order 1, 2, 4 and 8 on Curve25519 and its twist, some of them not reduced (RFC 7748 §6.1).
pub(crate) fn small_order_keys() -> Vec<(Change, Vec<u8>)> {
    let least = |byte: u8| [&[byte][..], &[0; 31]].concat();
    let near_p = |byte: u8| [&[byte][..], &[0xff; 30], &[0x7f]].concat();
    let keys = [
        least(0),
        least(1),
        near_p(0xec),
        near_p(0xed),
        near_p(0xee),
        from_hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        from_hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    ];
    let keys = keys.into_iter().enumerate();
    keys.map(|(at, key)| (Change::SmallOrder(at), key)).collect()
}

/// What a reader has to make of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A value of the field's kind.
    Good,
    /// Refused as the message is read.
    Unreadable,
    /// Refused when the value is used.
    Unusable,
}

/// What bytes are, by other readers than the crate's.
pub(crate) fn form(kind: Kind, bytes: &[u8], scheme: Scheme) -> Form {
    let (is_good, otherwise) = match kind {
        Kind::Point => (is_secp256k1(bytes) || is_ed25519(bytes), Form::Unreadable),
        Kind::Secp256k1Point => (is_secp256k1(bytes), Form::Unreadable),
        Kind::Ed25519Point => (is_ed25519(&tagged(bytes)), Form::Unusable),
        Kind::Scalar => (is_below_order(bytes, Scheme::EcdsaSecp256k1), Form::Unreadable),
        Kind::SchemeScalar => (is_below_order(bytes, scheme), Form::Unusable),
        Kind::UnreadPoint | Kind::Bytes | Kind::Word | Kind::Key | Kind::Group => (true, Form::Good),
    };
    if is_good { Form::Good } else { otherwise }
}

fn is_secp256k1(bytes: &[u8]) -> bool {
    bytes.len() == 33 && k256::PublicKey::from_sec1_bytes(bytes).is_ok()
}

/// Whether bytes are the one encoding of a point of prime order, found by decoding and encoding again.
fn is_ed25519(bytes: &[u8]) -> bool {
    let Some((&ED25519, encoded)) = bytes.split_first() else {
        return false;
    };
    let Ok(encoded) = <[u8; 32]>::try_from(encoded) else {
        return false;
    };
    let is_of_prime_order = |point: &EdwardsPoint| {
        let order_less_one = -curve25519_dalek::Scalar::ONE;
        !point.is_identity() && (point * order_less_one + point).is_identity()
    };
    let point = CompressedEdwardsY(encoded).decompress();
    point.is_some_and(|point| is_of_prime_order(&point) && point.compress().0 == encoded)
}

fn is_below_order(bytes: &[u8], scheme: Scheme) -> bool {
    let Ok(bytes) = <[u8; 32]>::try_from(bytes) else {
        return false;
    };
    match scheme {
        Scheme::EcdsaSecp256k1 => k256::Scalar::from_repr(bytes.into()).is_some().into(),
        Scheme::EddsaEd25519 => curve25519_dalek::Scalar::from_canonical_bytes(bytes).is_some().into(),
    }
}
