//! A random oracle under a key: one SHA-256 compression an answer.

use k256::elliptic_curve::ops::Reduce;
use sha2::compress256;

use crate::tags;

/// A random oracle for one use in one run, on inputs of fixed width.
///
/// The key is a tagged hash, so two oracles differ whenever tag or inputs do. Key and input together are 51 bytes, which
/// is one block of SHA-256 with its padding: thousands of answers a signature cost thousands of compressions, no more.
///
/// What is hashed is always one block, so its padding is written once, and nothing has to be counted or buffered.
pub(crate) struct Oracle {
    /// The key, room for the input, the padding.
    block: [u8; 64],
}

/// The bytes that are hashed: key, index, part, value.
const LENGTH: usize = 32 + 2 + 1 + 16;

/// The state that SHA-256 starts from (FIPS 180-4 §5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

impl Oracle {
    pub(crate) fn new(tag: &str, inputs: &[&[u8]]) -> Self {
        let mut block = [0; 64];
        block[..32].copy_from_slice(&tags::hash(tag, inputs));
        // The padding: a one, and in the last eight bytes the length in bits (FIPS 180-4 §5.1.1).
        block[LENGTH] = 0x80;
        block[56..].copy_from_slice(&(LENGTH as u64 * 8).to_be_bytes());
        Self { block }
    }

    /// The 32 bytes for a value at a place.
    pub(crate) fn bytes(&self, index: u16, part: u8, value: u128) -> [u8; 32] {
        let mut block = self.block;
        block[32..34].copy_from_slice(&index.to_le_bytes());
        block[34] = part;
        block[35..LENGTH].copy_from_slice(&value.to_le_bytes());
        let mut state = INITIAL;
        compress256(&mut state, &[block.into()]);
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        bytes
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

    use sha2::{Digest, Sha256};

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
