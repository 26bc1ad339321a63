//! The keys that sign proofs of ownership: made here, rotated by age or by hand, published with their certificates.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore};
use sha2::{Digest, Sha256};
use wire::ownership::{ALGORITHM, Certificate, Key, KeySet, LIFETIME, issuer, thumbprint_input};
use zeroize::Zeroizing;

use crate::{
    error::Error,
    key_encryption::Unopened,
    sealing::{open_proof_key, seal_proof_key},
    state::{CoSigner, State},
    store::{NewProofKey, ProofKeyRecord, StoreError},
};

/// A certificate holds for this long, in seconds, from when it is asked for: a key that was copied is worth no more after that, once it
/// was rotated away.
const CERTIFIED_FOR: u64 = 7 * 24 * 60 * 60;
/// A retired key stays in the set for this long, in seconds: until the last proof by it has ended, and a day more.
pub(crate) const PUBLISHED_FOR: u64 = LIFETIME + 24 * 60 * 60;

/// Why there is no key to sign with.
#[derive(Debug)]
pub(crate) enum NoKey {
    Store(StoreError),
    Unopened(Unopened),
}

impl From<StoreError> for NoKey {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unopened> for NoKey {
    fn from(error: Unopened) -> Self {
        Self::Unopened(error)
    }
}

impl From<NoKey> for Error {
    fn from(error: NoKey) -> Self {
        match error {
            NoKey::Store(error) => error.into(),
            NoKey::Unopened(Unopened) => {
                Self::Database("a proof key does not open: the database is damaged".to_owned())
            }
        }
    }
}

/// Retires the key that signs, erases its secret, and lets a new one sign. Gives the new one's id, as it stands in the key set.
///
/// # Errors
/// [`Error::Setting`] if it was rotated just now by another; [`Error::Store`], [`Error::Database`].
pub fn rotate(state: &State) -> Result<String, Error> {
    let co_signer = &*state.0;
    let signing = co_signer.store.signing_proof_key()?;
    match replace(co_signer, signing.map(|(key, _)| key.public_key), co_signer.clock.now()) {
        Ok(key) => Ok(thumbprint(&key.verifying_key().to_bytes())),
        Err(NoKey::Store(StoreError::Conflict)) => Err(Error::Setting(
            "the proof key was rotated by somebody else just now".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// The keys that sign proofs or did, newest first: ids as in the key set, and since when each is and was retired, Unix seconds.
///
/// # Errors
/// [`Error::Store`].
pub fn list(state: &State) -> Result<Vec<(String, ProofKeyRecord)>, Error> {
    let keys = state.0.store.proof_keys()?;
    Ok(keys.into_iter().map(|key| (thumbprint(&key.public_key), key)).collect())
}

/// The key that signs now: made on first use, and rotated where it is too old. Read anew each time, since another process may rotate it.
pub(crate) fn signing(co_signer: &CoSigner, now: u64) -> Result<SigningKey, NoKey> {
    let held = co_signer.store.signing_proof_key()?;
    let replaced = match &held {
        Some((key, sealed)) if now < key.created_at.saturating_add(co_signer.config.lifetimes.proof_key) => {
            return Ok(open_proof_key(&*co_signer.kek, &key.public_key, sealed)?);
        }
        Some((key, _)) => Some(key.public_key),
        None => None,
    };
    match replace(co_signer, replaced, now) {
        // Another process was first: its key counts.
        Err(NoKey::Store(StoreError::Conflict)) => {
            let (key, sealed) = co_signer.store.signing_proof_key()?.ok_or(StoreError::Conflict)?;
            Ok(open_proof_key(&*co_signer.kek, &key.public_key, &sealed)?)
        }
        outcome => outcome,
    }
}

fn replace(co_signer: &CoSigner, replaces: Option<[u8; 32]>, at: u64) -> Result<SigningKey, NoKey> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(seed.as_mut());
    let key = SigningKey::from_bytes(&seed);
    co_signer.store.rotate_proof_key(NewProofKey {
        public_key: key.verifying_key().to_bytes(),
        sealed: seal_proof_key(&*co_signer.kek, &key)?,
        replaces,
        at,
    })?;
    Ok(key)
}

/// The key set as it is published at `now`.
pub(crate) fn key_set(co_signer: &CoSigner, now: u64) -> Result<KeySet, StoreError> {
    let mut keys = co_signer.store.proof_keys()?;
    keys.retain(|key| key.retired_at.is_none_or(|at| now < at.saturating_add(PUBLISHED_FOR)));
    Ok(KeySet {
        keys: keys.iter().map(|key| published(co_signer, key, now)).collect(),
    })
}

fn published(co_signer: &CoSigner, key: &ProofKeyRecord, now: u64) -> Key {
    let until = match key.retired_at {
        Some(at) => at.saturating_add(LIFETIME),
        None => now.saturating_add(CERTIFIED_FOR),
    };
    let certificate = Certificate {
        key: key.public_key,
        until,
    };
    Key {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: Base64UrlUnpadded::encode_string(&key.public_key),
        kid: thumbprint(&key.public_key),
        usage: "sig".to_owned(),
        alg: ALGORITHM.to_owned(),
        ck_exp: until,
        ck_sig: Base64UrlUnpadded::encode_string(&co_signer.root.certify(&certificate)),
    }
}

/// How proofs name this co-signer.
pub(crate) fn issuer_of(co_signer: &CoSigner) -> String {
    issuer(&thumbprint(&co_signer.root.identity().receipt))
}

/// The thumbprint of an Ed25519 key (RFC 7638), as base64url.
pub(crate) fn thumbprint(key: &[u8; 32]) -> String {
    let input = thumbprint_input(&Base64UrlUnpadded::encode_string(key));
    Base64UrlUnpadded::encode_string(&Sha256::digest(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // Appendix A.3.
        let mut key = [0; 32];
        Base64UrlUnpadded::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", &mut key).unwrap();
        assert_eq!(thumbprint(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
