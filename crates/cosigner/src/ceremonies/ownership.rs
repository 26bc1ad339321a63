//! The proof of ownership: a session has the co-signer say, to a back end, which wallet it holds.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::Signer;
use serde::Serialize;
use wire::{
    ceremony::{Prove, Proven},
    ownership::{ALGORITHM, Claims, Header, KeySet, LIFETIME, TYPE},
};

use super::{copies::receipt_of_epoch, session_check::live_session};
use crate::{
    api_error::ApiError,
    door::Call,
    limits::Subject,
    proof_keys::{NoKey, issuer_of, key_set, signing, thumbprint},
    state::CoSigner,
    store::Event,
};

/// Proves that the session holds a wallet at its live epoch.
pub(crate) fn prove(co_signer: &CoSigner, call: Call<Prove>) -> Result<Proven, ApiError> {
    let Prove {
        wallet,
        audience,
        nonce,
    } = call.message;
    // Before anything else: the session may be lost with the rest.
    co_signer.restored.refuse(wallet)?;
    let session = live_session(co_signer, &call.caller, call.now)?;
    if !session.wallets.contains(&wallet) {
        return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
    }
    let held = co_signer.wallet(wallet)?;
    if !held.is_opened_by(&session.credential) {
        return Err(ApiError::not_authorised(
            "the wallet is not opened by the session's passkey",
        ));
    }
    held.refuse_frozen()?;
    co_signer
        .limiter
        .take(Subject::Wallet(wallet), call.now)
        .map_err(ApiError::rate_limited)?;
    let receipt = receipt_of_epoch(co_signer, wallet, held.epoch)?;
    let claims = Claims {
        iss: issuer_of(co_signer),
        aud: audience.as_str().to_owned(),
        sub: Base64UrlUnpadded::encode_string(&wallet.0),
        nonce: nonce.as_str().to_owned(),
        iat: call.now,
        exp: call.now.saturating_add(LIFETIME),
        wallet_type: held.wallet_type,
        public_key: Base64UrlUnpadded::encode_string(&held.public_key.to_bytes()),
        epoch: held.epoch.0,
        claimant: Base64UrlUnpadded::encode_string(&receipt.body.claimant),
    };
    let proof = token(co_signer, &claims, call.now)?;
    co_signer.store.add_event(vec![wallet], Event::ProofGiven, call.now)?;
    Ok(Proven { proof })
}

/// The compact serialisation (RFC 7515 §7.1).
fn token(co_signer: &CoSigner, claims: &Claims, now: u64) -> Result<String, ApiError> {
    let key = signing(co_signer, now)?;
    let header = Header {
        alg: ALGORITHM.to_owned(),
        typ: TYPE.to_owned(),
        kid: thumbprint(&key.verifying_key().to_bytes()),
    };
    let signed = format!("{}.{}", part(&header)?, part(claims)?);
    let signature = key.sign(signed.as_bytes()).to_bytes();
    Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature)))
}

fn part(value: &impl Serialize) -> Result<String, ApiError> {
    let json = serde_json::to_vec(value).map_err(ApiError::internal)?;
    Ok(Base64UrlUnpadded::encode_string(&json))
}

/// The keys that proofs are checked with.
pub(crate) fn keys(co_signer: &CoSigner) -> Result<KeySet, ApiError> {
    Ok(key_set(co_signer, co_signer.clock.now())?)
}

impl From<NoKey> for ApiError {
    fn from(error: NoKey) -> Self {
        match error {
            NoKey::Store(error) => error.into(),
            NoKey::Unopened(error) => error.into(),
        }
    }
}
