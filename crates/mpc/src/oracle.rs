//! A random oracle under a key: one SHA-256 compression an answer.

use k256::elliptic_curve::ops::Reduce;
use sha2::{Digest, Sha256};

use crate::tags;

/// A random oracle for one use in one run, on inputs of fixed width.
///
/// The key is a tagged hash, so two oracles differ whenever tag or inputs do. Key and input together are 51 bytes, which
/// is one block of SHA-256 with its padding: thousands of answers a signature cost thousands of compressions, no more.
pub(crate) struct Oracle([u8; 32]);

impl Oracle {
    pub(crate) fn new(tag: &str, inputs: &[&[u8]]) -> Self {
        Self(tags::hash(tag, inputs))
    }

    /// The 32 bytes for a value at a place.
    pub(crate) fn bytes(&self, index: u16, part: u8, value: u128) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.0)
            .chain_update(index.to_le_bytes())
            .chain_update([part])
            .chain_update(value.to_le_bytes())
            .finalize()
            .into()
    }

    /// The same as two words, little-endian.
    pub(crate) fn words(&self, index: u16, part: u8, value: u128) -> [u128; 2] {
        words(&self.bytes(index, part, value))
    }

    /// The same as a scalar, big-endian modulo q.
    ///
    /// # Security
    /// q = 2²⁵⁶ − c with c < 2¹²⁹, so 256 bits reduced modulo q are within 2⁻¹²⁷ of uniform: no rejection, no wider hash.
    pub(crate) fn scalar(&self, index: u16, part: u8, value: u128) -> k256::Scalar {
        <k256::Scalar as Reduce<k256::U256>>::reduce_bytes(&self.bytes(index, part, value).into())
    }
}

/// A hash as two words, little-endian.
pub(crate) fn words(bytes: &[u8; 32]) -> [u128; 2] {
    let mut words = [0; 2];
    for (word, half) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u128::from_le_bytes(*half);
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_answer_is_sha_256_of_key_place_and_value() {
        let key = tags::hash(tags::SIGN_PAD, &[b"sid"]);
        let input = [&key[..], &[0x34, 0x12, 7], &[9; 16]].concat();
        let oracle = Oracle::new(tags::SIGN_PAD, &[b"sid"]);
        let value = u128::from_le_bytes([9; 16]);
        assert_eq!(input.len(), 51);
        assert_eq!(oracle.bytes(0x1234, 7, value)[..], *Sha256::digest(input));
        let [low, high] = oracle.words(0x1234, 7, value);
        assert_eq!(
            [low.to_le_bytes(), high.to_le_bytes()].concat(),
            oracle.bytes(0x1234, 7, value)
        );
    }

    #[test]
    fn another_key_place_or_value_gives_another_answer() {
        let oracle = Oracle::new(tags::SIGN_PAD, &[b"sid"]);
        let answers = [
            oracle.bytes(1, 2, 3),
            oracle.bytes(2, 2, 3),
            oracle.bytes(1, 3, 3),
            oracle.bytes(1, 2, 4),
            Oracle::new(tags::SIGN_PAD, &[b"other"]).bytes(1, 2, 3),
            Oracle::new(tags::PAIRING_NODE, &[b"sid"]).bytes(1, 2, 3),
        ];
        assert_eq!(answers.iter().collect::<HashSet<_>>().len(), answers.len());
    }
}
