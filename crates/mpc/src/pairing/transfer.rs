//! Base oblivious transfers: endemic OT from Diffie–Hellman (Masny and Rindal, ia.cr/2019/706).
//!
//! The co-signer, later the sender of the extension, is the receiver here. Its one message is a pair of points, of which one
//! is drawn at random and the other made of it, so that it knows one discrete logarithm: not both, for the points are tied
//! by a hash to the curve (trap T4: a hash times G would give both away).

use k256::{
    ProjectivePoint, Secp256k1,
    elliptic_curve::{
        BatchNormalize,
        group::Group,
        hash2curve::{ExpandMsgXmd, GroupDigest},
        ops::MulByGenerator,
    },
};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable};

use super::tree::Seed;
#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{Abort, Point, oracle, scalar::SecretScalar, tags};

/// A transfer's place in its pairing.
pub(crate) struct Place<'a> {
    pub(crate) sid: &'a [u8; 32],
    pub(crate) index: u8,
}

/// The co-signer's half of a transfer until the client answers. Erased when dropped.
pub(crate) struct Receiver(SecretScalar);

impl<'a> Place<'a> {
    pub(crate) fn new(sid: &'a [u8; 32], index: usize) -> Self {
        Self {
            sid,
            index: index as u8,
        }
    }

    /// H2C(sid, i, side, point).
    pub(super) fn hash_to_curve(&self, side: u8, point: &Point) -> ProjectivePoint {
        #[cfg(test)]
        if traps::is_open(Trap::HashToCurve) {
            return ProjectivePoint::mul_by_generator(&self.broken_hash(side, point));
        }
        hash_to_curve(&self.message(side, point), tags::PAIRING_POINT.as_bytes())
    }

    /// The logarithm of the hash that [`Trap::HashToCurve`] puts in place of the right one.
    #[cfg(test)]
    pub(crate) fn broken_hash(&self, side: u8, point: &Point) -> k256::Scalar {
        tags::hash_to_scalar(tags::PAIRING_POINT, &[&self.message(side, point)])
    }

    fn message(&self, side: u8, point: &Point) -> Vec<u8> {
        [&self.sid[..], &[self.index, side], &point.to_bytes()].concat()
    }

    pub(super) fn key(&self, side: u8, secret: &Point, answer: &Point, offer: &[Point; 2]) -> Seed {
        let [left, right] = offer.map(|point| point.to_bytes());
        let place = [self.index, side];
        let inputs: [&[u8]; 6] = [self.sid, &place, &secret.to_bytes(), &answer.to_bytes(), &left, &right];
        let [key, _] = oracle::words(&tags::hash(tags::PAIRING_KEY, &inputs));
        key
    }

    /// The co-signer's message: r₍₁₋w₎ random, r_w = t·G − H2C(i, w, r₍₁₋w₎).
    pub(crate) fn offer(&self, choice: Choice, rng: &mut impl CryptoRngCore) -> (Receiver, [Point; 2]) {
        let other = SecretScalar::random(rng).to_point();
        let hash = self.hash_to_curve(choice.unwrap_u8(), &other);
        loop {
            let secret = SecretScalar::random(rng);
            if let Some(chosen) = Point::new(ProjectivePoint::mul_by_generator(secret.expose()) - hash) {
                let left = Point::conditional_select(&chosen, &other, choice);
                let right = Point::conditional_select(&other, &chosen, choice);
                return (Receiver(secret), [left, right]);
            }
        }
    }

    /// The client's message, Y = y·G for a fresh y, and both keys: those of y·(r_b + H2C(i, b, r₍₁₋b₎)).
    pub(crate) fn answer(&self, offer: &[Point; 2], rng: &mut impl CryptoRngCore) -> Result<(Point, [Seed; 2]), Abort> {
        let [left, right] = offer;
        let left_base = left.to_projective() + self.hash_to_curve(0, right);
        let right_base = right.to_projective() + self.hash_to_curve(1, left);
        // The normalisation below panics at the identity, which a lying co-signer can bring about here and only here.
        if bool::from(left_base.is_identity() | right_base.is_identity()) {
            return Err(Abort::Degenerate);
        }
        let secret = SecretScalar::random(rng);
        let points = [
            ProjectivePoint::mul_by_generator(secret.expose()),
            left_base * secret.expose(),
            right_base * secret.expose(),
        ];
        // One inversion for the three.
        let [answer, left_secret, right_secret] =
            <ProjectivePoint as BatchNormalize<_>>::batch_normalize(&points).map(Point::from_nonzero_affine);
        let left_key = self.key(0, &left_secret, &answer, offer);
        let right_key = self.key(1, &right_secret, &answer, offer);
        Ok((answer, [left_key, right_key]))
    }
}

impl Receiver {
    /// The co-signer's key: that of t·Y.
    pub(crate) fn receive(&self, place: &Place<'_>, choice: Choice, offer: &[Point; 2], answer: &Point) -> Seed {
        place.key(choice.unwrap_u8(), &self.0.times(answer), answer, offer)
    }

    #[cfg(test)]
    pub(super) fn duplicate(&self) -> Self {
        Self(SecretScalar::from_bytes(&self.0.to_bytes()).unwrap())
    }
}

/// RFC 9380 §3, secp256k1_XMD:SHA-256_SSWU_RO_.
fn hash_to_curve(message: &[u8], domain: &[u8]) -> ProjectivePoint {
    #[expect(
        clippy::expect_used,
        reason = "fails only for an empty domain, and every domain here is a constant"
    )]
    Secp256k1::hash_from_bytes::<ExpandMsgXmd<Sha256>>(&[message], &[domain]).expect("a domain")
}

#[cfg(test)]
mod tests {
    use k256::elliptic_curve::sec1::ToEncodedPoint;

    use super::*;

    /// RFC 9380, appendix J.8.1.
    #[test]
    fn the_hash_to_curve_is_that_of_the_rfc() {
        let domain = b"QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_";
        let vectors: [(&[u8], &str, &str); 3] = [
            (
                b"",
                "c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346",
                "64fa678e07ae116126f08b022a94af6de15985c996c3a91b64c406a960e51067",
            ),
            (
                b"abc",
                "3377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b",
                "7f95890f33efebd1044d382a01b1bee0900fb6116f94688d487c6c7b9c8371f6",
            ),
            (
                b"abcdef0123456789",
                "bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a",
                "4436476085d4c3c4508b60fcf4389c40176adce756b398bdee27bca19758d828",
            ),
        ];
        for (message, x, y) in vectors {
            let point = hash_to_curve(message, domain).to_encoded_point(false);
            assert_eq!(hex::encode(&point.as_bytes()[1..]), format!("{x}{y}"));
        }
    }

    #[test]
    fn sid_index_side_and_point_all_change_the_hash() {
        let hash = |sid: u8, index, side, point| Place::new(&[sid; 32], index).hash_to_curve(side, point);
        let other = Point::new(Point::GENERATOR.to_projective().double()).unwrap();
        let hashes = [
            hash(1, 2, 0, &Point::GENERATOR),
            hash(2, 2, 0, &Point::GENERATOR),
            hash(1, 3, 0, &Point::GENERATOR),
            hash(1, 2, 1, &Point::GENERATOR),
            hash(1, 2, 0, &other),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash));
        }
    }
}
