//! A wire for tests: carries a run's messages as bytes and flips one bit of one of them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Abort, Scheme};

/// What a message that no longer parses is refused with.
pub(crate) const MALFORMED: Abort = Abort::Malformed("message");

/// What a bit flipped in a proof of knowledge is refused with: a scalar of Ed25519 leaves the highest bits of its 32 bytes unset,
/// one of secp256k1 leaves none.
pub(crate) fn refused_proof(scheme: Scheme) -> &'static [Abort] {
    match scheme {
        Scheme::EcdsaSecp256k1 => &[Abort::WrongProof],
        Scheme::EddsaEd25519 => &[Abort::WrongProof, Abort::Malformed("scalar")],
    }
}

/// Flips bit `bit` of message `message`, counted from 1.
pub(crate) struct FlippingWire {
    message: usize,
    bit: usize,
    flipped: bool,
}

impl FlippingWire {
    pub(crate) fn carry<M: BorshSerialize + BorshDeserialize>(&mut self, message: usize, value: M) -> Result<M, Abort> {
        let mut bytes = borsh::to_vec(&value).unwrap();
        if message == self.message
            && let Some(byte) = bytes.get_mut(self.bit / 8)
        {
            *byte ^= 1 << (self.bit % 8);
            self.flipped = true;
        }
        borsh::from_slice(&bytes).map_err(|_| MALFORMED)
    }
}

/// Runs `run` once for each bit of a message, and expects each run to end with one of the aborts, and each of these to be seen;
/// gives the message's length.
pub(crate) fn flip_every_bit<T>(
    message: usize,
    expected: &[Abort],
    run: impl Fn(&mut FlippingWire) -> Result<T, Abort>,
) -> usize {
    let mut bit = 0;
    let mut seen = Vec::new();
    loop {
        let mut wire = FlippingWire {
            message,
            bit,
            flipped: false,
        };
        let abort = run(&mut wire).err();
        if !wire.flipped {
            assert_eq!(abort, None, "message {message} unchanged");
            let unseen: Vec<_> = expected.iter().filter(|abort| !seen.contains(*abort)).collect();
            assert!(unseen.is_empty(), "message {message}: never {unseen:?}");
            return bit / 8;
        }
        assert!(
            abort.is_some_and(|abort| expected.contains(&abort)),
            "message {message}, bit {bit}: {abort:?}"
        );
        seen.extend(abort);
        bit += 1;
    }
}
