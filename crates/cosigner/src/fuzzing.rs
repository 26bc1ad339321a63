//! Private doors, opened for fuzzers: the verification of passkeys, for a challenge and a relying party that never change.

use wire::ceremony::{Assertion, Registration};

use crate::webauthn::{RelyingParty, verify_assertion, verify_registration};

/// The challenge that every passkey must have answered.
pub const CHALLENGE: [u8; 32] = [9; 32];
/// The relying party's id.
pub const RP_ID: &str = "example.com";
/// The one origin that is allowed.
pub const ORIGIN: &str = "https://app.example.com";

/// Verifies a registration; gives its credential's key, a COSE_Key.
pub fn registration(registration: &Registration) -> Option<Vec<u8>> {
    let origins = [ORIGIN.to_owned()];
    let verified = verify_registration(registration, &CHALLENGE, RelyingParty::new(RP_ID, &origins));
    verified.ok().map(|credential| credential.public_key)
}

/// Verifies an assertion by a COSE_Key; gives its counter.
pub fn assertion(assertion: &Assertion, public_key: &[u8]) -> Option<u32> {
    let origins = [ORIGIN.to_owned()];
    verify_assertion(assertion, public_key, &CHALLENGE, RelyingParty::new(RP_ID, &origins)).ok()
}
