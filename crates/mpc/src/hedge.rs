//! Hedged randomness: every secret of a message comes from a source that also depends on what its
//! party keeps and was asked.
//!
//! A random source that repeats (a virtual machine resumed twice, a forked process, a broken
//! generator) would give one nonce to two challenges, and with it the key. Hashed together with the
//! party's secret and with all that decides the challenge, the same bytes give other nonces to
//! other questions; and who knows the bytes but not the secret knows no nonce.

use rand_core::{CryptoRng, CryptoRngCore, RngCore};
use zeroize::Zeroizing;

use crate::tags;
#[cfg(test)]
use crate::traps::{self, Trap};

/// The bytes of one block of the stream.
const BLOCK: usize = 32;

/// The source of one message's secrets (docs/protocol.md, Conventions, Draws). Erased when dropped.
///
/// Block n of the stream is H(`hedge/stream`, key, n (8)); each draw begins with the next block and
/// leaves the rest of its last one unused.
pub(crate) struct Hedged {
    /// Boxed, so that moving it leaves no copy behind.
    key: Box<Zeroizing<[u8; 32]>>,
    next: u64,
}

impl Hedged {
    /// Seeds a source with H(`tag`, 32 bytes of `rng`, `secret`, `asked` …).
    ///
    /// `secret` is what its party alone knows, empty where it has nothing yet; `asked` is all that
    /// decides what its secrets are used for: names, and what the peer said.
    ///
    /// # Security
    /// With a good `rng` the stream is as random as it was. With one that repeats, the stream
    /// repeats only where `secret` and `asked` do, and the message is then the same message. A
    /// party that speaks first and is set back says the same again, and the peer may answer
    /// otherwise: no draw can help there.
    pub(crate) fn new(tag: &str, rng: &mut impl CryptoRngCore, secret: &[u8], asked: &[&[u8]]) -> Self {
        let mut random = Zeroizing::new([0; 32]);
        rng.fill_bytes(random.as_mut_slice());
        #[cfg(test)]
        let (secret, asked): (&[u8], &[&[u8]]) = if traps::is_open(Trap::Hedge) {
            (&[], &[])
        } else {
            (secret, asked)
        };
        let mut inputs: Vec<&[u8]> = Vec::with_capacity(2 + asked.len());
        inputs.extend([random.as_slice(), secret]);
        inputs.extend(asked);
        Self {
            key: Box::new(Zeroizing::new(tags::hash(tag, &inputs))),
            next: 0,
        }
    }
}

impl CryptoRng for Hedged {}

impl RngCore for Hedged {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(BLOCK) {
            let inputs: [&[u8]; 2] = [self.key.as_slice(), &self.next.to_le_bytes()];
            let block = Zeroizing::new(tags::hash(tags::HEDGE_STREAM, &inputs));
            for (byte, drawn) in chunk.iter_mut().zip(block.iter()) {
                *byte = *drawn;
            }
            self.next += 1;
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashSet;

    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::traps::lacks;

    /// A source that gives the same byte for ever.
    pub(crate) struct Stuck(pub(crate) u8);

    impl CryptoRng for Stuck {}

    impl RngCore for Stuck {
        fn next_u32(&mut self) -> u32 {
            u32::from_le_bytes([self.0; 4])
        }
        fn next_u64(&mut self) -> u64 {
            u64::from_le_bytes([self.0; 8])
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }

    fn draw(tag: &str, rng: &mut impl CryptoRngCore, secret: &[u8], asked: &[&[u8]]) -> [u8; 32] {
        let mut bytes = [0; 32];
        Hedged::new(tag, rng, secret, asked).fill_bytes(&mut bytes);
        bytes
    }

    /// Known answers, made with Python's hashlib from the definition in docs/protocol.md.
    #[test]
    fn the_stream_is_the_one_that_is_specified() {
        let asked: [&[u8]; 2] = [b"context", b"peer"];
        let mut hedged = Hedged::new("t", &mut Stuck(7), b"share", &asked);
        let (mut first, mut second, mut third) = ([0; 16], [0; 40], [0; 32]);
        hedged.fill_bytes(&mut first);
        hedged.fill_bytes(&mut second);
        hedged.fill_bytes(&mut third);
        assert_eq!(
            [hex::encode(first), hex::encode(second), hex::encode(third)],
            [
                "a636c7bb91545b6ef99c4c8ab31dd831",
                "4d00a6828d8558320c3d42cb02844ff668ff3b781d835c7bea6968b7fd6a09f857759206aac5f170",
                "0e58d0df86fa40cbfaddbe9d28f2f5e86e8b5d3c2e3ab2a740752124644a2067"
            ]
        );
    }

    #[test]
    fn a_source_that_repeats_draws_anew_for_anything_else() {
        let drawn = [
            draw("t", &mut Stuck(7), b"share", &[b"context"]),
            draw("u", &mut Stuck(7), b"share", &[b"context"]),
            draw("t", &mut Stuck(8), b"share", &[b"context"]),
            draw("t", &mut Stuck(7), b"other", &[b"context"]),
            draw("t", &mut Stuck(7), b"share", &[b"another"]),
            draw("t", &mut Stuck(7), b"share", &[b"cont", b"ext"]),
            draw("t", &mut Stuck(7), b"", &[b"share", b"context"]),
        ];
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
        assert_eq!(draw("t", &mut Stuck(7), b"share", &[b"context"]), drawn[0]);
        let plain = traps::with_open(Trap::Hedge, || draw("t", &mut Stuck(7), b"other", &[b"another"]));
        assert_eq!(plain, draw("t", &mut Stuck(7), b"", &[]));
    }

    #[test]
    fn a_good_source_draws_anew_for_the_same() {
        let drawn: HashSet<_> = (0..100).map(|_| draw("t", &mut OsRng, b"share", &[])).collect();
        assert_eq!(drawn.len(), 100);
    }

    #[test]
    fn no_two_draws_of_a_stream_are_alike() {
        let mut hedged = Hedged::new("t", &mut OsRng, b"share", &[]);
        let words: HashSet<_> = (0..100)
            .flat_map(|_| [u64::from(hedged.next_u32()), hedged.next_u64()])
            .collect();
        assert_eq!(words.len(), 200);
    }

    #[test]
    fn a_source_is_neither_cloned_nor_stored() {
        lacks!(Hedged: Clone, core::fmt::Debug, borsh::BorshSerialize, borsh::BorshDeserialize);
    }
}
