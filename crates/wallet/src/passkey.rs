//! What passkeys are asked for.

use mpc::tags;
use wire::statement::PRF_INPUT;

/// The input that every passkey's PRF is evaluated on.
pub(crate) fn prf_input() -> [u8; 32] {
    tags::hash(PRF_INPUT, &[])
}

/// The longest credential id (WebAuthn Level 3 §4), in bytes.
pub(crate) const MAX_CREDENTIAL: usize = 1023;
