//! What is signed, and both sides' halves of the signature, whichever scheme signs.

use mpc::{Digest, KeyInfo, Path, Point, RunId, Scheme, Share, Signature, ecdsa, eddsa, pairing::ClientPairing};
use rand_core::OsRng;
use wire::ceremony::{ConfirmQuery, SignAnswer, SignQuery};

use crate::{Error, Fault, info};

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// By ECDSA (EVM, COSMOS): a 32-byte hash, under the child at a path, or at the root the wallet's key itself.
    Digest {
        /// The hash.
        digest: Digest,
        /// From the wallet's key to the one that signs.
        path: Path,
    },
    /// By Ed25519 (SOLANA): a message of at most [`Payload::MAX_MESSAGE`] bytes.
    Message(Vec<u8>),
}

impl From<Digest> for Payload {
    fn from(digest: Digest) -> Self {
        let path = Path::root();
        Self::Digest { digest, path }
    }
}

impl Payload {
    /// The longest message, in bytes.
    pub const MAX_MESSAGE: usize = eddsa::MAX_MESSAGE;

    /// Refuses what the scheme doesn't sign; gives the key that the signature will be under.
    pub(crate) fn check(&self, key: &KeyInfo) -> Result<Point, Error> {
        match (self, key.scheme) {
            (Self::Digest { path, .. }, Scheme::EcdsaSecp256k1) => info::derive(key, path),
            (Self::Message(message), Scheme::EddsaEd25519) if message.len() <= Self::MAX_MESSAGE => {
                info::derive(key, &Path::root())
            }
            (Self::Message(_), Scheme::EddsaEd25519) => Err(Error::Argument("a message has at most 8192 bytes")),
            (Self::Message(_), Scheme::EcdsaSecp256k1) => Err(Error::Argument(
                "this wallet signs 32-byte digests: hash the message as its chain does, and sign that",
            )),
            (Self::Digest { .. }, Scheme::EddsaEd25519) => Err(Error::Argument(
                "this wallet signs messages, which Ed25519 hashes itself: give the message, not its hash",
            )),
        }
    }

    /// Takes bytes for a signature of the payload: 65 of ECDSA, r ‖ s ‖ 27 + recovery id, 64 of Ed25519.
    ///
    /// # Errors
    /// [`Error::Argument`] for a payload that the key's scheme does not sign; [`Error::Misbehaved`] for bytes that are none.
    pub(crate) fn verified(&self, key: &KeyInfo, signature: &[u8]) -> Result<Signature, Error> {
        let public_key = self.check(key)?;
        match self {
            Self::Digest { digest, .. } => {
                let (r, rest) = signature.split_first_chunk().ok_or(NO_SIGNATURE)?;
                let (s, rest) = rest.split_first_chunk().ok_or(NO_SIGNATURE)?;
                let recovery_id = match rest {
                    [last @ (27 | 28)] => last - 27,
                    _ => return Err(NO_SIGNATURE.into()),
                };
                let signature = ecdsa::Signature {
                    r: *r,
                    s: *s,
                    recovery_id,
                };
                signature.verify(&public_key, digest)?;
                Ok(Signature::Ecdsa(signature))
            }
            Self::Message(message) => {
                let bytes = signature.try_into().map_err(|_| NO_SIGNATURE)?;
                let signature = eddsa::Signature(bytes);
                signature.verify(&public_key, message)?;
                Ok(Signature::Eddsa(signature))
            }
        }
    }

    /// What a wallet of this scheme signs where a digest is to be signed.
    pub(crate) fn of_digest(scheme: Scheme, digest: Digest) -> Self {
        match scheme {
            Scheme::EcdsaSecp256k1 => digest.into(),
            Scheme::EddsaEd25519 => Self::Message(digest.0.to_vec()),
        }
    }
}

const NO_SIGNATURE: Fault = Fault::Content("another page answered what is no signature");

/// A signature that was asked for: finished once, with one answer.
pub(crate) struct Awaiting {
    step: Step,
    /// What the signature must verify under.
    public_key: Point,
}

enum Step {
    Ecdsa(Digest, Box<ecdsa::ClientAwaitingAnswer>),
    Eddsa(Vec<u8>, Box<eddsa::ClientAwaitingAnswer>),
}

/// Asks for a signature; `pairing` is there where the scheme is ECDSA.
pub(crate) fn ask(
    share: &Share,
    pairing: Option<&ClientPairing>,
    run: RunId,
    payload: Payload,
) -> Result<(Awaiting, SignQuery), Error> {
    let public_key = payload.check(share.info())?;
    let (step, query) = match payload {
        Payload::Digest { digest, path } => {
            let pairing = pairing.ok_or(Error::Internal("a share is to sign without its pairing"))?;
            let (awaiting, query) = ecdsa::client_start(share, &path, pairing, run, digest, &mut OsRng)?;
            let pairing = pairing.id();
            let query = SignQuery::Ecdsa {
                pairing,
                path,
                digest,
                query,
            };
            (Step::Ecdsa(digest, Box::new(awaiting)), query)
        }
        Payload::Message(message) => {
            let (awaiting, query) = eddsa::client_start(share, run, &message, &mut OsRng)?;
            let step = Step::Eddsa(message.clone(), Box::new(awaiting));
            (step, SignQuery::Eddsa { message, query })
        }
    };
    Ok((Awaiting { step, public_key }, query))
}

impl Awaiting {
    /// Puts the signature together, and verifies it under the key that was asked for.
    pub(crate) fn finish(self, answer: SignAnswer) -> Result<Signature, Error> {
        match (self.step, answer) {
            (Step::Ecdsa(digest, awaiting), SignAnswer::Ecdsa(answer)) => {
                let signature = awaiting.finish(answer)?;
                signature.verify(&self.public_key, &digest)?;
                Ok(Signature::Ecdsa(signature))
            }
            (Step::Eddsa(message, awaiting), SignAnswer::Eddsa(answer)) => {
                let signature = awaiting.finish(answer)?;
                signature.verify(&self.public_key, &message)?;
                Ok(Signature::Eddsa(signature))
            }
            (Step::Ecdsa(..), SignAnswer::Eddsa(_)) | (Step::Eddsa(..), SignAnswer::Ecdsa(_)) => {
                Err(Fault::Content("it answered by another scheme than was asked for").into())
            }
        }
    }
}

/// The same query where both sides know by themselves what is signed.
pub(crate) fn confirm(query: SignQuery) -> ConfirmQuery {
    match query {
        SignQuery::Ecdsa { query, .. } => ConfirmQuery::Ecdsa(query),
        SignQuery::Eddsa { query, .. } => ConfirmQuery::Eddsa(query),
    }
}
