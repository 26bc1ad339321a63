//! Client data (§5.8.1): what the browser says the passkey was asked for.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use wire::bounded::MAX_CLIENT_DATA;

use super::{Refusal, RelyingParty};

/// The keys that are verified. Browsers add others, and are free to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

impl ClientData {
    pub(super) fn read(json: &[u8]) -> Result<Self, Refusal> {
        super::refuse_longer(json, MAX_CLIENT_DATA, "client data")?;
        serde_json::from_slice(json).map_err(|_| Refusal::Malformed("client data"))
    }

    pub(super) fn check(
        &self,
        r#type: &str,
        challenge: &[u8; 32],
        relying_party: &RelyingParty,
    ) -> Result<(), Refusal> {
        if self.r#type != r#type {
            return Err(Refusal::WrongType);
        }
        let mut answered = [0; 32];
        let length = Base64UrlUnpadded::decode(&self.challenge, &mut answered).map(<[u8]>::len);
        if length != Ok(32) || !bool::from(answered.ct_eq(challenge)) {
            return Err(Refusal::WrongChallenge);
        }
        if !relying_party.allowed_origins().any(|origin| origin == self.origin) {
            return Err(Refusal::WrongOrigin);
        }
        if self.cross_origin || self.top_origin.is_some() {
            return Err(Refusal::CrossOrigin);
        }
        Ok(())
    }
}
