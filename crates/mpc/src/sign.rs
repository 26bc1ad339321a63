//! Signing in one round trip: DKLs18 with RVOLE multiplications (docs/protocol.md, Signing).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

use crate::{
    Abort, Point, RunId, Share,
    pairing::{ClientPairing, CoSignerPairing},
};

/// The 32-byte hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Digest(pub [u8; 32]);

/// An ECDSA signature: low-s, with its recovery id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signature {
    /// r, big-endian.
    pub r: [u8; 32],
    /// s, big-endian, at most half the group's order.
    pub s: [u8; 32],
    /// 0 or 1: the parity of R's y (2 and 3, where r was reduced, never leave `finish`).
    pub recovery_id: u8,
}

impl Signature {
    /// Verifies the signature of `digest` under `public_key`: r and s in range, s low, the recovery id right.
    ///
    /// # Errors
    /// `Abort::WrongSignature` otherwise.
    pub fn verify(&self, _public_key: &Point, _digest: &Digest) -> Result<(), Abort> {
        todo!()
    }
}

/// m1, client to co-signer: nonce point, two oblivious-transfer queries, two corrections.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Query {}
/// m2, co-signer to client: salt, nonce point and proof, the multiplications' answers, the two masked values.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {}

/// The client has asked for a signature and waits for the answer.
pub struct ClientAwaitingAnswer {}

/// Asks the co-signer to sign `digest` with the client.
///
/// # Errors
/// [`Abort::Malformed`] if `share` is not a client's.
pub fn client_start(
    _share: &Share,
    _pairing: &ClientPairing,
    _run: RunId,
    _digest: Digest,
    _rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingAnswer, Query), Abort> {
    todo!()
}

/// Answers a query; keeps nothing.
///
/// # Errors
/// An abort that [`burns_pairing`](Abort::burns_pairing) must burn it durably before anything is answered.
pub fn co_signer_answer(
    _share: &Share,
    _pairing: &CoSignerPairing,
    _run: RunId,
    _digest: Digest,
    _query: Query,
    _rng: &mut impl CryptoRngCore,
) -> Result<Answer, Abort> {
    todo!()
}

impl ClientAwaitingAnswer {
    /// Checks the answer and gives a signature that verifies, or nothing.
    ///
    /// # Security
    /// Consumes the state: finishing one query with two answers would give the co-signer the key (trap T2).
    pub fn finish(self, _answer: Answer) -> Result<Signature, Abort> {
        todo!()
    }
}
