//! Proofs of ownership, checked offline: against the identity that is pinned, and a key set that it certified.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use mpc::{Epoch, Point, WalletId, tags};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::{
    ClaimantId, CoSignerIdentity, ErrorCode,
    ownership::{
        ALGORITHM, Audience, Certificate, Claims, Header, KEY_SET_LIMIT, Key, KeySet, LIFETIME, PROOF_LIMIT,
        ProofNonce, TYPE, issuer, thumbprint_input,
    },
    statement::CLAIMANT,
};

use crate::{
    Error, WalletInfo,
    info::wallet_id,
    json,
    receipt::is_signed,
    text::{self, encode},
};

/// How far clocks may be apart, in seconds, where the caller says nothing.
const TOLERANCE: u32 = 60;
/// The most that they may be.
const MOST_TOLERANCE: u32 = 300;

/// A proof that was read. Nothing of it is checked but its form.
#[derive(Clone, Debug)]
pub struct Proof {
    signed: String,
    key: String,
    claims: Claims,
    signature: [u8; 64],
}

/// The keys of one co-signer that its identity certified: others of the set are left out.
#[derive(Clone, Debug)]
pub struct Keys {
    issuer: String,
    keys: Vec<CertifiedKey>,
}

#[derive(Clone, Debug)]
struct CertifiedKey {
    id: String,
    key: VerifyingKey,
    until: u64,
}

/// What a back end asked for.
#[derive(Clone, Debug)]
pub struct Expected {
    audience: Audience,
    nonce: ProofNonce,
    claimant: Option<[u8; 32]>,
    tolerance: u64,
}

/// A proof that holds, and is the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProof {
    /// The wallet, at its epoch when the proof was made.
    pub wallet: WalletInfo,
    /// Hash of the id of whom the wallet was made for, as in its receipt.
    pub claimant: [u8; 32],
    /// Unix seconds by the co-signer's clock.
    pub issued_at: u64,
    /// Unix seconds by the co-signer's clock.
    pub expires_at: u64,
}

impl VerifiedProof {
    /// The claimant's hash as text: base64url.
    pub fn claimant_text(&self) -> String {
        encode(&self.claimant)
    }
}

const fn refused(message: &'static str) -> Error {
    Error::State {
        code: ErrorCode::NotAuthorised,
        message,
    }
}

impl Expected {
    /// A proof for this audience that answers this nonce; made for this claimant, if one is named; by clocks that are at most `tolerance`
    /// seconds apart, 60 where it is left out.
    ///
    /// # Errors
    /// [`Error::Argument`] for an audience or a nonce of another form, a malformed claimant id, a tolerance over 300.
    pub fn new(
        audience: &str,
        nonce: &str,
        claimant: Option<ClaimantId>,
        tolerance: Option<u32>,
    ) -> Result<Self, Error> {
        let (audience, nonce) = asked(audience, nonce)?;
        let claimant = claimant
            .map(ClaimantId::normalised)
            .transpose()
            .map_err(Error::Argument)?;
        let tolerance = tolerance.unwrap_or(TOLERANCE);
        if tolerance > MOST_TOLERANCE {
            return Err(Error::Argument("clocks may be at most 300 seconds apart"));
        }
        Ok(Self {
            audience,
            nonce,
            claimant: claimant.map(|id| tags::hash(CLAIMANT, &[id.kind().as_bytes(), id.value().as_bytes()])),
            tolerance: tolerance.into(),
        })
    }
}

/// Reads an audience and a nonce.
pub(crate) fn asked(audience: &str, nonce: &str) -> Result<(Audience, ProofNonce), Error> {
    let audience = Audience::new(audience).ok_or(Error::Argument(
        "an audience has 1 to 256 printable ASCII characters, without blank, quotation mark and backslash",
    ))?;
    let nonce = ProofNonce::new(nonce).ok_or(Error::Argument(
        "a proof's nonce has 1 to 128 printable ASCII characters, without blank, quotation mark and backslash",
    ))?;
    Ok((audience, nonce))
}

impl Keys {
    /// Reads a key set, as `GET /.well-known/jwks.json` gives it.
    ///
    /// # Errors
    /// [`Error::Argument`] for what is none.
    pub fn read(text: &str, identity: &CoSignerIdentity) -> Result<Self, Error> {
        let set = Some(text.as_bytes())
            .filter(|text| text.len() <= KEY_SET_LIMIT)
            .and_then(json::read);
        let set: KeySet = set.ok_or(Error::Argument("this is no JSON Web Key Set"))?;
        Ok(Self::certified(&set, identity))
    }

    /// Takes what the identity certified of a set.
    pub(crate) fn certified(set: &KeySet, identity: &CoSignerIdentity) -> Self {
        Self {
            issuer: issuer(&thumbprint(&encode(&identity.receipt))),
            keys: set.keys.iter().filter_map(|key| certified(key, identity)).collect(),
        }
    }

    /// Whether a proof is by a key of the set, whose certificate is as long as the proof.
    pub(crate) fn cover(&self, proof: &Proof) -> bool {
        self.find(proof).is_some_and(|key| proof.claims.exp <= key.until)
    }

    fn find(&self, proof: &Proof) -> Option<&CertifiedKey> {
        self.keys.iter().find(|key| key.id == proof.key)
    }
}

fn certified(key: &Key, identity: &CoSignerIdentity) -> Option<CertifiedKey> {
    let is_ours = (key.kty.as_str(), key.crv.as_str(), key.alg.as_str(), key.usage.as_str())
        == ("OKP", "Ed25519", ALGORITHM, "sig");
    let certificate = Certificate {
        key: bytes(&key.x).filter(|_| is_ours)?,
        until: key.ck_exp,
    };
    let holds = key.kid == thumbprint(&key.x)
        && is_signed(&identity.receipt, &certificate.signed_bytes(), &bytes(&key.ck_sig)?);
    Some(CertifiedKey {
        id: key.kid.clone(),
        key: VerifyingKey::from_bytes(&certificate.key).ok().filter(|_| holds)?,
        until: certificate.until,
    })
}

impl Proof {
    /// Reads a proof: a JSON Web Token of exactly the form that the co-signer gives.
    ///
    /// # Errors
    /// [`Error::Argument`] for anything else, whatever it may be signed by.
    pub fn read(text: &str) -> Result<Self, Error> {
        const NONE: Error = Error::Argument("this is no proof of ownership: it is no JSON Web Token of three parts");
        if text.len() > PROOF_LIMIT {
            return Err(NONE);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(NONE)?;
        let (header, claims) = signed.split_once('.').ok_or(NONE)?;
        let header: Header = part(header).ok_or(Error::Argument(
            "the proof's header is not of its one form: alg, typ and kid, once each, and nothing else",
        ))?;
        if header.typ != TYPE {
            return Err(Error::Argument(
                "this is a token of another type than a proof of ownership",
            ));
        }
        if header.alg != ALGORITHM {
            return Err(Error::Argument(
                "the proof is signed by another algorithm than EdDSA, or not at all",
            ));
        }
        let claims: Claims = part(claims).ok_or(Error::Argument(
            "the proof does not say what one must say, once each, and nothing else",
        ))?;
        if claims.exp.checked_sub(claims.iat) != Some(LIFETIME) {
            return Err(Error::Argument("the proof does not last for five minutes"));
        }
        Ok(Self {
            signature: bytes(signature).ok_or(Error::Argument("the proof's signature has not 64 bytes"))?,
            signed: signed.to_owned(),
            key: header.kid,
            claims,
        })
    }

    /// Checks a proof: who signed it, for whom, for what, and when; `now` is in Unix seconds.
    ///
    /// # Errors
    /// Of code `not_authorised`, with a sentence of its own for each: another co-signer's, an uncertified key, a signature that does not
    /// hold, another audience, nonce or claimant, a proof of the future, or one that is over.
    ///
    /// # Security
    /// That a nonce is used once is the caller's to see to: forget it with the first proof that is shown for it.
    pub fn verify(&self, keys: &Keys, expected: &Expected, now: u64) -> Result<VerifiedProof, Error> {
        let claims = &self.claims;
        if claims.iss != keys.issuer {
            return Err(refused("the proof is another co-signer's"));
        }
        let key = keys.find(self).ok_or(refused(
            "the proof is signed by a key that is not in the key set, or that the co-signer's identity has not certified",
        ))?;
        if claims.exp > key.until {
            return Err(refused(
                "the proof is signed by a key whose certificate had ended: fetch the key set again",
            ));
        }
        key.key
            .verify_strict(self.signed.as_bytes(), &Signature::from_bytes(&self.signature))
            .map_err(|_| refused("the proof's signature does not hold"))?;
        if claims.aud != expected.audience.as_str() {
            return Err(refused("the proof is for another audience"));
        }
        if !bool::from(claims.nonce.as_bytes().ct_eq(expected.nonce.as_str().as_bytes())) {
            return Err(refused("the proof answers another nonce"));
        }
        if claims.iat > now.saturating_add(expected.tolerance) {
            return Err(refused("the proof is of the future: the clocks are too far apart"));
        }
        if now >= claims.exp.saturating_add(expected.tolerance) {
            return Err(refused("the proof is over: ask for another"));
        }
        let verified = read(claims).ok_or(refused("the proof names no wallet"))?;
        if expected
            .claimant
            .is_some_and(|claimant| !bool::from(claimant.ct_eq(&verified.claimant)))
        {
            return Err(refused("the wallet was made for another claimant"));
        }
        Ok(verified)
    }
}

fn read(claims: &Claims) -> Option<VerifiedProof> {
    let id: WalletId = wallet_id(&claims.sub).ok()?;
    let public_key = Point::from_bytes(&text::decode::<33>(&claims.public_key)?).ok()?;
    Some(VerifiedProof {
        wallet: WalletInfo::named(claims.wallet_type, id, Epoch(claims.epoch), public_key)?,
        claimant: bytes(&claims.claimant)?,
        issued_at: claims.iat,
        expires_at: claims.exp,
    })
}

/// Reads a part of a token.
fn part<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    json::read(&Base64UrlUnpadded::decode_vec(text).ok()?)
}

/// Reads exactly `N` bytes, with nothing around them.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
    (read.len() == N).then_some(bytes)
}

/// The thumbprint of an Ed25519 key that is given as base64url (RFC 7638), as base64url.
fn thumbprint(x: &str) -> String {
    encode(&Sha256::digest(thumbprint_input(x)))
}

#[cfg(test)]
mod tests;
