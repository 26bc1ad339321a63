//! Pairing: a device's oblivious-transfer set-up with the co-signer (docs/protocol.md, Pairing).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{Abort, PairingId};

/// Co-signer to client: 128 pairs of points of the base oblivious transfers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransferOffer {}
/// Client to co-signer: 128 points, and the trees' corrections and checks.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransferAnswer {}

/// The client's half of a pairing. Erased when dropped.
pub struct ClientPairing {}
/// The co-signer's half of a pairing. Erased when dropped.
pub struct CoSignerPairing {}

/// The co-signer has offered the base transfers and waits for the answer.
pub struct CoSignerAwaitingAnswer {}

/// The client's work on the base transfers, done in slices so that a page stays alive.
pub struct Transfers {}

/// What a slice of work leaves.
pub enum Progress {
    /// More transfers to do.
    More(Transfers),
    /// All done: the client's half, and the answer to send.
    Done(ClientPairing, TransferAnswer),
}

/// Offers the base transfers of a new pairing.
pub fn co_signer_start(_id: PairingId, _rng: &mut impl CryptoRngCore) -> (CoSignerAwaitingAnswer, TransferOffer) {
    todo!()
}

/// Takes an offer; the work is then done by [`Transfers::advance`].
pub fn client_start(_id: PairingId, _offer: TransferOffer) -> Result<Transfers, Abort> {
    todo!()
}

impl Transfers {
    /// How many transfers there are in all.
    pub const COUNT: usize = 128;

    /// How many transfers are done.
    pub fn done(&self) -> usize {
        todo!()
    }

    /// Does up to `count` transfers (each about 0.6 ms in wasm).
    pub fn advance(self, _count: usize, _rng: &mut impl CryptoRngCore) -> Result<Progress, Abort> {
        todo!()
    }
}

impl CoSignerAwaitingAnswer {
    /// Checks the answer and makes the co-signer's half.
    pub fn receive(self, _answer: TransferAnswer) -> Result<CoSignerPairing, Abort> {
        todo!()
    }
}

impl ClientPairing {
    /// The pairing's name.
    pub fn id(&self) -> PairingId {
        todo!()
    }
    /// The pairing as bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// Reads a stored pairing.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, Abort> {
        todo!()
    }
}

impl CoSignerPairing {
    /// The pairing's name.
    pub fn id(&self) -> PairingId {
        todo!()
    }
    /// The pairing as bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// Reads a stored pairing.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, Abort> {
        todo!()
    }
}
