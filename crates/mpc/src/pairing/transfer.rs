//! Base oblivious transfers: endemic OT from Diffie–Hellman (Masny and Rindal, ia.cr/2019/706).
//!
//! The co-signer, later the sender of the extension, is the receiver here. Its one message is a pair of points, of which one
//! is drawn at random and the other made of it, so that it knows one discrete logarithm: not both, for the points are tied
//! by a hash to the curve (trap T4: a hash times G would give both away).

use k256::{
    ProjectivePoint,
    elliptic_curve::{BatchNormalize, group::Group, ops::MulByGenerator},
};
use rand_core::CryptoRngCore;
use subtle::{Choice, ConditionallySelectable};

use super::tree::Seed;
#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{
    Abort,
    hedge::Hedged,
    oracle,
    secp256k1::{self, Point, SecretScalar},
    tags,
};

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

    /// H2C(sid, i, side, point) for each side and point.
    pub(super) fn hash_to_curve<const N: usize>(&self, inputs: [(u8, &Point); N]) -> Option<[ProjectivePoint; N]> {
        #[cfg(test)]
        if traps::is_open(Trap::HashToCurve) {
            let hash = |(side, point)| ProjectivePoint::mul_by_generator(&self.broken_hash(side, point));
            return Some(inputs.map(hash));
        }
        let messages = inputs.map(|(side, point)| self.message(side, point));
        secp256k1::hash_to_curve(&messages, tags::PAIRING_POINT.as_bytes())
    }

    /// The logarithm of the hash that [`Trap::HashToCurve`] puts in place of the right one.
    #[cfg(test)]
    pub(crate) fn broken_hash(&self, side: u8, point: &Point) -> k256::Scalar {
        secp256k1::hash_to_scalar(tags::PAIRING_POINT, &[&self.message(side, point)])
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
        loop {
            let other = random_point(rng);
            let secret = SecretScalar::random(rng);
            let hash = self.hash_to_curve([(choice.unwrap_u8(), &other)]);
            let chosen = hash.map(|[hash]| ProjectivePoint::mul_by_generator(secret.expose()) - hash);
            if let Some(chosen) = chosen.and_then(Point::new) {
                let left = Point::conditional_select(&chosen, &other, choice);
                let right = Point::conditional_select(&other, &chosen, choice);
                return (Receiver(secret), [left, right]);
            }
        }
    }

    /// The client's message, Y = y·G for a fresh y, and both keys: those of y·(r_b + H2C(i, b, r₍₁₋b₎)).
    pub(crate) fn answer(&self, offer: &[Point; 2], rng: &mut impl CryptoRngCore) -> Result<(Point, [Seed; 2]), Abort> {
        let [left, right] = offer;
        let hashes = self.hash_to_curve([(0, right), (1, left)]);
        let [left_hash, right_hash] = hashes.ok_or(Abort::Degenerate)?;
        let left_base = left.to_projective() + left_hash;
        let right_base = right.to_projective() + right_hash;
        // The normalisation below panics at the identity, which a lying co-signer can bring about here and only here.
        if bool::from(left_base.is_identity() | right_base.is_identity()) {
            return Err(Abort::Degenerate);
        }
        // y, hedged with its place: one y for two transfers would tie their keys to each other
        // (ia.cr/2021/682).
        let asked: [&[u8]; 4] = [self.sid, &[self.index], &left.to_bytes(), &right.to_bytes()];
        let rng = &mut Hedged::new(tags::PAIRING_TRANSFER_DRAWS, rng, &[], &asked);
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

/// A random point, by rejection, of which nobody learns the logarithm.
fn random_point(rng: &mut impl CryptoRngCore) -> Point {
    loop {
        let mut bytes = [0; 33];
        rng.fill_bytes(&mut bytes);
        let [prefix, ..] = &mut bytes;
        *prefix = 2 | (*prefix & 1);
        // Half of all x are on the curve. How often it takes says nothing about the point that is taken.
        if let Ok(point) = Point::from_bytes(&bytes) {
            return point;
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn sid_index_side_and_point_all_change_the_hash() {
        let hash = |sid: u8, index, side, point| {
            let [hash] = Place::new(&[sid; 32], index).hash_to_curve([(side, point)]).unwrap();
            hash
        };
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
