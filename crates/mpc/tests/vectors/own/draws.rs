//! A random source that can be had again, and that remembers what was drawn.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};

use super::file::{Node, hex, object};

/// One party's randomness in one run: the key stream of ChaCha20 under a seed, and its draws one by one.
pub(super) struct Draws {
    seed: [u8; 32],
    stream: ChaCha20Rng,
    drawn: Vec<Vec<u8>>,
}

impl Draws {
    /// The stream of a seed of 32 times this byte.
    pub(super) fn new(seed: u8) -> Self {
        Self {
            seed: [seed; 32],
            stream: ChaCha20Rng::from_seed([seed; 32]),
            drawn: Vec::new(),
        }
    }

    /// The seed, and every draw with its name.
    pub(super) fn named(self, names: &[&str]) -> Node {
        assert_eq!(
            self.drawn.len(),
            names.len(),
            "names for {:?}",
            self.drawn.iter().map(Vec::len).collect::<Vec<_>>()
        );
        let draws = names.iter().zip(&self.drawn).map(|(name, draw)| (*name, hex(draw)));
        object([("seed", hex(self.seed)), ("draws", object(draws))])
    }

    /// The seed, and every draw.
    pub(super) fn listed(self) -> Node {
        let draws = Node::List(self.drawn.iter().map(hex).collect());
        object([("seed", hex(self.seed)), ("draws", draws)])
    }
}

impl CryptoRng for Draws {}

impl RngCore for Draws {
    fn next_u32(&mut self) -> u32 {
        panic!("bytes alone are drawn")
    }
    fn next_u64(&mut self) -> u64 {
        panic!("bytes alone are drawn")
    }
    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.stream.fill_bytes(buffer);
        self.drawn.push(buffer.to_vec());
    }
    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}
