//! What is done to a field of a message in transit.

use mpc::Scheme;

use crate::{
    curves::{self, Curve},
    layout::{Field, Kind},
};

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// This bit of the field is flipped.
    Bit(usize),
    /// Several bits of the field are flipped.
    Bits,
    Zero,
    Ones,
    /// An encoding that some library takes for the identity.
    Identity,
    /// A second encoding of a value that has one already, or of none: the order and above, p and above, another prefix.
    NonCanonical(&'static str),
    OffCurve,
    /// A point of small order.
    SmallOrder(usize),
    /// What was sent plus a point of small order.
    Torsion(usize),
    /// A point of the other curve.
    OtherCurve,
    /// A well-formed value that everybody knows: the generator, one.
    Known,
    /// The negative of what was sent.
    Negated,
    Longer,
    Shorter,
    Removed,
    Doubled,
    /// The message ends where the field begins.
    CutBefore,
    /// The message ends inside the field.
    CutInside,
    /// The next field of the same array.
    Neighbour,
    /// The same field of a message from elsewhere: another run, epoch, wallet.
    Elsewhere(&'static str),
    /// A field of a message that goes the other way in the same run: its message and path.
    Direction(usize, String),
    /// The negative of such a field.
    NegatedDirection(usize, String),
}

/// All changes of one field that need nothing but the field, with the bytes that take the field's place.
pub(crate) fn of_field(field: &Field, bytes: &[u8], scheme: Scheme) -> Vec<(Change, Vec<u8>)> {
    let mut changes = Vec::new();
    let mut add = |change, replacement| changes.push((change, replacement));
    if field.kind != Kind::Group {
        for bit in bits(field) {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            add(Change::Bit(bit), flipped);
        }
        let mut flipped = bytes.to_vec();
        for (byte, mask) in [(0, 0x10), (bytes.len() / 2, 0x41), (bytes.len() - 1, 0x82)] {
            flipped[byte] ^= mask;
        }
        add(Change::Bits, flipped);
        add(Change::Zero, vec![0; bytes.len()]);
        add(Change::Ones, vec![0xff; bytes.len()]);
    }
    for (change, replacement) in of_kind(field.kind, bytes, scheme) {
        add(change, replacement);
    }
    add(Change::Longer, [bytes, &[0]].concat());
    add(Change::Shorter, bytes[..bytes.len() - 1].to_vec());
    add(Change::Removed, Vec::new());
    add(Change::Doubled, bytes.repeat(2));
    changes
}

/// The bits of a field that are flipped one by one: all where the long tests run and there are not thousands of such fields.
fn bits(field: &Field) -> Vec<usize> {
    let last = field.length * 8 - 1;
    if !crate::is_long() {
        return if last < 16 {
            (0..=last).collect()
        } else {
            vec![0, 1, last / 2, last]
        };
    }
    let many = field.indices.iter().map(|(_, length)| length).product::<usize>() > 32;
    (0..=last).step_by(if many { 37 } else { 1 }).collect()
}

/// The changes that a kind of field has of its own.
fn of_kind(kind: Kind, bytes: &[u8], scheme: Scheme) -> Vec<(Change, Vec<u8>)> {
    match kind {
        Kind::Point | Kind::UnreadPoint | Kind::Secp256k1Point => match Curve::of_point(bytes) {
            Curve::Secp256k1 => curves::secp256k1_points(bytes),
            Curve::Ed25519 => {
                let prefixed = |(change, point): (Change, Vec<u8>)| (change, curves::tagged(&point));
                let points = curves::ed25519_points(&bytes[1..]);
                let other = (Change::OtherCurve, curves::secp256k1_generator());
                points.into_iter().map(prefixed).chain([other]).collect()
            }
        },
        Kind::Ed25519Point => curves::ed25519_points(bytes),
        Kind::Scalar => curves::secp256k1_scalars(bytes),
        Kind::SchemeScalar => match scheme {
            Scheme::EcdsaSecp256k1 => curves::secp256k1_scalars(bytes),
            Scheme::EddsaEd25519 => curves::ed25519_scalars(bytes),
        },
        Kind::Key => curves::small_order_keys(),
        Kind::Bytes | Kind::Word | Kind::Group => Vec::new(),
    }
}

/// A message with other bytes for one field.
pub(crate) fn replaced(message: &[u8], field: &Field, replacement: &[u8]) -> Vec<u8> {
    let (before, rest) = message.split_at(field.offset);
    [before, replacement, &rest[field.length..]].concat()
}
