//! Private doors, opened for fuzzers and the bench: the verification of passkeys, for a challenge and a relying party that never
//! change, and the check of a session's requests.

use axum::http::HeaderMap;
use wire::{
    RequestKey,
    ceremony::{Assertion, Registration},
    http_signature::Parameters,
};

use crate::{
    config::RelyingParty,
    request_signature::{Nonces, Shown},
    webauthn::{verify_assertion, verify_registration},
};

/// The challenge that every passkey must have answered.
pub const CHALLENGE: [u8; 32] = [9; 32];
/// The relying party's id.
pub const RP_ID: &str = "example.com";
/// The one origin that is allowed.
pub const ORIGIN: &str = "https://app.example.com";

/// Verifies a registration; gives its credential's key, a COSE_Key.
pub fn registration(registration: &Registration) -> Option<Vec<u8>> {
    let verified = verify_registration(registration, &CHALLENGE, &relying_party());
    verified.ok().map(|credential| credential.public_key)
}

/// Verifies an assertion by a COSE_Key; gives its counter.
pub fn assertion(assertion: &Assertion, public_key: &[u8]) -> Option<u32> {
    let verified = verify_assertion(assertion, public_key, &CHALLENGE, &relying_party());
    verified.ok().map(|asserted| asserted.sign_count)
}

fn relying_party() -> RelyingParty {
    RelyingParty {
        id: RP_ID.to_owned(),
        name: "Example".to_owned(),
        origins: vec![ORIGIN.to_owned()],
        related_origins: Vec::new(),
    }
}

/// What remembers the requests that were taken.
pub struct Requests(Nonces);

impl Requests {
    /// Remembers as many as this.
    pub fn new(capacity: usize) -> Self {
        Self(Nonces::new(capacity, capacity))
    }

    /// Takes a request that is signed by a key, once; gives what its signature says.
    pub fn take(
        &self,
        (headers, path, body): (&HeaderMap, &'static str, &[u8]),
        key: &RequestKey,
        now: u64,
    ) -> Option<Parameters> {
        let parameters = Shown::read(headers, path, body).verify(key).ok()?;
        self.0.take((), &parameters, now).ok().map(|()| parameters)
    }
}

impl core::fmt::Debug for Requests {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Requests")
    }
}
