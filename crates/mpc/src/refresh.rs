//! Refresh: new shares of the same key, moved apart by a value that never crosses the wire (docs/protocol.md, Refresh).
//!
//! Both sides agree on δ by an ephemeral Diffie–Hellman of this run; then b′ = b − δ and a′ = a + δ, so X stays. Who holds an
//! old share and has recorded every message still lacks δ. Two round trips; the co-signer's next share is stored before m4.

mod evidence;
mod run;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRngCore, RngCore};
use subtle::ConstantTimeEq;

pub use self::evidence::Evidence;
use self::{
    evidence::bound,
    run::{Contribution, Run},
};
use crate::{
    Abort, Point, Role, RunId, Share,
    proof::{ProofOfKnowledge, Statement},
    scalar::SecretScalar,
    tags,
};

/// m1, client to co-signer: commits to the client's contribution; 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Commitment {
    hash: [u8; 32],
}

/// m2, co-signer to client: the co-signer's contribution; 65 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Offer {
    contribution: Contribution,
}

/// m3, client to co-signer: opens the commitment, proves knowledge of the new share; 162 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Opening {
    contribution: Contribution,
    salt: [u8; 32],
    proof: ProofOfKnowledge,
}

/// m4, co-signer to client, after a durable write: proves knowledge of the new share; 65 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Proof {
    proof: ProofOfKnowledge,
}

/// The client has committed and waits for the co-signer's contribution.
pub struct ClientAwaitingOffer {
    run: Run,
    ephemeral: SecretScalar,
    contribution: Contribution,
    salt: [u8; 32],
    commitment: Commitment,
}

/// The co-signer waits for the client's opening.
pub struct CoSignerAwaitingOpening {
    run: Run,
    ephemeral: SecretScalar,
    contribution: Contribution,
    commitment: Commitment,
}

/// The client waits for the co-signer's proof.
pub struct ClientAwaitingProof {
    next: Share,
    transcript: [u8; 32],
    proof: ProofOfKnowledge,
    /// What the co-signer's proof is bound to.
    seen: [u8; 32],
}

/// Starts a refresh of `share`, in a run and under a binding (the claim's transcript hash) that both sides must name alike.
///
/// # Errors
/// [`Abort::WrongRole`] if the share is not a client's; [`Abort::EpochsExhausted`] after 2³² − 1 rotations.
///
/// Source: docs/protocol.md, Refresh, step 1.
pub fn client_start(
    share: &Share,
    run: RunId,
    binding: &[u8; 32],
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingOffer, Commitment), Abort> {
    let run = Run::new(Role::Client, share, run, binding)?;
    let rng = &mut run.draws(rng, &[]);
    let (ephemeral, contribution) = Contribution::random(run.scheme(), rng);
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let commitment = run.commit(&contribution, &salt);
    Ok((
        ClientAwaitingOffer {
            run,
            ephemeral,
            contribution,
            salt,
            commitment: commitment.clone(),
        },
        commitment,
    ))
}

/// Answers a commitment.
///
/// # Errors
/// [`Abort::WrongRole`] if the share is not a co-signer's; [`Abort::EpochsExhausted`] after 2³² − 1 rotations.
///
/// Source: docs/protocol.md, Refresh, step 2.
pub fn co_signer_start(
    share: &Share,
    run: RunId,
    binding: &[u8; 32],
    commitment: Commitment,
    rng: &mut impl CryptoRngCore,
) -> Result<(CoSignerAwaitingOpening, Offer), Abort> {
    let run = Run::new(Role::CoSigner, share, run, binding)?;
    let rng = &mut run.draws(rng, &commitment.hash);
    let (ephemeral, contribution) = Contribution::random(run.scheme(), rng);
    let offer = Offer {
        contribution: contribution.clone(),
    };
    Ok((
        CoSignerAwaitingOpening {
            run,
            ephemeral,
            contribution,
            commitment,
        },
        offer,
    ))
}

impl ClientAwaitingOffer {
    /// Checks the offer, computes the next share, opens the commitment.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`] if the offer is of another curve; [`Abort::Mirrored`] if it repeats the client's contribution; [`Abort::Degenerate`] and [`Abort::Inconsistent`]
    /// if the next share would be no share of X.
    ///
    /// Source: docs/protocol.md, Refresh, step 3.
    pub fn receive(self, offer: Offer, rng: &mut impl CryptoRngCore) -> Result<(ClientAwaitingProof, Opening), Abort> {
        let Self {
            run,
            ephemeral,
            contribution,
            salt,
            commitment,
        } = self;
        let delta = run.delta(
            &contribution,
            &offer.contribution,
            &*ephemeral.agree(&offer.contribution.ephemeral)?,
        )?;
        let transcript = run.transcript(&commitment, &offer.contribution, &contribution, &salt);
        let binding = run.binding;
        let next = run.next_share(&delta)?;
        let bound = bound_of(&next, &binding, &transcript);
        let proof = ProofOfKnowledge::prove(&statement(&bound, &next, Role::Client), next.secret(), rng)?;
        let seen = proved(&bound, &proof);
        Ok((
            ClientAwaitingProof {
                next,
                transcript,
                proof: proof.clone(),
                seen,
            },
            Opening {
                contribution,
                salt,
                proof,
            },
        ))
    }
}

impl CoSignerAwaitingOpening {
    /// Checks the opening and computes the next share, to be stored as pending before the proof is sent.
    ///
    /// # Errors
    /// [`Abort::WrongOpening`] if it is not what was committed to, in this run, of this key, under this binding;
    /// [`Abort::OtherCurve`], [`Abort::Mirrored`], [`Abort::Degenerate`] and [`Abort::Inconsistent`] as for the client; [`Abort::WrongProof`] if
    /// the client does not prove that it knows b′.
    ///
    /// Source: docs/protocol.md, Refresh, step 4.
    pub fn receive(self, opening: Opening, rng: &mut impl CryptoRngCore) -> Result<(Share, Proof), Abort> {
        let (next, proof, _) = self.receive_with_evidence(opening, rng)?;
        Ok((next, proof))
    }

    /// The same, with evidence of both next shares for whoever asks later.
    ///
    /// # Errors
    /// As [`CoSignerAwaitingOpening::receive`].
    pub fn receive_with_evidence(
        self,
        opening: Opening,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Share, Proof, Evidence), Abort> {
        let Self {
            run,
            ephemeral,
            contribution,
            commitment,
        } = self;
        if !bool::from(
            run.commit(&opening.contribution, &opening.salt)
                .hash
                .ct_eq(&commitment.hash),
        ) {
            return Err(Abort::WrongOpening);
        }
        let shared = ephemeral.agree(&opening.contribution.ephemeral)?;
        let delta = run.delta(&opening.contribution, &contribution, &shared)?;
        let transcript = run.transcript(&commitment, &contribution, &opening.contribution, &opening.salt);
        let binding = run.binding;
        let next = run.next_share(&delta)?;
        let bound = bound_of(&next, &binding, &transcript);
        opening.proof.verify(&statement(&bound, &next, Role::Client))?;
        let seen = proved(&bound, &opening.proof);
        let proof = ProofOfKnowledge::prove(&statement(&seen, &next, Role::CoSigner), next.secret(), rng)?;
        let evidence = evidence_of(&next, transcript, [opening.proof, proof.clone()]);
        Ok((next, Proof { proof }, evidence))
    }
}

impl ClientAwaitingProof {
    /// Checks the co-signer's proof and gives the next share.
    ///
    /// # Errors
    /// [`Abort::WrongProof`] if the co-signer does not prove that it knows a′.
    ///
    /// Source: docs/protocol.md, Refresh, step 5.
    pub fn receive(self, proof: Proof) -> Result<Share, Abort> {
        self.receive_with_evidence(proof).map(|(next, _)| next)
    }

    /// The same, with evidence of both next shares for whoever asks later.
    ///
    /// # Errors
    /// As [`ClientAwaitingProof::receive`].
    pub fn receive_with_evidence(self, proof: Proof) -> Result<(Share, Evidence), Abort> {
        let statement = statement(&self.seen, &self.next, Role::CoSigner);
        proof.proof.verify(&statement)?;
        let evidence = evidence_of(&self.next, self.transcript, [self.proof, proof.proof]);
        Ok((self.next, evidence))
    }
}

/// The statement that a role knows its secret of `next`, which both sides have computed the public share of.
fn statement<'a>(context: &'a [u8; 32], next: &Share, role: Role) -> Statement<'a> {
    statement_about(context, *next.info().public_share(role), role)
}

fn statement_about(context: &[u8; 32], point: Point, role: Role) -> Statement<'_> {
    Statement {
        tag: tags::REFRESH_PROOF,
        context,
        role,
        base: Point::generator(point.scheme()),
        point,
    }
}

/// What the client's proof is bound to, of its next share.
fn bound_of(next: &Share, binding: &[u8; 32], transcript: &[u8; 32]) -> [u8; 32] {
    let info = next.info();
    let key = (info.wallet, &next.public_key(), info.epoch);
    bound(key, (&info.co_signer, &info.client), binding, transcript)
}

/// The same with the client's proof: what the co-signer's is bound to.
fn proved(bound: &[u8; 32], proof: &ProofOfKnowledge) -> [u8; 32] {
    tags::hash(tags::REFRESH_PROVED, &[bound, &proof.to_bytes()])
}

fn evidence_of(next: &Share, transcript: [u8; 32], [client_proof, co_signer_proof]: [ProofOfKnowledge; 2]) -> Evidence {
    Evidence {
        co_signer: next.info().co_signer,
        client: next.info().client,
        transcript,
        client_proof,
        co_signer_proof,
    }
}

#[cfg(test)]
mod resets;
#[cfg(test)]
pub(crate) mod tests;
