//! What is done to a field of a message in transit.

use k256::{Scalar, elliptic_curve::PrimeField};

use crate::layout::{Field, Kind};

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
    /// A second encoding of a value that has one already, or of none: q and above, p and above, another prefix.
    NonCanonical(&'static str),
    OffCurve,
    /// A point of small order on a curve that has such, or its twist.
    SmallOrder(usize),
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

/// The order of secp256k1's group, big-endian.
fn order() -> [u8; 32] {
    let mut bytes: [u8; 32] = (-Scalar::ONE).to_repr().into();
    bytes[31] += 1;
    bytes
}

fn from_hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// All changes of one field that need nothing but the field, with the bytes that take the field's place.
pub(crate) fn of_field(field: &Field, bytes: &[u8]) -> Vec<(Change, Vec<u8>)> {
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
    for (change, replacement) in of_kind(field.kind, bytes) {
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
fn of_kind(kind: Kind, bytes: &[u8]) -> Vec<(Change, Vec<u8>)> {
    let with_prefix = |prefix: u8| [&[prefix][..], &bytes[1..]].concat();
    match kind {
        Kind::Point => vec![
            // SEC 1's one zero byte, the same at full length, and points with x = 0, of which secp256k1 has none.
            (Change::Identity, vec![0]),
            (Change::Identity, with_prefix(0)),
            (Change::Identity, [&[2][..], &[0; 32]].concat()),
            (Change::Identity, [&[3][..], &[0; 32]].concat()),
            (Change::NonCanonical("uncompressed prefix"), with_prefix(4)),
            (Change::NonCanonical("hybrid prefix"), with_prefix(6)),
            (Change::NonCanonical("hybrid prefix"), with_prefix(7)),
            // p + 1, which stands for 1, the x of a point; p − 1 + 2³² … all above p.
            (
                Change::NonCanonical("x of p + 1"),
                from_hex("02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30"),
            ),
            (Change::NonCanonical("x of 2^256 - 1"), [&[3][..], &[0xff; 32]].concat()),
            (Change::OffCurve, [&[2][..], &[0; 31], &[5]].concat()),
            (
                Change::Known,
                from_hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
            ),
            (Change::Negated, negated(bytes)),
        ],
        Kind::Scalar => {
            let mut above = order();
            above[31] += 1;
            let mut one = vec![0; 32];
            one[31] = 1;
            let value: [u8; 32] = bytes.try_into().unwrap();
            let negated = Option::<Scalar>::from(Scalar::from_repr(value.into())).map(|scalar| (-scalar).to_repr());
            vec![
                (Change::NonCanonical("q"), order().to_vec()),
                (Change::NonCanonical("q + 1"), above.to_vec()),
                (Change::Known, one),
                (Change::Negated, negated.unwrap().to_vec()),
            ]
        }
        Kind::Key => small_order()
            .into_iter()
            .enumerate()
            .map(|(at, key)| (Change::SmallOrder(at), key))
            .collect(),
        Kind::Bytes | Kind::Word | Kind::Group => Vec::new(),
    }
}

/// The negative of a point.
pub(crate) fn negated(point: &[u8]) -> Vec<u8> {
    [&[point[0] ^ 1][..], &point[1..]].concat()
}

/// The x of the points of order 1, 2, 4 and 8 on Curve25519 and its twist, and p (RFC 7748 §6.1; Bernstein's list).
fn small_order() -> Vec<Vec<u8>> {
    let least = |byte: u8| [&[byte][..], &[0; 31]].concat();
    let near_p = |byte: u8| [&[byte][..], &[0xff; 30], &[0x7f]].concat();
    vec![
        least(0),
        least(1),
        near_p(0xec),
        near_p(0xed),
        near_p(0xee),
        from_hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        from_hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    ]
}

/// A message with other bytes for one field.
pub(crate) fn replaced(message: &[u8], field: &Field, replacement: &[u8]) -> Vec<u8> {
    let (before, rest) = message.split_at(field.offset);
    [before, replacement, &rest[field.length..]].concat()
}

/// Whether bytes are an encoding of a value of this kind, by another reader than the crate's.
pub(crate) fn is_well_formed(kind: Kind, bytes: &[u8]) -> bool {
    match kind {
        Kind::Point => bytes.len() == 33 && k256::PublicKey::from_sec1_bytes(bytes).is_ok(),
        Kind::Scalar => {
            let bytes: Option<[u8; 32]> = bytes.try_into().ok();
            bytes.is_some_and(|bytes| bool::from(Scalar::from_repr(bytes.into()).is_some()))
        }
        Kind::Bytes | Kind::Word | Kind::Key | Kind::Group => true,
    }
}
