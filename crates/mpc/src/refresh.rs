//! Refresh: new shares of the same key, moved apart by a value that never crosses the wire (docs/protocol.md, Refresh).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

use crate::{Abort, RunId, Share};

/// m1, client to co-signer: commits to the client's contribution.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Commitment {}
/// m2, co-signer to client: the co-signer's contribution.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {}
/// m3, client to co-signer: opens the commitment, proves knowledge of the new share.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {}
/// m4, co-signer to client, after a durable write: proves knowledge of the new share.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proof {}

/// The client has committed and waits for the co-signer's contribution.
pub struct ClientAwaitingOffer {}
/// The co-signer waits for the client's opening.
pub struct CoSignerAwaitingOpening {}
/// The client waits for the co-signer's proof.
pub struct ClientAwaitingProof {}

/// Starts a refresh of `share`, in a run and under a binding (the claim's transcript hash) that both sides must name alike.
pub fn client_start(
    _share: &Share,
    _run: RunId,
    _binding: &[u8; 32],
    _rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingOffer, Commitment), Abort> {
    todo!()
}

/// Answers a commitment.
pub fn co_signer_start(
    _share: &Share,
    _run: RunId,
    _binding: &[u8; 32],
    _commitment: Commitment,
    _rng: &mut impl CryptoRngCore,
) -> Result<(CoSignerAwaitingOpening, Offer), Abort> {
    todo!()
}

impl ClientAwaitingOffer {
    /// Checks the offer, computes the next share, opens the commitment.
    pub fn receive(
        self,
        _offer: Offer,
        _rng: &mut impl CryptoRngCore,
    ) -> Result<(ClientAwaitingProof, Opening), Abort> {
        todo!()
    }
}

impl CoSignerAwaitingOpening {
    /// Checks the opening and computes the next share, to be stored as pending before the proof is sent.
    pub fn receive(self, _opening: Opening, _rng: &mut impl CryptoRngCore) -> Result<(Share, Proof), Abort> {
        todo!()
    }
}

impl ClientAwaitingProof {
    /// Checks the co-signer's proof and gives the next share.
    pub fn receive(self, _proof: Proof) -> Result<Share, Abort> {
        todo!()
    }
}
