//! What a refresh proves to whoever was not there: that both next shares are known, and what they were made for.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{proved, statement_about};
use crate::{Abort, Epoch, KeyInfo, Point, Role, WalletId, proof::ProofOfKnowledge, tags};

/// Both next public shares and the proofs of their secrets; 228 bytes. It hides nothing, and gives nothing of a share away.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Evidence {
    /// A′, the co-signer's next public share.
    pub co_signer: Point,
    /// B′, the client's next public share.
    pub client: Point,
    /// The transcript up to the client's opening: 32 bytes that stand for what only the two parties know.
    pub(super) transcript: [u8; 32],
    pub(super) client_proof: ProofOfKnowledge,
    pub(super) co_signer_proof: ProofOfKnowledge,
}

impl Evidence {
    /// Checks that A′ + B′ is X, and that both secrets were known to who made the proofs, in a refresh of this wallet to this epoch,
    /// under this binding.
    ///
    /// # Errors
    /// [`Abort::Inconsistent`] if the shares are not of X; [`Abort::OtherCurve`] if they are of another curve; [`Abort::WrongProof`]
    /// or [`Abort::Malformed`] if a proof does not hold, or is of another refresh.
    ///
    /// Source: docs/protocol.md, Refresh, Evidence.
    pub fn verify(&self, wallet: WalletId, public_key: &Point, epoch: Epoch, binding: &[u8; 32]) -> Result<(), Abort> {
        if self.client.plus(&self.co_signer)? != Some(*public_key) {
            return Err(Abort::Inconsistent);
        }
        let shares = (&self.co_signer, &self.client);
        let bound = bound((wallet, public_key, epoch), shares, binding, &self.transcript);
        let client = statement_about(&bound, self.client, Role::Client);
        self.client_proof.verify(&client)?;
        let seen = proved(&bound, &self.client_proof);
        let co_signer = statement_about(&seen, self.co_signer, Role::CoSigner);
        self.co_signer_proof.verify(&co_signer)
    }

    /// Whether these are the public shares of a key at an epoch.
    pub fn is_of(&self, key: &KeyInfo) -> bool {
        (self.co_signer, self.client) == (key.co_signer, key.client)
    }
}

/// What both proofs are bound to: everything that a later reader knows by name, and the transcript for all else.
pub(super) fn bound(
    (wallet, public_key, epoch): (WalletId, &Point, Epoch),
    (co_signer, client): (&Point, &Point),
    binding: &[u8; 32],
    transcript: &[u8; 32],
) -> [u8; 32] {
    let inputs: [&[u8]; 7] = [
        &wallet.0,
        &public_key.to_bytes(),
        &epoch.0.to_le_bytes(),
        &co_signer.to_bytes(),
        &client.to_bytes(),
        binding,
        transcript,
    ];
    tags::hash(tags::REFRESH_NEXT, &inputs)
}

#[cfg(test)]
mod tests;
