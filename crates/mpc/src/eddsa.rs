//! Ed25519 signatures in one round trip: FROST (RFC 9591) for the two parties (docs/protocol.md, Ed25519).
//!
//! An additive pair becomes a pair of FROST shares without a message: with the identifiers 1 for the client and 2 for the
//! co-signer the coefficients of Lagrange are 2 and −1, so s₁ = b/2 and s₂ = −a. The client commits to its nonces with its
//! query; the co-signer answers with its own commitments and its half of the signature, and keeps nothing.

mod ciphersuite;
mod signature;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod rfc9591;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use frost_core::{
    CheaterDetection, Ciphersuite as _, aggregate_custom,
    keys::{SigningShare, VerifyingShare},
    round2,
};
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use self::ciphersuite::Ciphersuite;
pub use self::signature::Signature;
use crate::{
    Abort, Role, RunId, Share,
    ed25519::Scalar,
    hedge::Hedged,
    tags,
    unread::{UnreadEd25519Point, UnreadScalar},
};

type Identifier = frost_core::Identifier<Ciphersuite>;
type KeyPackage = frost_core::keys::KeyPackage<Ciphersuite>;
type Nonce = frost_core::round1::Nonce<Ciphersuite>;
type NonceCommitment = frost_core::round1::NonceCommitment<Ciphersuite>;
type PublicKeyPackage = frost_core::keys::PublicKeyPackage<Ciphersuite>;
type SignatureShare = frost_core::round2::SignatureShare<Ciphersuite>;
type SigningCommitments = frost_core::round1::SigningCommitments<Ciphersuite>;
type SigningNonces = frost_core::round1::SigningNonces<Ciphersuite>;
type SigningPackage = frost_core::SigningPackage<Ciphersuite>;
type VerifyingKey = frost_core::VerifyingKey<Ciphersuite>;

/// The most bytes that are signed at once.
pub const MAX_MESSAGE: usize = 8 * 1024;

/// m1, client to co-signer: the client's nonce commitments; 96 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Query {
    /// The hash of all that both sides must agree on: another wallet, epoch or message is refused by name.
    context: [u8; 32],
    commitments: Commitments,
}

/// m2, co-signer to client: its nonce commitments and its half of the signature; 96 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Answer {
    commitments: Commitments,
    share: UnreadScalar,
}

/// A party's hiding and binding nonce commitments (RFC 9591 §5.1), as points in the encoding of RFC 8032; 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
struct Commitments {
    hiding: UnreadEd25519Point,
    binding: UnreadEd25519Point,
}

/// The client has asked for a signature and waits for the answer.
///
/// Neither copied nor stored: one answer is the most that a query may be finished with (trap T2).
pub struct ClientAwaitingAnswer {
    signer: Box<Signer>,
    message: Vec<u8>,
}

/// A party's FROST share and the nonces of one signature; boxed, so that moving them leaves no copy behind.
struct Signer {
    key: KeyPackage,
    nonces: SigningNonces,
}

/// Asks the co-signer to sign `message`, of at most [`MAX_MESSAGE`] bytes, with the client.
///
/// # Errors
/// [`Abort::WrongRole`] if `share` is not a client's; [`Abort::OtherCurve`] if its scheme is another;
/// [`Abort::Malformed`] if the message is too long.
///
/// Source: docs/protocol.md, Ed25519, step 1.
pub fn client_start(
    share: &Share,
    run: RunId,
    message: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<(ClientAwaitingAnswer, Query), Abort> {
    share.expect_role(Role::Client)?;
    let context = context(run, share, message)?;
    let signer = Signer::new(share, &[&context], rng)?;
    let query = Query {
        context,
        commitments: Commitments::new(signer.nonces.commitments())?,
    };
    let message = message.to_vec();
    Ok((ClientAwaitingAnswer { signer, message }, query))
}

/// Answers a query; keeps nothing.
///
/// # Errors
/// [`Abort::OtherContext`] if the client speaks of anything else; [`Abort::Malformed`] if its commitments are no points.
///
/// Source: docs/protocol.md, Ed25519, step 2.
pub fn co_signer_answer(
    share: &Share,
    run: RunId,
    message: &[u8],
    query: Query,
    rng: &mut impl CryptoRngCore,
) -> Result<Answer, Abort> {
    share.expect_role(Role::CoSigner)?;
    let context = context(run, share, message)?;
    if !bool::from(context.ct_eq(&query.context)) {
        return Err(Abort::OtherContext);
    }
    let client = query.commitments.read()?;
    let asked: [&[u8]; 3] = [&context, &query.commitments.hiding.0, &query.commitments.binding.0];
    let signer = Signer::new(share, &asked, rng)?;
    let co_signer = *signer.nonces.commitments();
    let package = package(client, co_signer, message)?;
    let half = signer.sign(&package)?;
    Ok(Answer {
        commitments: Commitments::new(&co_signer)?,
        share: UnreadScalar(bytes(&half.serialize())?),
    })
}

impl ClientAwaitingAnswer {
    /// Checks the answer and gives a signature that verifies, or nothing.
    ///
    /// # Errors
    /// [`Abort::Malformed`] if the answer's commitments or share are out of range; [`Abort::Mirrored`] if it repeats the
    /// client's commitments; [`Abort::WrongSignature`] if the signature does not verify.
    ///
    /// # Security
    /// Consumes the state: the nonces are used once. Finishing one query with three answers would give the co-signer the client's
    /// share, and of its security FROST proves nothing with two (trap T2).
    ///
    /// ```
    /// # use mpc::{Abort, eddsa::{Answer, ClientAwaitingAnswer, Signature}};
    /// fn once(state: ClientAwaitingAnswer, answer: Answer) -> Result<Signature, Abort> {
    ///     state.finish(answer)
    /// }
    /// ```
    ///
    /// A second answer finds no state:
    ///
    /// ```compile_fail,E0382
    /// # use mpc::{Abort, eddsa::{Answer, ClientAwaitingAnswer, Signature}};
    /// fn twice(state: ClientAwaitingAnswer, first: Answer, second: Answer) -> Result<[Signature; 2], Abort> {
    ///     Ok([state.finish(first)?, state.finish(second)?])
    /// }
    /// ```
    ///
    /// Source: docs/protocol.md, Ed25519, step 3.
    pub fn finish(self, answer: Answer) -> Result<Signature, Abort> {
        let client = *self.signer.nonces.commitments();
        let co_signer = answer.commitments.read()?;
        if co_signer.hiding() == client.hiding() || co_signer.binding() == client.binding() {
            return Err(Abort::Mirrored);
        }
        let theirs = SignatureShare::deserialize(&answer.share.0).map_err(|_| Abort::Malformed("scalar"))?;
        let package = package(client, co_signer, &self.message)?;
        let ours = self.signer.sign(&package)?;
        let shares = BTreeMap::from([(identifier(Role::Client)?, ours), (identifier(Role::CoSigner)?, theirs)]);
        // Two parties: if the sum is wrong, it is known whose fault that is.
        let public = PublicKeyPackage::new(BTreeMap::new(), *self.signer.key.verifying_key(), Some(2));
        let signature = aggregate_custom(&package, &shares, &public, CheaterDetection::Disabled)
            .and_then(|signature| signature.serialize())
            .map_err(|_| Abort::WrongSignature)?;
        Ok(Signature(bytes(&signature)?))
    }
}

impl Commitments {
    fn new(commitments: &SigningCommitments) -> Result<Self, Abort> {
        let encode = |commitment: &NonceCommitment| {
            let encoded = commitment.serialize().map_err(|_| Abort::Degenerate)?;
            Ok::<_, Abort>(UnreadEd25519Point(bytes(&encoded)?))
        };
        Ok(Self {
            hiding: encode(commitments.hiding())?,
            binding: encode(commitments.binding())?,
        })
    }

    /// The commitments as points of the prime-order subgroup, neither of them the identity.
    fn read(&self) -> Result<SigningCommitments, Abort> {
        let read = |encoded: &UnreadEd25519Point| {
            NonceCommitment::deserialize(&encoded.0).map_err(|_| Abort::Malformed("point"))
        };
        Ok(SigningCommitments::new(read(&self.hiding)?, read(&self.binding)?))
    }
}

/// What both parties must agree on before anything secret is touched.
fn context(run: RunId, share: &Share, message: &[u8]) -> Result<[u8; 32], Abort> {
    if message.len() > MAX_MESSAGE {
        return Err(Abort::Malformed("message"));
    }
    let (info, public_key) = (share.info().to_bytes(), share.public_key().to_bytes());
    Ok(tags::hash(tags::EDDSA_CONTEXT, &[&run.0, &info, &public_key, message]))
}

fn package(client: SigningCommitments, co_signer: SigningCommitments, message: &[u8]) -> Result<SigningPackage, Abort> {
    let commitments = BTreeMap::from([
        (identifier(Role::Client)?, client),
        (identifier(Role::CoSigner)?, co_signer),
    ]);
    Ok(SigningPackage::new(commitments, message))
}

/// A role's byte is its identifier: 1 and 2.
fn identifier(role: Role) -> Result<Identifier, Abort> {
    Identifier::try_from(role as u16).map_err(|_| Abort::Inconsistent)
}

impl Signer {
    /// The FROST share of an additive one, b/2 for the client and −a for the co-signer, and fresh
    /// nonces, hedged with the share and with what was `asked`.
    fn new(share: &Share, asked: &[&[u8]], rng: &mut impl CryptoRngCore) -> Result<Box<Self>, Abort> {
        let secret = share.secret().ed25519()?.expose();
        let mapped = Zeroizing::new(match share.role() {
            Role::Client => secret * Scalar::from(2u8).invert(),
            Role::CoSigner => -secret,
        });
        let signing_share = SigningShare::new(*mapped);
        // X was checked when the share was made: it need not be decoded, nor its order be checked, again.
        let verifying_key = VerifyingKey::new(*share.public_key().ed25519()?.inner());
        // Nothing that is called here reads it, and to compute it would cost a multiplication.
        let unread = VerifyingShare::new(*share.public_key().ed25519()?.inner());
        let identifier = identifier(share.role())?;
        let encoded = Zeroizing::new(mapped.to_bytes());
        let mut hedged = Hedged::new(tags::EDDSA_DRAWS, rng, encoded.as_slice(), asked);
        Ok(Box::new(Self {
            key: KeyPackage::new(identifier, signing_share, unread, verifying_key, 2),
            nonces: SigningNonces::from_nonces(nonce(&encoded, &mut hedged), nonce(&encoded, &mut hedged)),
        }))
    }

    /// This party's share of the signature (RFC 9591 §5.2).
    fn sign(&self, package: &SigningPackage) -> Result<SignatureShare, Abort> {
        round2::sign(package, &self.nonces, &self.key).map_err(|_| Abort::Inconsistent)
    }
}

/// A nonce (RFC 9591 §4.1): a hash of 32 random bytes and the share.
///
/// # Security
/// The RFC's hash binds neither message nor commitments, so that against a source that repeats it
/// does not help: the random bytes are hedged. frost-core draws nonces too, and leaves the share in
/// memory that it frees.
fn nonce(share: &[u8; 32], rng: &mut impl CryptoRngCore) -> Nonce {
    let mut input = Zeroizing::new([0; 64]);
    let (random, secret) = input.split_at_mut(32);
    rng.fill_bytes(random);
    secret.copy_from_slice(share);
    Nonce::from_scalar(Ciphersuite::H3(input.as_slice()))
}

fn bytes<const N: usize>(encoded: &[u8]) -> Result<[u8; N], Abort> {
    encoded.try_into().map_err(|_| Abort::Inconsistent)
}
