//! Key generation: two additive shares of a fresh key, without oblivious transfer (docs/protocol.md, Key generation).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

use crate::{Abort, RunId, Scheme, Share, WalletId};

/// What both parties agree on before a key exists.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Context {
    /// The wallet to be made.
    pub wallet: WalletId,
    /// Its scheme.
    pub scheme: Scheme,
    /// This run.
    pub run: RunId,
}

/// m1, client to co-signer: a commitment to the client's public share.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Commitment {}
/// m2, co-signer to client: the co-signer's public share, proved.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {}
/// m3, client to co-signer: opens the commitment and confirms the key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {}
/// m4, co-signer to client, after a durable write: confirms the key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirmation {}

/// The client has committed and waits for the co-signer's public share.
pub struct ClientAwaitingOffer {}
/// The co-signer has offered its public share and waits for the client's.
pub struct CoSignerAwaitingOpening {}
/// The client has opened its commitment and waits for the co-signer's confirmation.
pub struct ClientAwaitingConfirmation {}

/// Commits to a fresh client share.
pub fn client_start(_context: Context, _rng: &mut impl CryptoRngCore) -> (ClientAwaitingOffer, Commitment) {
    todo!()
}

/// Answers a commitment with a fresh co-signer share.
pub fn co_signer_start(
    _context: Context,
    _commitment: Commitment,
    _rng: &mut impl CryptoRngCore,
) -> (CoSignerAwaitingOpening, Offer) {
    todo!()
}

impl ClientAwaitingOffer {
    /// Checks the co-signer's offer and opens the client's commitment.
    pub fn receive(
        self,
        _offer: Offer,
        _rng: &mut impl CryptoRngCore,
    ) -> Result<(ClientAwaitingConfirmation, Opening), Abort> {
        todo!()
    }
}

impl CoSignerAwaitingOpening {
    /// Checks the opening and makes the co-signer's share, to be stored before the confirmation is sent.
    pub fn receive(self, _opening: Opening) -> Result<(Share, Confirmation), Abort> {
        todo!()
    }
}

impl ClientAwaitingConfirmation {
    /// Checks the confirmation and makes the client's share.
    pub fn receive(self, _confirmation: Confirmation) -> Result<Share, Abort> {
        todo!()
    }
}
