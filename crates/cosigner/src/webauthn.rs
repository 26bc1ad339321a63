//! Verifying passkeys: registrations without attestation, and assertions, for a challenge of the caller's own.
//!
//! Source: W3C Web Authentication Level 3, §7.1 and §7.2.

mod authenticator_data;
mod cbor;
mod client_data;
mod credential_key;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use wire::{
    ErrorCode,
    bounded::MAX_AUTHENTICATOR_DATA,
    ceremony::{Assertion, Registration},
};

use self::{authenticator_data::AuthenticatorData, cbor::Map, client_data::ClientData, credential_key::CredentialKey};
use crate::{api_error::ApiError, config::RelyingParty};

/// Why a passkey's answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("malformed {0}")]
    Malformed(&'static str),
    #[error("client data of another type of ceremony")]
    WrongType,
    #[error("another challenge")]
    WrongChallenge,
    #[error("an origin that is not allowed")]
    WrongOrigin,
    #[error("made in a frame of another origin")]
    CrossOrigin,
    #[error("another relying party")]
    WrongRelyingParty,
    #[error("no user presence")]
    NoUserPresence,
    #[error("no user verification")]
    NoUserVerification,
    #[error("backed up, but not eligible for it")]
    WrongBackupState,
    #[error("another credential than it says")]
    WrongCredential,
    #[error("a key that is neither ES256 nor EdDSA")]
    UnsupportedKey,
    #[error("a signature that does not verify")]
    WrongSignature,
    #[error("the stored credential key is damaged")]
    DamagedKey,
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(_) => Self::invalid("the passkey's answer is not of the form that WebAuthn gives it"),
            Refusal::UnsupportedKey => Self::new(
                ErrorCode::PasskeyUnsupported,
                "the passkey's key is neither ES256 nor EdDSA",
            ),
            Refusal::NoUserVerification => {
                Self::not_authorised("the passkey did not verify the person: user verification is required")
            }
            Refusal::WrongOrigin => Self::not_authorised("the page's origin is not one that this co-signer allows"),
            Refusal::DamagedKey => Self::internal(refusal),
            Refusal::WrongType
            | Refusal::WrongChallenge
            | Refusal::CrossOrigin
            | Refusal::WrongRelyingParty
            | Refusal::NoUserPresence
            | Refusal::WrongBackupState
            | Refusal::WrongCredential
            | Refusal::WrongSignature => Self::not_authorised("the passkey's answer does not verify"),
        }
        .because(refusal)
    }
}

/// A new passkey.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NewCredential {
    pub(crate) id: Vec<u8>,
    /// COSE_Key.
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
}

/// Verifies a registration (§7.1). Attestation statements are read over: what they say of the maker is asked of nobody here.
pub(crate) fn verify_registration(
    registration: &Registration,
    challenge: &[u8; 32],
    relying_party: &RelyingParty,
) -> Result<NewCredential, Refusal> {
    ClientData::read(&registration.client_data_json)?.check("webauthn.create", challenge, relying_party)?;
    let object = &registration.attestation_object;
    refuse_longer(object, MAX_AUTHENTICATOR_DATA, "attestation object")?;
    let mut attestation = Map::read_whole(object, "attestation object")?;
    let format = attestation.take_text("fmt")?;
    let statement = attestation.take_map("attStmt")?;
    // §8.7: the statement of `none` is empty.
    if format == "none" && !statement.is_empty() {
        return Err(Refusal::Malformed("attestation object"));
    }
    let bytes = attestation.take_bytes("authData")?;
    if !attestation.is_empty() {
        return Err(Refusal::Malformed("attestation object"));
    }
    let data = AuthenticatorData::read(&bytes)?;
    data.check(&relying_party.id)?;
    let attested = data.attested.ok_or(Refusal::Malformed("authenticator data"))?;
    if attested.id != registration.credential {
        return Err(Refusal::WrongCredential);
    }
    CredentialKey::read(attested.public_key)?;
    Ok(NewCredential {
        id: attested.id.to_vec(),
        public_key: attested.public_key.to_vec(),
        sign_count: data.sign_count,
    })
}

/// What an assertion says of its authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asserted {
    pub(crate) sign_count: u32,
    /// Whether the passkey may be backed up, or synced.
    pub(crate) backup_eligible: bool,
}

/// Verifies an assertion (§7.2) by a credential's stored key, and gives what its authenticator says.
pub(crate) fn verify_assertion(
    assertion: &Assertion,
    public_key: &[u8],
    challenge: &[u8; 32],
    relying_party: &RelyingParty,
) -> Result<Asserted, Refusal> {
    ClientData::read(&assertion.client_data_json)?.check("webauthn.get", challenge, relying_party)?;
    refuse_longer(
        &assertion.authenticator_data,
        MAX_AUTHENTICATOR_DATA,
        "authenticator data",
    )?;
    let data = AuthenticatorData::read(&assertion.authenticator_data)?;
    data.check(&relying_party.id)?;
    if data.attested.is_some() {
        return Err(Refusal::Malformed("authenticator data"));
    }
    CredentialKey::read(public_key)
        .map_err(|_| Refusal::DamagedKey)?
        .verify(
            &assertion.authenticator_data,
            &assertion.client_data_json,
            &assertion.signature,
        )?;
    Ok(Asserted {
        sign_count: data.sign_count,
        backup_eligible: data.is_backup_eligible(),
    })
}

/// Refuses what is too long before anything of it is read, as `wire` does for what comes over the network.
fn refuse_longer(bytes: &[u8], limit: usize, what: &'static str) -> Result<(), Refusal> {
    if bytes.len() > limit {
        return Err(Refusal::Malformed(what));
    }
    Ok(())
}
