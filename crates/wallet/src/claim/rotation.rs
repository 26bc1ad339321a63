//! Refresh and prepare: the shares are moved apart and the pairing is made, in the same messages.

use mpc::{
    PairingId, RunId, Scheme, Share,
    pairing::{ClientPairing, TransferAnswer, TransferOffer},
    refresh,
};
use rand_core::OsRng;
use wire::ceremony::{ClaimPrepare, ClaimRefresh};

use super::{Phase, ceremony::Ceremony};
use crate::{Error, Fault, host::Host, pairing};

/// How many transfers a pairing takes, as progress counts them.
const TRANSFERS: u32 = mpc::pairing::Transfers::COUNT as u32;

/// Shares that are about to be moved apart.
pub(crate) struct Moving {
    run: RunId,
    awaiting_offers: Vec<refresh::ClientAwaitingOffer>,
    commitments: Vec<refresh::Commitment>,
    /// Whether one of them signs with a pairing.
    needs_pairing: bool,
}

impl Moving {
    /// Begins with each of these shares, in the transcript's order.
    pub(crate) fn begin<'a>(shares: impl Iterator<Item = &'a Share>, transcript: &[u8; 32]) -> Result<Self, Error> {
        let mut moving = Self {
            run: RunId::random(&mut OsRng),
            awaiting_offers: Vec::new(),
            commitments: Vec::new(),
            needs_pairing: false,
        };
        for share in shares {
            let (awaiting, commitment) = refresh::client_start(share, moving.run, transcript, &mut OsRng)
                .map_err(|_| Error::Share("the share can't be rotated"))?;
            moving.awaiting_offers.push(awaiting);
            moving.commitments.push(commitment);
            moving.needs_pairing |= signs_by_ecdsa(share);
        }
        Ok(moving)
    }
}

/// The next shares, in the transcript's order, and the pairing that those of ECDSA will sign with.
pub(crate) struct Rotation {
    pub(crate) shares: Vec<Share>,
    /// What the refresh of each proved, in the same order.
    pub(crate) evidence: Vec<refresh::Evidence>,
    pub(crate) pairing: Option<ClientPairing>,
}

impl Rotation {
    /// Runs refresh to its end. The co-signer has its next shares stored when this returns.
    pub(crate) async fn make<H: Host>(ceremony: &Ceremony<'_, H>, moving: Moving) -> Result<Self, Error> {
        ceremony.report(Phase::Refresh, 0, 1);
        let Moving {
            run,
            awaiting_offers,
            commitments,
            needs_pairing,
        } = moving;
        let pairing = needs_pairing.then(|| PairingId::random(&mut OsRng));
        let request = ClaimRefresh {
            claim: ceremony.offer.claim,
            run,
            pairing,
            commitments,
        };
        let offered = ceremony.queue(&request).await?;
        expect_count(offered.offers.len(), awaiting_offers.len())?;
        let mut awaiting_proofs = Vec::new();
        let mut openings = Vec::new();
        for (awaiting, offer) in awaiting_offers.into_iter().zip(offered.offers) {
            let (awaiting, opening) = awaiting.receive(offer, &mut OsRng)?;
            awaiting_proofs.push(awaiting);
            openings.push(opening);
            ceremony.host.pause().await;
        }
        ceremony.report(Phase::Refresh, 1, 1);

        let (pairing, transfers) = pair(ceremony, pairing, offered.transfers).await?;
        let request = ClaimPrepare {
            claim: ceremony.offer.claim,
            openings,
            transfers,
        };
        let prepared = ceremony.insist(&request).await?;
        expect_count(prepared.proofs.len(), awaiting_proofs.len())?;
        if pairing.is_none() {
            ceremony.report(Phase::Prepare, 1, 1);
        }
        let (mut shares, mut evidence) = (Vec::new(), Vec::new());
        for (awaiting, proof) in awaiting_proofs.into_iter().zip(prepared.proofs) {
            let (share, proved) = awaiting.receive_with_evidence(proof)?;
            shares.push(share);
            evidence.push(proved);
            ceremony.host.pause().await;
        }
        Ok(Self {
            shares,
            evidence,
            pairing,
        })
    }

    /// The pairing that a share signs with: none where it signs without.
    pub(crate) fn pairing_of(&self, share: &Share) -> Option<PairingId> {
        let pairing = self.pairing.as_ref().filter(|_| signs_by_ecdsa(share));
        pairing.map(ClientPairing::id)
    }
}

/// Makes the pairing that was asked for, if one was.
async fn pair<H: Host>(
    ceremony: &Ceremony<'_, H>,
    asked: Option<PairingId>,
    offered: Option<TransferOffer>,
) -> Result<(Option<ClientPairing>, Option<TransferAnswer>), Error> {
    let (id, offer) = match (asked, offered) {
        (Some(id), Some(offer)) => (id, offer),
        (None, None) => {
            ceremony.report(Phase::Prepare, 0, 1);
            return Ok((None, None));
        }
        (Some(_), None) => return Err(Fault::Content("it offers no pairing, though one was asked for").into()),
        (None, Some(_)) => return Err(Fault::Content("it offers a pairing that nobody asked for").into()),
    };
    let report = |done| ceremony.report(Phase::Prepare, u32::try_from(done).unwrap_or(TRANSFERS), TRANSFERS);
    let (pairing, transfers) = pairing::make(ceremony.host, id, offer, ceremony.cancel, report).await?;
    Ok((Some(pairing), Some(transfers)))
}

/// Whether a share signs with a pairing.
fn signs_by_ecdsa(share: &Share) -> bool {
    match share.info().scheme {
        Scheme::EcdsaSecp256k1 => true,
        Scheme::EddsaEd25519 => false,
    }
}

/// Refuses an answer that is not about each wallet.
pub(crate) fn expect_count(got: usize, expected: usize) -> Result<(), Error> {
    if got == expected {
        Ok(())
    } else {
        Err(Fault::Content("its answer is not about each wallet of the claim").into())
    }
}
