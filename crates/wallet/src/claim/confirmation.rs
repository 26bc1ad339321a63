//! Confirm: both new shares of each wallet sign the claim's statement, before any old share dies.

use mpc::{RunId, Signature};
use rand_core::OsRng;
use wire::{
    ceremony::{ClaimConfirm, ClaimPasskey, SealedCopy},
    statement::ClaimStatement,
};

use super::{
    Phase,
    ceremony::Ceremony,
    rotation::{Rotation, expect_count},
};
use crate::{
    Error,
    host::Host,
    payload::{self, Payload},
};

/// What each wallet says of its claim, and its signature of that.
pub(crate) struct Confirmation {
    pub(super) statements: Vec<ClaimStatement>,
    pub(super) signatures: Vec<Signature>,
}

impl Confirmation {
    /// Registers the passkey, or shows its approval, and signs.
    pub(crate) async fn make<H: Host>(
        ceremony: &Ceremony<'_, H>,
        (credential, passkey): (&[u8], ClaimPasskey),
        rotation: &Rotation,
        copies: Vec<SealedCopy>,
    ) -> Result<Self, Error> {
        ceremony.report(Phase::Confirm, 0, 1);
        let mut statements = Vec::new();
        let mut awaiting_answers = Vec::new();
        let mut queries = Vec::new();
        for (share, evidence) in rotation.shares.iter().zip(&rotation.evidence) {
            let statement = ClaimStatement {
                wallet: share.info().wallet,
                public_key: share.public_key(),
                epoch: share.info().epoch,
                transcript: *ceremony.transcript,
                evidence: evidence.clone(),
                credential: credential.to_vec(),
            };
            let run = RunId::random(&mut OsRng);
            let digest = statement.digest();
            let payload = Payload::of_digest(share.info().scheme, digest);
            let (awaiting, query) = share
                .for_statement(&digest)
                .map_err(Error::from)
                .and_then(|share| payload::ask(&share, rotation.pairing.as_ref(), run, payload))
                .map_err(|_| Error::Internal("a new share can't sign"))?;
            statements.push(statement);
            awaiting_answers.push(awaiting);
            queries.push((run, payload::confirm(query)));
            ceremony.host.pause().await;
        }
        let request = ClaimConfirm {
            claim: ceremony.offer.claim,
            passkey,
            copies,
            queries,
        };
        // Sent once: a query that is answered twice gives the share away.
        let confirmed = ceremony.call(&request).await?;
        expect_count(confirmed.answers.len(), awaiting_answers.len())?;
        let mut signatures = Vec::new();
        for (awaiting, answer) in awaiting_answers.into_iter().zip(confirmed.answers) {
            signatures.push(awaiting.finish(answer)?);
            ceremony.host.pause().await;
        }
        ceremony.report(Phase::Confirm, 1, 1);
        Ok(Self { statements, signatures })
    }
}
