//! Key generation: two additive shares of a fresh key, without oblivious transfer (docs/protocol.md, Key generation).
//!
//! The client draws b, the co-signer a; B = bG, A = aG, and the key is X = A + B. The client commits before it sees A, and each
//! proves that it knows its share, so neither can choose X. The same for either curve. Two round trips; a co-signer's share is stored before m4.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;

#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{
    Abort, Epoch, KeyInfo, Point, Role, RunId, Scheme, Share, WalletId,
    hedge::Hedged,
    proof::{ProofOfKnowledge, Statement},
    scalar::SecretScalar,
    tags,
};

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

/// m1, client to co-signer: a commitment to the client's public share; 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Commitment {
    hash: [u8; 32],
}

/// m2, co-signer to client: the co-signer's public share, proved; 130 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Offer {
    public_share: Point,
    proof: ProofOfKnowledge,
    contribution: [u8; 32],
}

/// m3, client to co-signer: opens the commitment and confirms the key; 194 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Opening {
    committed: Committed,
    confirmation: Confirmation,
}

/// m4, co-signer to client, after a durable write: confirms the key; 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Confirmation {
    hash: [u8; 32],
}

/// What the client commits to: B, proved, its part of the chain code, and the salt that hides them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
struct Committed {
    public_share: Point,
    proof: ProofOfKnowledge,
    contribution: [u8; 32],
    salt: [u8; 32],
}

/// The client has committed and waits for the co-signer's public share.
pub struct ClientAwaitingOffer {
    context: Context,
    secret: SecretScalar,
    committed: Committed,
    commitment: Commitment,
}

/// The co-signer has offered its public share and waits for the client's.
pub struct CoSignerAwaitingOpening {
    context: Context,
    secret: SecretScalar,
    commitment: Commitment,
    offer: Offer,
}

/// The client has opened its commitment and waits for the co-signer's confirmation.
pub struct ClientAwaitingConfirmation {
    share: Share,
}

/// Commits to a fresh client share.
///
/// # Errors
/// None that a caller can bring about: the curves of a key and its proof are the same.
///
/// Source: docs/protocol.md, Key generation, step 1.
pub fn client_start(
    context: Context,
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingOffer, Commitment), Abort> {
    let sid = context.sid();
    // There is no secret yet to hedge with; the run's name keeps a source that repeats from giving
    // two wallets one share.
    let rng = &mut Hedged::new(tags::KEYGEN_DRAWS, rng, &[], &[&sid, &[Role::Client as u8]]);
    let secret = SecretScalar::random(context.scheme, rng);
    let public_share = secret.to_point();
    let proof = ProofOfKnowledge::prove(&client_statement(&sid, public_share), &secret, rng)?;
    let committed = Committed {
        public_share,
        proof,
        contribution: random(rng),
        salt: random(rng),
    };
    let commitment = committed.commit(&context);
    let state = ClientAwaitingOffer {
        context,
        secret,
        committed,
        commitment: commitment.clone(),
    };
    Ok((state, commitment))
}

/// Answers a commitment with a fresh co-signer share.
///
/// # Errors
/// None that a caller can bring about: the curves of a key and its proof are the same.
///
/// Source: docs/protocol.md, Key generation, step 2.
pub fn co_signer_start(
    context: Context,
    commitment: Commitment,
    rng: &mut impl CryptoRngCore,
) -> Result<(CoSignerAwaitingOpening, Offer), Abort> {
    let asked: [&[u8]; 3] = [&context.sid(), &[Role::CoSigner as u8], &commitment.hash];
    let rng = &mut Hedged::new(tags::KEYGEN_DRAWS, rng, &[], &asked);
    let secret = SecretScalar::random(context.scheme, rng);
    let public_share = secret.to_point();
    let seen = seen_by_co_signer(&context, &commitment);
    let proof = ProofOfKnowledge::prove(&co_signer_statement(&seen, public_share), &secret, rng)?;
    let offer = Offer {
        public_share,
        proof,
        contribution: random(rng),
    };
    let state = CoSignerAwaitingOpening {
        context,
        secret,
        commitment,
        offer: offer.clone(),
    };
    Ok((state, offer))
}

impl ClientAwaitingOffer {
    /// Checks the co-signer's offer and opens the client's commitment.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`] if A is of another curve; [`Abort::Mirrored`] if A = B; [`Abort::NoKey`] if A = −B; [`Abort::WrongProof`] if the offer does not prove that the
    /// co-signer knows a, in this run and after this commitment.
    ///
    /// Source: docs/protocol.md, Key generation, step 3.
    pub fn receive(self, offer: Offer) -> Result<(ClientAwaitingConfirmation, Opening), Abort> {
        let info = agree(&self.context, &self.commitment, &offer, &self.committed)?;
        let seen = seen_by_co_signer(&self.context, &self.commitment);
        offer.proof.verify(&co_signer_statement(&seen, offer.public_share))?;
        let opening = Opening {
            committed: self.committed,
            confirmation: Confirmation::new(&info, Role::Client),
        };
        Ok((
            ClientAwaitingConfirmation {
                share: Share::new(Role::Client, self.secret, info)?,
            },
            opening,
        ))
    }
}

impl CoSignerAwaitingOpening {
    /// Checks the opening and makes the co-signer's share, to be stored before the confirmation is sent.
    ///
    /// # Errors
    /// [`Abort::WrongOpening`] if it is not what was committed to in this run; [`Abort::OtherCurve`], [`Abort::Mirrored`],
    /// [`Abort::NoKey`] and [`Abort::WrongProof`] as for the client; [`Abort::WrongConfirmation`] if the client has seen another transcript.
    ///
    /// Source: docs/protocol.md, Key generation, step 4.
    pub fn receive(self, opening: Opening) -> Result<(Share, Confirmation), Abort> {
        let committed = opening.committed;
        let is_opening = bool::from(committed.commit(&self.context).hash.ct_eq(&self.commitment.hash));
        #[cfg(test)]
        let is_opening = is_opening || traps::is_open(Trap::Opening);
        if !is_opening {
            return Err(Abort::WrongOpening);
        }
        let info = agree(&self.context, &self.commitment, &self.offer, &committed)?;
        committed
            .proof
            .verify(&client_statement(&self.context.sid(), committed.public_share))?;
        opening.confirmation.check(&info, Role::Client)?;
        let confirmation = Confirmation::new(&info, Role::CoSigner);
        Ok((Share::new(Role::CoSigner, self.secret, info)?, confirmation))
    }
}

impl ClientAwaitingConfirmation {
    /// Checks the confirmation and makes the client's share.
    ///
    /// # Errors
    /// [`Abort::WrongConfirmation`] if the co-signer has seen another transcript.
    ///
    /// Source: docs/protocol.md, Key generation, step 5.
    pub fn receive(self, confirmation: Confirmation) -> Result<Share, Abort> {
        confirmation.check(self.share.info(), Role::CoSigner)?;
        Ok(self.share)
    }
}

impl Context {
    fn sid(&self) -> [u8; 32] {
        tags::hash(tags::KEYGEN_SID, &[&self.wallet.0, &[self.scheme as u8], &self.run.0])
    }
}

impl Committed {
    fn commit(&self, context: &Context) -> Commitment {
        let inputs: [&[u8]; 6] = [
            &context.sid(),
            &[Role::Client as u8],
            &self.public_share.to_bytes(),
            &self.proof.to_bytes(),
            &self.contribution,
            &self.salt,
        ];
        Commitment {
            hash: tags::hash(tags::KEYGEN_COMMITMENT, &inputs),
        }
    }
}

impl Confirmation {
    /// The key id is the hash of the transcript.
    fn new(info: &KeyInfo, role: Role) -> Self {
        Self {
            hash: tags::hash(tags::KEYGEN_CONFIRMATION, &[&info.key_id, &[role as u8]]),
        }
    }

    fn check(&self, info: &KeyInfo, role: Role) -> Result<(), Abort> {
        if bool::from(self.hash.ct_eq(&Self::new(info, role).hash)) {
            Ok(())
        } else {
            Err(Abort::WrongConfirmation)
        }
    }
}

/// What both sides make of the same messages; refuses A = B and A = −B.
fn agree(context: &Context, commitment: &Commitment, offer: &Offer, committed: &Committed) -> Result<KeyInfo, Abort> {
    offer.public_share.expect(context.scheme)?;
    committed.public_share.expect(context.scheme)?;
    let is_mirrored = offer.public_share == committed.public_share;
    #[cfg(test)]
    let is_mirrored = is_mirrored && !traps::is_open(Trap::Mirror);
    if is_mirrored {
        return Err(Abort::Mirrored);
    }
    let transcript: [&[u8]; 9] = [
        &context.sid(),
        &commitment.hash,
        &offer.public_share.to_bytes(),
        &offer.proof.to_bytes(),
        &offer.contribution,
        &committed.public_share.to_bytes(),
        &committed.proof.to_bytes(),
        &committed.contribution,
        &committed.salt,
    ];
    let key_id = tags::hash(tags::KEYGEN_TRANSCRIPT, &transcript);
    let (client, co_signer) = (committed.public_share, offer.public_share);
    let public_key = client.plus(&co_signer)?.ok_or(Abort::NoKey)?;
    let entropy: [&[u8]; 3] = [&committed.contribution, &offer.contribution, &public_key.to_bytes()];
    let chain_code = tags::hash(tags::KEYGEN_CHAIN_CODE, &entropy);
    let (wallet, scheme, epoch) = (context.wallet, context.scheme, Epoch(0));
    Ok(KeyInfo {
        wallet,
        scheme,
        epoch,
        key_id,
        chain_code,
        client,
        co_signer,
    })
}

/// The client proves b before anything is said: bound to the run alone, and then hidden in the commitment.
fn client_statement(sid: &[u8; 32], point: Point) -> Statement<'_> {
    Statement {
        tag: tags::KEYGEN_PROOF,
        context: sid,
        role: Role::Client,
        base: Point::generator(point.scheme()),
        point,
    }
}

/// The co-signer proves a, bound to the run and to the commitment it answers.
fn co_signer_statement(seen: &[u8; 32], point: Point) -> Statement<'_> {
    Statement {
        tag: tags::KEYGEN_PROOF,
        context: seen,
        role: Role::CoSigner,
        base: Point::generator(point.scheme()),
        point,
    }
}

fn seen_by_co_signer(context: &Context, commitment: &Commitment) -> [u8; 32] {
    tags::hash(tags::KEYGEN_OFFER, &[&context.sid(), &commitment.hash])
}

fn random(rng: &mut impl CryptoRngCore) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
